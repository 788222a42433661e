import fc from 'fast-check';
import { resolveTokenRequest, type TokenRequest } from 'scopegate';
import { toRefusal } from '../../lib/issuance/errors.js';
import { anyCharacter } from '../support/any-character.js';
import { runs } from '../support/property-runs.js';
import { ALL_GRANT_TYPES, RESOURCES, requestOf } from './fixtures/cases.js';

const good = requestOf({
  source: 'no scope',
  why: '',
  grants: { reports: 'read write' },
  mode: 'Explicit',
  answer: {},
});
const resolve = (more: object) => resolveTokenRequest({ ...good, ...more } as TokenRequest);

const anything = fc.oneof(
  fc.string({ unit: anyCharacter }),
  fc.string(),
  fc.stringMatching(/^(urn:opc:resource:consumer|::?|read|all| |http:\/\/rs\.example\/|urn:opc:resource:expiry=)*$/),
  fc.constantFrom('__proto__', 'constructor', 'toString', 'hasOwnProperty', 'http://rs.example/__proto__'),
);

describe('invalid parameters of a client', () => {
  test.each([[['read', 'write']], [['read']], [{}], [null], [7], [true]])('rejects the scope value %j', (scope) => {
    expect(resolve({ scope })).toMatchObject({ error: 'invalid_request' });
  });

  test.each([[['client_credentials', 'implicit']], [undefined], [null], [{}]])(
    'rejects a grant type that is not a string: %j',
    (grantType) => {
      expect(resolve({ grantType })).toMatchObject({ error: 'invalid_request' });
    },
  );

  test.each([
    [null],
    [7],
    [{}],
    [[]],
    [[null]],
    [['http://rs.example/', 7]],
    [[['http://rs.example/']]],
    [Array(65).fill('a:b')],
  ])('rejects the resource value %j', (resource) => {
    expect(resolve({ resource })).toMatchObject({ reason: 'resource_malformed', error: 'invalid_target' });
  });

  test('any input gets a response whose description uses only allowed characters', () => {
    fc.assert(
      fc.property(anything, anything, (scope, grantType) => {
        const answers = [
          resolve({ scope }),
          resolve({ grantType }),
          resolve({ scope, grantType }),
          resolve({ resource: scope }),
        ];
        for (const answer of answers) {
          if (answer.ok) continue;
          const { error_description: sentence } = answer;
          expect(sentence).toMatch(/^[\x20\x21\x23-\x5B\x5D-\x7E]+$/);
        }
      }),
      { numRuns: runs(3000) },
    );
  });

  test('no error description repeats the text of the client', () => {
    const marked = 'marked-by-the-client';
    const refusals = [resolve({ scope: marked }), resolve({ scope: `read ${marked}` }), resolve({ grantType: marked })];
    expect(refusals.map((each) => !each.ok)).toEqual([true, true, true]);
    expect(JSON.stringify(refusals)).not.toContain(marked);
  });

  test('names of Object.prototype members are ordinary scopes', () => {
    const names = ['__proto__', 'constructor', 'hasOwnProperty'];
    expect(resolve({ scope: names.join(' ') })).toMatchObject({ error: 'invalid_scope' });
    const grants = [{ resourceId: 'reports', scopes: names.map((name) => ({ name })) }];
    expect(resolve({ grants, scope: names.join(' ') })).toMatchObject({ scope: names.join(' ') });
  });
});

