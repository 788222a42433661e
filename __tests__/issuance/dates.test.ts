import { CONSUMER_ALL, resolveTokenRequest, type TokenRequest } from 'scopegate';
import { requestOf } from './fixtures/cases.js';

const NOON = Date.parse('2031-05-01T12:00:00.000Z');
const at = (milliseconds: number) => new Date(NOON + milliseconds).toISOString();
const HOUR = 3_600_000;

interface Dates {
  readonly notBefore?: string;
  readonly expiresAt?: string;
}

const good = requestOf({ source: 'no scope', why: '', grants: { reports: 'read' }, mode: 'Explicit', answer: {} });

function resolve(grants: TokenRequest['grants'], more: Partial<TokenRequest> = {}) {
  return resolveTokenRequest({ ...good, scope: 'read', now: NOON, grants, ...more });
}
const granted = (ofGrant: Dates, ofScope: Dates = {}, name = 'read', resourceId = 'reports') => {
  return { resourceId, scopes: [{ name, ...ofScope }], ...ofGrant };
};

test.each<[string, Dates, boolean]>([
  ['has no dates', {}, true],
  ['begins now', { notBefore: at(0) }, true],
  ['begins in a millisecond', { notBefore: at(1) }, false],
  ['ends in a millisecond', { expiresAt: at(1) }, true],
  ['ends now', { expiresAt: at(0) }, false],
  ['ended before it began', { notBefore: at(2), expiresAt: at(1) }, false],
  ['has an end that is no date', { expiresAt: 'tomorrow' }, false],
  ['has a beginning that is no date', { notBefore: 'yesterday' }, false],
  ['has an end that is null', { expiresAt: null as never }, false],
])('a grant that %s gives a token within its dates only', (_, dates, isIssued) => {
  const expected = isIssued ? { ok: true, scope: 'read' } : { ok: false };
  expect(resolve([granted(dates)])).toMatchObject(expected);
  expect(resolve([granted({}, dates)])).toMatchObject(expected);
  expect(resolve([granted({ notBefore: at(-2), expiresAt: at(HOUR) }, dates)])).toMatchObject(expected);
});

test('a scope that has ended leaves the others of its grant', () => {
  const grant = { resourceId: 'reports', scopes: [{ name: 'read', expiresAt: at(0) }, { name: 'write' }] };
  expect(resolve([grant])).toMatchObject({ error: 'invalid_scope' });
  expect(resolve([grant], { scope: 'write' })).toMatchObject({ scope: 'write' });
  expect(resolve([grant], { scope: undefined })).toMatchObject({ scope: 'write' });
});

test('a refresh gets no more than what has not ended', () => {
  const refresh = { grantType: 'refresh_token', refreshed: { grantType: 'authorization_code', scope: 'read' } };
  expect(resolve([granted({ expiresAt: at(1) })], refresh)).toMatchObject({ scope: 'read' });
  expect(resolve([granted({ expiresAt: at(0) })], refresh)).toMatchObject({ error: 'invalid_scope' });
});

test.each([
  [10 * HOUR, 1800],
  [90_000, 90],
  [90_999, 90],
  [1000, 1],
  [1, 1],
])('a token does not outlive its grant: %i ms before the end it gets %i s', (left, lifetime) => {
  expect(resolve([granted({ expiresAt: at(left) })])).toMatchObject({ lifetime });
  expect(resolve([granted({ expiresAt: at(10 * HOUR) }, { expiresAt: at(left) })])).toMatchObject({ lifetime });
});

test('a token lives as long as one of the granted scopes that cover it', () => {
  const [paas, stack] = ['urn:opc:resource:consumer:paas::read', 'urn:opc:resource:consumer:paas:stack::read'];
  const broad = granted({}, { expiresAt: at(60_000) }, paas);
  const narrow = { name: stack, expiresAt: at(90_000) };
  const grants = [{ ...broad, scopes: [...broad.scopes, narrow] }];
  expect(resolve(grants, { scope: stack })).toMatchObject({ lifetime: 90 });
  expect(resolve(grants, { scope: `${stack} ${paas}` })).toMatchObject({ lifetime: 60 });
  expect(resolve([{ ...broad, scopes: [...broad.scopes, { name: stack }] }], { scope: stack })).toMatchObject({
    lifetime: 1800,
  });
});

test('what is reached by a grant of everything ends with that grant, where it is reached so', () => {
  const everything = (dates: Dates) => granted(dates, {}, CONSUMER_ALL, 'domain');
  const application = { ...good.application, trustScope: 'Account' as const };
  const reach = (dates: Dates) => resolve([everything(dates)], { scope: 'albums:read', application });
  expect(reach({ expiresAt: at(60_000) })).toMatchObject({ scope: 'albums:read', lifetime: 60 });
  expect(reach({ expiresAt: at(0) })).toMatchObject({ error: 'invalid_scope' });
  expect(reach({})).toMatchObject({ lifetime: 86_400 });
  expect(resolve([everything({}), granted({ expiresAt: at(30_000) })])).toMatchObject({ lifetime: 30 });
});

test.each([undefined, null, '2031-05-01T12:00:00Z', Number.NaN, Number.POSITIVE_INFINITY, -1])(
  'grants with dates need a time, and %p is none',
  (now) => {
    const more = { now: now as never };
    expect(() => resolve([granted({ expiresAt: at(1) })], more)).toThrow('resolveTokenRequest(): "now"');
    expect(() => resolve([granted({}, { notBefore: at(-1) })], more)).toThrow(TypeError);
  },
);

test('grants without dates need no time', () => {
  expect(resolve([granted({})], { now: undefined })).toMatchObject({ scope: 'read', lifetime: 1800 });
});
