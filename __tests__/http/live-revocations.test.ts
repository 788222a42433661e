import { MY_SCOPES, type Requirement, StoreUnavailableError } from 'scopegate';
import { ALL_ENVIRONMENTS, type GrantsRouterOptions, grantsRouter } from 'scopegate/admin';
import request from 'supertest';
import { revocationBody } from '../../lib/admin/representation/revocation.js';
import { grantTo } from '../live/fixtures/setting.js';
import { context, newApplication, newResource } from '../support/stores.js';
import { bearer, issuer, PAAS, showAuth } from './fixtures/domain.js';
import { liveGate } from './fixtures/live-gate.js';

const NOBODY = '9b2f0c0e-6f0e-4a6b-8a55-0d7b3c1d2e3f';
/** Where the router is, as clients know it. */
const ROUTER = 'https://admin.example/v1';
const REVOKE = 'grants:revoke';
/** Before the last revocation that a test can make. */
const earlier = () => Math.floor(Date.now() / 1000) - 60;

/** An admin router and a route behind one gate with live grants, and an administrator whose application is granted it. */
async function adminGate(options: Partial<GrantsRouterOptions> = {}, clockTolerance?: number) {
  const made = await liveGate({}, { clockTolerance }, (app, gate) => app.get('/reports', gate.require(PAAS), showAuth));
  const { store, at, app, gate } = made;
  app.use('/v1', grantsRouter({ store, gate, environmentOf: () => ALL_ENVIRONMENTS, baseUrl: ROUTER, ...options }));
  const { value: console } = await store.applications.create(
    at,
    newApplication('console', { trustScope: 'Account' }),
    context,
  );
  const { value: resource } = await store.resources.create(at, newResource('admin'), context);
  for (const name of [MY_SCOPES, REVOKE])
    await store.scopes.create({ ...at, resourceId: resource.id }, { name }, context);
  const consoleAt = { ...at, applicationId: console.id };
  const empower = (...names: string[]) => grantTo(store, { resource, applicationAt: consoleAt }, names);
  await empower(MY_SCOPES, REVOKE);
  await made.grant(PAAS);
  const path = (applicationId: string) =>
    `/v1/environments/${at.environmentId}/applications/${applicationId}/revocations`;
  return {
    ...made,
    console,
    consoleAt,
    empower,
    /** Asks for a revocation as the administrator. */
    revoke: (body?: object, { of = made.clientId, query = '', scope = MY_SCOPES, headers = {} } = {}) => {
      const authorization = bearer(issuer.token({ client_id: console.id, sub: 'ada', iat: earlier(), scope }));
      const asked = request(app)
        .post(`${path(of)}${query}`)
        .set({ ...headers, Authorization: authorization });
      return body === undefined ? asked.then() : asked.send(body).then();
    },
    /** The status for a token that was issued a minute ago. */
    status: async (claims: object = {}) => (await made.send('/reports', { iat: earlier(), ...claims })).status,
  };
}

test('revokes all earlier tokens of an application at once', async () => {
  const { revoke, status, send, clientId, at } = await adminGate({}, 0);
  expect(await status()).toBe(200);
  const answer = await revoke();
  expect(answer.status).toBe(200);
  expect(answer.headers['content-type']).toMatch(/^application\/(?:hal\+)?json/);
  const base = `${ROUTER}/environments/${at.environmentId}`;
  expect(answer.body).toEqual({
    _links: {
      environment: { href: base },
      application: { href: `${base}/applications/${clientId}` },
    },
    environment: { id: at.environmentId },
    application: { id: clientId },
    notBefore: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
  });
  expect(revocationBody.strict().safeParse(answer.body).error).toBeUndefined();
  const refused = await send('/reports', { iat: earlier() });
  expect(refused.status).toBe(401);
  expect(JSON.parse(refused.text)).toMatchObject({ reason: 'application_revoked', error: 'invalid_token' });
  const iat = Math.ceil(Date.parse(answer.body.notBefore) / 1000);
  expect(await status({ iat })).toBe(200);
  expect(await status({ iat: iat - 1 })).toBe(401);
});

test('revokes the tokens of one subject and names it in the response', async () => {
  const { revoke, status } = await adminGate();
  const answer = await revoke({ subject: 'u1' });
  expect(answer.status).toBe(200);
  expect(answer.body).toMatchObject({ subject: 'u1' });
  expect(revocationBody.strict().safeParse(answer.body).error).toBeUndefined();
  expect(await status({ sub: 'u1' })).toBe(401);
  expect(await status({ sub: 'u2' })).toBe(200);
});

test('treats an empty object like a missing body', async () => {
  const { revoke, status } = await adminGate();
  const answer = await revoke({});
  expect(answer.status).toBe(200);
  expect(answer.body).not.toHaveProperty('subject');
  expect(await status({ sub: 'u1' })).toBe(401);
});