describe('large requests', () => {
  const many = (count: number, make: (i: number) => string) => Array.from({ length: count }, (_, i) => make(i));

  test('handles the longest scope parameter against ten thousand resources', () => {
    const resources = many(10_000, (i) => `http://${'r'.repeat(i % 500)}${i}/`).map((audience, i) => ({
      ...RESOURCES.reports,
      id: `${i}`,
      audience,
      scopes: many(10, (n) => `s${n}`),
    }));
    const grants = [{ resourceId: '0', scopes: [{ name: 'urn:opc:resource:consumer::all' }] }];
    const application = { ...good.application, trustScope: 'Account' as const };
    const scope = many(2000, (i) => `${i.toString(36)}`)
      .join(' ')
      .slice(0, 8192)
      .trim();
    expect(resolve({ resources, grants, application, scope })).toMatchObject({ error: 'invalid_scope' });
    const one = `${resources.at(-1)?.audience}s9`;
    expect(resolve({ resources, grants, application, scope: one })).toMatchObject({ scope: 's9' });
  });

  test('issues all of five thousand granted scopes by default', () => {
    const names = many(5000, (i) => `scope-${i}`);
    const grants = [{ resourceId: 'reports', scopes: names.map((name) => ({ name })) }];
    expect(resolve({ grants })).toMatchObject({ scope: names.join(' ') });
  });

  const severalAllowed = { ...good.application, requestScopesForMultipleResourcesEnabled: true };
  /** As many resources, each with one scope that is granted, and the request for them all. */
  function ofEach(count: number, secondary = 0, defined = 1) {
    const resources = many(count, (i) => `${i}`).map((id) => ({
      ...RESOURCES.reports,
      id,
      audience: `http://${id}/`,
      secondaryAudiences: many(secondary, (n) => `http://old${n}.${id}/`),
      scopes: [`s${id}`, ...many(defined - 1, (n) => `${id}-${n}`)],
    }));
    const grants = resources.map(({ id }) => ({ resourceId: id, scopes: [{ name: `s${id}` }] }));
    const scope = grants.flatMap(({ scopes }) => scopes.map(({ name }) => name)).join(' ');
    return { application: severalAllowed, resources, grants, scope };
  }

  test.each([
    [64, 0],
    [32, 1],
    [1, 63],
  ])('%i resources with %i secondary audiences each fit into one token', (count, secondary) => {
    const answer = resolve(ofEach(count, secondary));
    expect(!answer.ok ? answer : answer.audience).toHaveLength(64);
  });

  test.each([
    [65, 0],
    [33, 1],
    [1, 64],
    [400, 0],
    [400, 8],
    [1000, 0],
    [1000, 50],
  ])('rejects %i resources with %i secondary audiences each as too many', (count, secondary) => {
    expect(resolve(ofEach(count, secondary))).toEqual(toRefusal('too_many_audiences'));
  });

  test('reads each scope definition once to find the audience', () => {
    const asked = ofEach(32, 1, 1000);
    let read = 0;
    const counted = asked.resources.map(({ scopes, ...rest }) => ({
      ...rest,
      get scopes() {
        read++;
        return scopes;
      },
    }));
    expect(resolve({ ...asked, resources: counted })).toMatchObject({ scope: asked.scope });
    expect(read).toBeLessThanOrEqual(2 * counted.length);
  });

  test('handles ten thousand grants of one resource', () => {
    const grants = many(10_000, (i) => `scope-${i}`).map((name) => ({ resourceId: 'reports', scopes: [{ name }] }));
    expect(resolve({ grants, scope: 'scope-0 scope-9999' })).toMatchObject({ scope: 'scope-0 scope-9999' });
  });

  test('treats a scope with too many segments as an ordinary scope', () => {
    const deep = `urn:opc:resource:consumer${':a'.repeat(4000)}::read`;
    const grants = [{ resourceId: 'domain', scopes: [{ name: 'urn:opc:resource:consumer::all' }] }];
    expect(resolve({ grants, scope: deep })).toMatchObject({ error: 'invalid_scope' });
  });
});

