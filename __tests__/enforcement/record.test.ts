import { decisionRecord } from '../../lib/enforcement/record.js';
import { Refusal } from '../../lib/enforcement/refusal.js';
import { anyOf, compileRequirement } from '../../lib/scope/requirement.js';
import { scopeSet } from '../../lib/scope/scope-set.js';

const accessToken = {
  payload: { iss: 'i', client_id: 'c', sub: 's', jti: 'j', exp: 1, secret: 'not for records' },
  header: { alg: 'RS256' },
  token: 'the.token.itself',
  scopes: scopeSet('a b'),
};

const nothing = { accessToken: undefined, refusal: undefined, required: undefined, durationMs: 1 };
const whose = { issuer: 'i', client: 'c', subject: 's', jti: 'j' };

test('the record of a permit shows which held scope covers which required scope', () => {
  const required = compileRequirement(anyOf('x', 'b'));
  expect(decisionRecord({ ...nothing, accessToken, required })).toStrictEqual({
    outcome: 'permit',
    reason: 'covered',
    required: { anyOf: ['x', 'b'] },
    held: ['a', 'b'],
    coverage: [{ required: 'b', by: 'b' }],
    ...whose,
    durationMs: 1,
  });
});

test('records a permit without a requirement and a permit without a token', () => {
  const authenticated = { outcome: 'permit', reason: 'authenticated', held: ['a', 'b'], ...whose, durationMs: 1 };
  expect(decisionRecord({ ...nothing, accessToken })).toEqual(authenticated);
  expect(decisionRecord(nothing)).toEqual({ outcome: 'permit', reason: 'anonymous', durationMs: 1 });
});

test('the record of a CORS preflight says so', () => {
  expect(decisionRecord({ ...nothing, isPreflight: true })).toMatchObject({ outcome: 'permit', reason: 'preflight' });
});

test('the record omits claims that the token lacks', () => {
  const bare = { ...accessToken, payload: {}, scopes: scopeSet(undefined) };
  const record = decisionRecord({ ...nothing, accessToken: bare });
  expect(record).toStrictEqual({ outcome: 'permit', reason: 'authenticated', held: [], durationMs: 1 });
});

test.each<[unknown, readonly string[] | undefined]>([
  ['a', ['a']],
  [
    ['a', 'b\u0000'],
    ['a', 'b\\u{0}'],
  ],
  [['x'.repeat(161), 7], [`${'x'.repeat(160)}… (161 characters)`]],
  [undefined, undefined],
])('the record shows the audience %j of the token as a list of texts', (aud, audience) => {
  const payload: Record<string, unknown> = { ...accessToken.payload, ...(aud !== undefined && { aud }) };
  expect(decisionRecord({ ...nothing, accessToken: { ...accessToken, payload } }).audience).toEqual(audience);
});

test('the record contains the warning, whatever the decision', () => {
  expect(decisionRecord({ ...nothing, warning: 'old keys' })).toStrictEqual({
    outcome: 'permit',
    reason: 'anonymous',
    warning: 'old keys',
    durationMs: 1,
  });
  const refusal = new Refusal('token_expired');
  expect(decisionRecord({ ...nothing, refusal, warning: 'old keys' })).toMatchObject({ warning: 'old keys' });
});

describe('the detail of a refusal record', () => {
  const detailOf = (detail?: () => string) =>
    decisionRecord({ ...nothing, refusal: new Refusal('token_rejected', { detail }) }).detail;

  test('the record contains the detail for operators', () => {
    expect(detailOf(() => 'for operators')).toBe('for operators');
  });

  test('the record falls back to the client description without a detail', () => {
    expect(detailOf()).toBe('The access token is not accepted.');
  });

  test('a detail function that throws does not lose the record', () => {
    const failing = () => {
      throw new RangeError('Maximum call stack size exceeded');
    };
    expect(detailOf(failing)).toBe('The access token is not accepted.');
  });
});

describe('the unverified claims of a refused token', () => {
  const stated = (unverified: Record<string, unknown>) =>
    decisionRecord({ ...nothing, refusal: new Refusal('issuer_mismatch', { unverified }) });

  test('the record shows claims of a refused token under "unverified" only', () => {
    const record = stated({ iss: 'i', client_id: 'c', sub: 's', jti: 'j', scope: 'a', email: 'x@example.com' });
    expect(record.unverified).toEqual({ iss: 'i', client_id: 'c', sub: 's', jti: 'j' });
    expect(Object.keys(record).sort()).toEqual(['detail', 'durationMs', 'outcome', 'reason', 'status', 'unverified']);
  });

  test('the record cuts unverified claims to 160 characters', () => {
    expect(stated({ iss: 'i'.repeat(160), sub: 's'.repeat(161) }).unverified).toEqual({
      iss: 'i'.repeat(160),
      sub: `${'s'.repeat(160)}… (161 characters)`,
    });
  });

  test('the record omits unverified claims that are not strings', () => {
    expect(stated({ iss: ['i'], client_id: 7, sub: null, jti: { toString: 'x' } }).unverified).toEqual({});
  });
});

test('the record of an insufficient scope names the client, held scopes and sufficient scopes', () => {
  const required = compileRequirement(anyOf('x', 'y'));
  const refusal = new Refusal('insufficient_scope', { scope: ['x'], detail: () => 'Nothing covers x.' });
  expect(decisionRecord({ ...nothing, accessToken, refusal, required })).toEqual({
    outcome: 'deny',
    reason: 'insufficient_scope',
    status: 403,
    detail: 'Nothing covers x.',
    sufficient: ['x'],
    required: { anyOf: ['x', 'y'] },
    held: ['a', 'b'],
    coverage: [],
    ...whose,
    durationMs: 1,
  });
});

test('the record of a permit shows the refusal that scopes in trial do not cause', () => {
  const required = compileRequirement('x');
  const wouldDeny = new Refusal('insufficient_scope', { scope: ['x'], detail: () => 'Nothing covers x.' });
  expect(decisionRecord({ ...nothing, accessToken, required, wouldDeny })).toStrictEqual({
    outcome: 'permit',
    reason: 'report_only',
    wouldDeny: 'insufficient_scope',
    detail: 'Nothing covers x.',
    sufficient: ['x'],
    required: 'x',
    held: ['a', 'b'],
    coverage: [],
    ...whose,
    durationMs: 1,
  });
});

test('the record of an outage contains the thrown error', () => {
  const cause = new Error('down');
  expect(decisionRecord({ ...nothing, refusal: new Refusal('verifier_unavailable', { cause }) })).toEqual({
    outcome: 'outage',
    reason: 'verifier_unavailable',
    status: 503,
    detail: 'Access tokens cannot be verified at the moment.',
    error: cause,
    durationMs: 1,
  });
});