test('returns the revocation in a dry run and revokes nothing', async () => {
  const { revoke, status } = await adminGate();
  expect(await status()).toBe(200);
  const answer = await revoke({ subject: 'u1' }, { query: '?dryRun=true' });
  expect(answer.status).toBe(200);
  expect(JSON.stringify(answer.body)).toContain('REVOCATION.CREATED');
  expect(await status({ sub: 'u1' })).toBe(200);
});

test('records the revocation in the history with its actor', async () => {
  const { store, at, applicationAt, console, revoke } = await adminGate();
  const { body } = await revoke({ subject: 'u1' });
  const page = await store.activities.list(at, { applicationId: applicationAt.applicationId }, { limit: 1 });
  expect(page?.items).toMatchObject([
    {
      type: 'REVOCATION.CREATED',
      targetId: applicationAt.applicationId,
      actor: { client: console.id, subject: 'ada' },
      after: { subject: 'u1', notBefore: body.notBefore },
    },
  ]);
});

test('applies two revocations with one Idempotency-Key once', async () => {
  const { revoke, status } = await adminGate();
  const headers = { 'Idempotency-Key': 'once' };
  const first = await revoke({ subject: 'u1' }, { headers });
  const second = await revoke({ subject: 'u1' }, { headers });
  expect([first.status, second.status]).toEqual([200, 200]);
  expect(second.body).toEqual(first.body);
  const other = await revoke({ subject: 'u2' }, { headers });
  expect(other.status).toBe(422);
  expect(await status({ sub: 'u2' })).toBe(200);
});

test.each<[string, Requirement | undefined, string, number]>([
  ['as a rule the scope of the domain', undefined, MY_SCOPES, 200],
  ['as a rule the scope of the domain, not another', undefined, REVOKE, 403],
  ['the scope that it is mapped to', REVOKE, REVOKE, 200],
  ['the scope that it is mapped to, not that of the domain', REVOKE, MY_SCOPES, 403],
])('requires a permission for revocation: %s', async (_, needed, scope, expected) => {
  const permissions = { 'applications:create:revocation': needed };
  const { revoke, status } = await adminGate({ permissions });
  const answer = await revoke(undefined, { scope });
  expect(answer.status).toBe(expected);
  if (expected === 403) expect(answer.body).toMatchObject({ code: 'ACCESS_FAILED' });
  expect(await status()).toBe(expected === 200 ? 401 : 200);
});

test('refuses a revocation for an unknown application, with an invalid body, or when read-only', async () => {
  const { revoke, status } = await adminGate();
  expect((await revoke({}, { of: NOBODY })).status).toBe(404);
  expect((await revoke({}, { of: 'no-id' })).status).toBe(404);
  for (const subject of ['', 7, ['u1'], 'a\u0000b', 'x'.repeat(300)]) {
    const answer = await revoke({ subject });
    expect([subject, answer.status]).toEqual([subject, 400]);
    expect(answer.body).toMatchObject({ code: 'INVALID_DATA', details: [{ target: 'subject' }] });
  }
  expect(await status()).toBe(200);
  const readOnly = await adminGate({ readOnly: true });
  expect((await readOnly.revoke()).status).toBe(405);
  expect(await readOnly.status()).toBe(200);
});

test('revokes all tokens where the subject is null, since null counts as absent', async () => {
  const { revoke, status } = await adminGate();
  expect((await revoke({ subject: null })).status).toBe(200);
  expect(await status()).toBe(401);
});

describe('current grants of the admin API caller', () => {
  test('refuses a caller whose scope is no longer granted', async () => {
    const { revoke, empower } = await adminGate();
    await empower(REVOKE);
    const answer = await revoke();
    expect(answer.status).toBe(403);
    expect(answer.headers['www-authenticate']).toContain(`error="insufficient_scope"`);
    expect(answer.body).toMatchObject({ code: 'ACCESS_FAILED', details: [{ code: 'INSUFFICIENT_PERMISSIONS' }] });
  });

  test('refuses a caller whose token is revoked', async () => {
    const { store, consoleAt, revoke, status } = await adminGate();
    await store.applications.revokeTokens(consoleAt, 'ada', context);
    const answer = await revoke();
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toContain(`error="invalid_token"`);
    expect(answer.body).toMatchObject({ code: 'ACCESS_FAILED', details: [{ code: 'INVALID_TOKEN' }] });
    expect(await status()).toBe(200);
  });

  test('responds with 503 when the grants of the caller are unavailable', async () => {
    const { asked, revoke } = await adminGate();
    asked.failure = new StoreUnavailableError('away');
    const answer = await revoke();
    expect(answer.status).toBe(503);
    expect(answer.headers['retry-after']).toBe('1');
    expect(answer.body).toMatchObject({ code: 'UNEXPECTED_ERROR' });
    expect(answer.text).not.toContain('away');
  });
});
