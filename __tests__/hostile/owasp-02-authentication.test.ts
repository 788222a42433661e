import { createHmac, createPublicKey } from 'node:crypto';
import { MY_SCOPES } from 'scopegate';
import type { GrantStore } from 'scopegate/admin';
import { openSqliteStore } from 'scopegate/sqlite';
import { testIssuer } from 'scopegate/testing';
import { type AdminApi, adminApi, appOf } from '../express/admin/fixtures/admin-api.js';
import { contentsOf } from '../express/admin/fixtures/bad-input.js';
import { BODIES, createWorld, pathIn, type World } from '../express/admin/fixtures/world.js';
import { bearer, issuer } from '../http/fixtures/domain.js';
import { EACH } from './fixtures/owasp-routes.js';

/** OWASP API2:2023, broken authentication: of every route of the admin API, with its own method, path and body. */

let store: GrantStore;
let api: AdminApi;
let world: World;
let before: string;
beforeAll(async () => {
  store = await openSqliteStore({ file: ':memory:' });
  api = adminApi(appOf({ store }));
  world = await createWorld(store);
  before = JSON.stringify(await contentsOf(store));
});
afterAll(() => store.close());

const claims = { scope: MY_SCOPES, env: '*', client_id: 'admin-console', sub: 'ada' };
const good = issuer.token(claims);
const [head = '', payload = '', signature = ''] = good.split('.');
const json = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const now = Math.floor(Date.now() / 1000);

/** Signed with the published key as if it were a secret. */
function confused(): string {
  const pem = createPublicKey({ key: issuer.jwks().keys[0] as never, format: 'jwk' });
  const input = `${json({ alg: 'HS256', kid: 'SIGNING_KEY' })}.${payload}`;
  const secret = pem.export({ type: 'spki', format: 'pem' });
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
}

const CREDENTIALS: readonly (readonly [string, string | null, number])[] = [
  ['none', null, 401],
  ['another scheme', `Basic ${Buffer.from('admin:admin').toString('base64')}`, 401],
  ['DPoP without a proof', `DPoP ${good}`, 401],
  ['the scheme alone', 'Bearer', 400],
  ['the token without a scheme', good, 401],
  ['two tokens', `Bearer ${good} ${good}`, 400],
  ['an expired token', bearer(issuer.expiredToken(claims)), 401],
  ['a token of tomorrow', bearer(issuer.token({ ...claims, nbf: now + 86_400 })), 401],
  ['a token without exp', bearer(issuer.token({ ...claims, exp: undefined })), 401],
  ['a token for another audience', bearer(issuer.token({ ...claims, aud: 'https://reports.example' })), 401],
  ['a token of another tenant', bearer(issuer.token({ ...claims, tenant: 'idcs-other' })), 401],
  ['a token of another issuer', bearer(issuer.token({ ...claims, iss: 'https://issuer.example/' })), 401],
  ['a token with another key of the same name', bearer(testIssuer().token(claims)), 401],
  ['an ID token', bearer(issuer.token({ ...claims, tok_type: 'IT' })), 401],
  ['a token that is bound to a key', bearer(issuer.token({ ...claims, cnf: { jkt: 'x'.repeat(43) } })), 401],
  ['a changed claim', bearer(`${head}.${json({ ...claims, exp: now + 3600 })}.${signature}`), 401],
  ['a signature of another token', bearer(`${head}.${payload}.${issuer.token({}).split('.')[2]}`), 401],
  ['no signature', bearer(`${head}.${payload}.`), 401],
  ['alg none', bearer(`${json({ alg: 'none' })}.${payload}.`), 401],
  ['the public key as a secret', bearer(confused()), 401],
];

describe.each(EACH)('API2: %s', (_, route) => {
  test('refuses bad credentials of every kind and changes nothing', async () => {
    for (const [name, authorization, status] of CREDENTIALS) {
      const sent = { authorization, body: BODIES[route.id]?.(world) };
      const answer = await api.send(route.method, pathIn(world, route.path), sent);
      expect([name, answer.status]).toEqual([name, status]);
      expect(answer.headers['www-authenticate']).toMatch(/^Bearer realm="api"/);
      expect(answer.text).not.toContain(signature);
    }
    expect(JSON.stringify(await contentsOf(store))).toBe(before);
  });

  test('accepts a token from the Authorization header only', async () => {
    const places = [
      { headers: { Cookie: `access_token=${good}; Authorization=Bearer ${good}` } },
      { headers: { 'X-Authorization': bearer(good), 'X-Forwarded-Authorization': bearer(good) } },
      { headers: { 'Proxy-Authorization': bearer(good), 'X-Access-Token': good, 'X-Api-Key': good } },
      { headers: { 'X-Forwarded-User': 'admin', 'X-Original-Url': '/openapi.json', 'X-Forwarded-For': '127.0.0.1' } },
      { query: `?access_token=${good}` },
      { body: { ...BODIES[route.id]?.(world), access_token: good } },
    ];
    for (const { query = '', ...sent } of places) {
      const body = BODIES[route.id]?.(world);
      const target = `${pathIn(world, route.path)}${query}`;
      const answer = await api.send(route.method, target, { body, ...sent, authorization: null });
      expect([target, answer.status]).toEqual([target, 401]);
    }
    expect(JSON.stringify(await contentsOf(store))).toBe(before);
  });
});
