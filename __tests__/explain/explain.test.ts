import {
  impliedScopeModel,
  type LiveGrantsSource,
  scopeSet,
  type TokenVerifier,
  VerifierUnavailableError,
} from 'scopegate';
import { type ExplainOptions, type Explanation, explain, REMEDIES } from 'scopegate/explain';
import { REFUSALS, type RefusalReason } from '../../lib/enforcement/refusal.js';

const TOKEN = 'header.payload.signature';
const CLIENT = '4f1f7b0e-8a0c-4f0e-9d51-0b1d3f6a7c22';

const verifierOf = (verify: () => unknown) => ({ verify }) as unknown as TokenVerifier;
const accepted = verifierOf(() => ({
  payload: { client_id: CLIENT },
  header: {},
  token: TOKEN,
  scopes: scopeSet('a'),
}));
const request = (headers: object) => ({ headers });
const rejecting = (reason: RefusalReason) => ({ token: TOKEN, verifier: verifierOf(() => ({ ok: false, reason })) });
const sourceOf = (applicationStatus: LiveGrantsSource['applicationStatus']): LiveGrantsSource => ({
  applicationStatus,
  changes: { since: () => Promise.reject(new Error('not read')), subscribe: () => () => undefined },
});
const standing = (state: 'enabled' | 'unknown') =>
  sourceOf(async () => ({ number: 0, position: '', state, grants: [], subjectsNotBefore: new Map() }));

/** How each reason comes about that is not the verifier's own. */
const OTHERS: Partial<Record<RefusalReason, ExplainOptions>> = {
  no_credentials: { request: request({}), verifier: accepted },
  scheme_not_supported: { request: request({ authorization: 'Basic YTpi' }), verifier: accepted },
  credentials_malformed: { request: request({ authorization: 'Bearer a b' }), verifier: accepted },
  credentials_repeated: {
    request: { ...request({ authorization: 'Bearer a' }), url: '/?access_token=b' },
    verifier: accepted,
  },
  verifier_unavailable: {
    token: TOKEN,
    verifier: verifierOf(() => {
      throw new VerifierUnavailableError('The keys are gone.');
    }),
  },
  application_revoked: { token: TOKEN, verifier: accepted, live: { source: standing('enabled') } },
  application_unknown: { token: TOKEN, verifier: accepted, live: { source: standing('unknown') } },
  grants_unavailable: {
    token: TOKEN,
    verifier: accepted,
    live: { source: sourceOf(() => Promise.reject(new Error('down'))) },
  },
  insufficient_scope: { token: TOKEN, verifier: accepted, required: 'b' },
  insufficient_user_authentication: { token: TOKEN, verifier: accepted, required: 'a', route: { acr: ['gold'] } },
};

const REASONS = Object.keys(REFUSALS) as RefusalReason[];

test.each(REASONS)('the refusal %s is explained, with its step and a remedy', async (reason) => {
  const explanation = await explain(OTHERS[reason] ?? rejecting(reason));
  expect(explanation).toMatchObject({ reason, status: REFUSALS[reason].status });
  const outcome = REFUSALS[reason].status === 503 ? 'unavailable' : 'refused';
  expect(explanation.steps.filter((each) => each.outcome === outcome)).toHaveLength(1);
  expect(explanation.remedy?.sentence).toMatch(/^[A-Z].*\.$/);
  expect(JSON.stringify(explanation)).not.toContain(TOKEN);
});

test('every remedy is a sentence that says who acts', () => {
  expect(Object.keys(REMEDIES).sort()).toEqual([...REASONS].sort());
  for (const { actor, sentence } of Object.values(REMEDIES)) {
    expect(['client', 'administrator', 'operator', 'issuer', 'nobody']).toContain(actor);
    expect(sentence).toMatch(/^[A-Z].{20,140}\.$/);
  }
});

const brief = ({ outcome, reason, coverage, missing, remedy }: Explanation) => ({
  outcome,
  reason,
  coverage,
  missing,
  sentence: remedy?.sentence,
});