describe('invalid arguments of the caller', () => {
  const refresh = (refreshed: unknown) => ({ grantType: 'refresh_token', refreshed });

  test.each<[string, object, string]>([
    ['no original request', refresh(undefined), '"refreshed"'],
    ['an unknown original grant type', refresh({ grantType: 'AUTHORIZATION_CODE', scope: 'read' }), '"refreshed"'],
    ['a refresh of a refresh', refresh({ grantType: 'refresh_token', scope: 'read' }), '"refreshed"'],
    ['client credentials have none', refresh({ grantType: 'client_credentials', scope: 'read' }), '"refreshed"'],
    ['implicit has none', refresh({ grantType: 'implicit', scope: 'read' }), '"refreshed"'],
    ['no original scope', refresh({ grantType: 'authorization_code' }), '"refreshed.scope"'],
    ['an empty one', refresh({ grantType: 'authorization_code', scope: '' }), '"refreshed.scope"'],
    [
      'one that names nothing',
      refresh({ grantType: 'authorization_code', scope: 'offline_access' }),
      '"refreshed.scope"',
    ],
    ['one that is no scope', refresh({ grantType: 'authorization_code', scope: 'a  b' }), '"refreshed.scope"'],
    [
      'one that is wrong, and a scope',
      { ...refresh({ grantType: 'authorization_code', scope: '' }), scope: 'read' },
      '"refreshed.scope"',
    ],
    ['self scopes that are a list', { isSelfScope: ['p1:read:user'] }, '"isSelfScope"'],
    ['a resource that is not there', { resources: [] }, '"resources"'],
    [
      'no lifetime',
      { resources: [{ ...RESOURCES.reports, accessTokenValiditySeconds: undefined }] },
      '"accessTokenValiditySeconds"',
    ],
    [
      'a lifetime that is none',
      { resources: [{ ...RESOURCES.reports, accessTokenValiditySeconds: Number.NaN }] },
      '"accessTokenValiditySeconds"',
    ],
  ])('resolveTokenRequest() throws and names the invalid argument: %s', (_, wrong, member) => {
    expect(() => resolve({ scope: undefined, ...wrong })).toThrow(TypeError);
    expect(() => resolve({ scope: undefined, ...wrong })).toThrow(`resolveTokenRequest(): ${member} must be`);
  });
});

test('openid works without the built-in resource in the list of resources', () => {
  const asked = { grantType: 'authorization_code', resources: [RESOURCES.reports] };
  expect(resolve({ ...asked, scope: 'openid offline_access' })).toEqual({
    ok: true,
    scope: 'openid offline_access',
    audience: 'openid',
    refreshToken: true,
    lifetime: 3600,
  });
  expect(resolve({ ...asked, scope: 'openid read' })).toMatchObject({
    scope: 'openid read',
    audience: 'http://rs.example/',
  });
});

test('self scopes are those that isSelfScope names, wherever they are defined', () => {
  const names = ['p1:read:user', 'p1:read:self:user', 'read'].map((name) => ({ name }));
  const asked = {
    grants: [{ resourceId: 'reports', scopes: names }],
    isSelfScope: (scope: string) => scope === 'p1:read:user' || scope === 'read',
    scope: 'p1:read:user p1:read:self:user read',
  };
  expect(resolve(asked)).toMatchObject({ scope: 'p1:read:self:user' });
  expect(resolve({ ...asked, grantType: 'authorization_code' })).toMatchObject({ scope: 'p1:read:user read' });
});

test('a scope name of two granted resources needs its audience as a prefix', () => {
  const named = (resourceId: string) => ({ resourceId, scopes: [{ name: 'photos:write' }] });
  const grants = [named('photos'), named('albums')];
  expect(resolve({ grants, scope: 'photos:write' })).toMatchObject({ error: 'invalid_scope' });
  expect(resolve({ grants, scope: 'albumsphotos:write' })).toMatchObject({ audience: 'albums' });
});

test('a resource with an empty audience qualifies no scopes', () => {
  const resources = [{ ...RESOURCES.reports, audience: '' }, RESOURCES.photos];
  const grants = [{ resourceId: 'photos', scopes: [{ name: 'photos:read' }] }];
  expect(resolve({ resources, grants, scope: 'read' })).toMatchObject({ error: 'invalid_scope' });
});

test('the result does not depend on the order of the grant types', () => {
  const reversed = { ...good.application, grantTypes: [...ALL_GRANT_TYPES].reverse() };
  expect(resolve({ application: reversed })).toEqual(resolve({}));
});