test('a permit says which held scope covers which required one, and needs no remedy', async () => {
  const held = 'urn:opc:resource:consumer:paas::read';
  const required = 'urn:opc:resource:consumer:paas:analytics::read';
  const explanation = await explain({ held, required });
  expect(brief(explanation)).toEqual({
    ...{ outcome: 'permit', reason: 'covered', coverage: [{ required, by: held }] },
    ...{ missing: undefined, sentence: undefined },
  });
  expect(explanation.steps.map(({ step, outcome }) => `${step} ${outcome}`)).toEqual([
    'readCredentials skipped',
    'verifyToken skipped',
    'checkLiveGrants skipped',
    'requireScopes passed',
    'requireOwner skipped',
    'requireUserAuthentication skipped',
  ]);
  expect(explanation.steps[3]?.detail).toBe(`${held} covers ${required} (ociScopeModel()).`);
});

test('a denial names what is missing and what to request', async () => {
  const explanation = await explain({ held: 'a c', required: { allOf: ['a', 'b'] } });
  expect(brief(explanation)).toEqual({
    ...{ outcome: 'deny', reason: 'insufficient_scope', coverage: [{ required: 'a', by: 'a' }] },
    ...{ missing: ['b'], sentence: 'Request a token that holds b.' },
  });
  expect(explanation.sufficient).toEqual(['a', 'b']);
});

test('the scope model of the gate decides what covers what', async () => {
  const question = { held: ['write'], required: 'read' };
  const scopeModel = impliedScopeModel({ read: ['write'] });
  expect(await explain({ ...question, scopeModel })).toMatchObject({ outcome: 'permit', scopeModel: scopeModel.name });
  expect(await explain(question)).toMatchObject({ outcome: 'deny', scopeModel: 'ociScopeModel()' });
});

test('a self scope of another user’s record has no remedy', async () => {
  const question = { held: 'p1:read:user', payload: { sub: 'ada' }, required: 'p1:read:user' };
  expect(await explain({ ...question, route: { owner: 'ada' } })).toMatchObject({ outcome: 'permit' });
  expect(await explain({ ...question, route: { owner: 'bob' } })).toMatchObject({
    remedy: { actor: 'nobody', sentence: 'No other scopes would help: the route is closed to this caller.' },
  });
});

test('without a requirement, the explanation is that of gate.authenticate', async () => {
  expect(await explain({ token: TOKEN, verifier: accepted })).toMatchObject({ reason: 'authenticated' });
});

test('an error of a function of the application is thrown', async () => {
  const live = { source: standing('enabled'), applicationOf: () => BigInt('no number') };
  await expect(explain({ token: TOKEN, verifier: accepted, live })).rejects.toThrow(SyntaxError);
});

test.each<[what: string, options: object, sentence: RegExp]>([
  ['nothing to explain', {}, /one of "token", "request" and "held"/],
  ['two things at once', { token: 'a', held: 'b', verifier: accepted }, /one of "token", "request" and "held"/],
  ['a token without a verifier', { token: 'a' }, /"verifier" must be that of the gate/],
  ['a token that is no string', { token: 7, verifier: accepted }, /"token" must be a string, not 7/],
  ['a request without headers', { request: {}, verifier: accepted }, /"request" must be a request with headers/],
  ['claims beside a token', { token: 'a', payload: {}, verifier: accepted }, /"payload" must be claims beside "held"/],
  ['a misspelt option', { held: 'a', require: 'a' }, /no option "require". Did you mean "required"/],
  ['the name of the gate’s option', { held: 'a', grants: {} }, /no option "grants". Did you mean "live"/],
  ['a route without a requirement', { held: 'a', route: {} }, /"route" must be given with "required"/],
  ['a route that is no object', { held: 'a', required: 'a', route: 'x' }, /"route" must be the options of a route/],
  ['a requirement with a space', { held: 'a', required: 'a b' }, /is not a scope-token/],
  ['live grants without a source', { held: 'a', live: {} }, /"source" must be a store/],
])('%s is refused', async (_, options, sentence) => {
  await expect(explain(options as ExplainOptions)).rejects.toThrow(sentence);
});
