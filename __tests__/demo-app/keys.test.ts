import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keysInUse, publicKey, type SigningKey } from '../../demo-app/authorization-server/keys.js';
import { describeEachEngine } from '../support/stores.js';
import { administrationOf, REDIRECT_URI, tokenAnswer } from './fixtures/administration.js';
import { openBrowser } from './fixtures/browser.js';
import { type BuiltDemo, openBuiltDemo, type RunningServer } from './fixtures/built-demo.js';

jest.setTimeout(120_000);

const DAY = 24 * 60 * 60 * 1000;
const NOW = 1_000 * DAY;
const key = (kid: string, signsFrom: number): SigningKey => ({ jwk: { kty: 'RSA', kid, d: 'private' }, signsFrom });

describe('keysInUse() and publicKey()', () => {
  const order = (...keys: SigningKey[]) => keysInUse(keys, NOW).map(({ jwk }) => jwk.kid);

  test('signs with the newest key', () => {
    expect(order(key('old', 0), key('new', NOW - 1))).toEqual(['new', 'old']);
  });

  test('publishes a key before it signs', () => {
    expect(order(key('next', NOW + 1), key('old', 0))).toEqual(['old', 'next']);
  });

  test('signs with a key from its start time on', () => {
    expect(order(key('next', NOW), key('old', 0))).toEqual(['next', 'old']);
  });

  test('publishes the previous key as long as a token of 30 days may be valid', () => {
    expect(order(key('old', 0), key('new', NOW - 30 * DAY - 1))).toEqual(['new', 'old']);
    expect(order(key('old', 0), key('new', NOW - 31 * DAY))).toEqual(['new']);
  });

  test('keeps using a single key of any age', () => {
    expect(order(key('only', 0))).toEqual(['only']);
  });

  test('publishes only the public half of a key', () => {
    const published = publicKey({ jwk: { kty: 'RSA', kid: 'a', n: 'n', e: 'e', d: 'private', p: 'p' }, signsFrom: 0 });

    expect(published).toEqual({ kty: 'RSA', kid: 'a', n: 'n', e: 'e', use: 'sig', alg: 'RS256' });
  });
});

let demo: BuiltDemo;
beforeAll(() => {
  demo = openBuiltDemo();
});
afterAll(() => demo?.remove());

const SCOPE = 'urn:opc:resource:consumer:paas:analytics::read';
const kidOf = (token: unknown) =>
  JSON.parse(Buffer.from(String(token).split('.')[0] ?? '', 'base64url').toString()).kid;

async function tokenOf(server: RunningServer): Promise<string> {
  return String((await tokenAnswer(server, server.operator, { scope: SCOPE })).body.access_token);
}

async function publishedAt(url: string): Promise<readonly { readonly kid: string }[]> {
  const response = await fetch(url);
  return ((await response.json()) as { keys: { kid: string }[] }).keys;
}

describeEachEngine((engine) => {
  test('rejects no request during a key rotation by another process, with old or new tokens', async () => {
    const env = { DATABASE: (await engine.database()).address };
    const issuer = await demo.run(env);
    const { url } = issuer;
    const domain = { OCI_DOMAIN_URL: url, OCI_TENANT: 'idcs-demo', OCI_ISSUER: `${url}/oauth2` };
    const servers = [issuer, await demo.run({ ...env, ...domain })];
    const old = await tokenOf(issuer);
    const statuses = new Map<number, number>();
    let latest = old;
    async function knockOnce(): Promise<void> {
      latest = await tokenOf(issuer);
      for (const token of [old, latest]) {
        for (const server of servers) {
          const headers = { authorization: `Bearer ${token}` };
          const { status } = await fetch(`${server.url}/live/reports`, { headers });
          statuses.set(status, (statuses.get(status) ?? 0) + 1);
        }
      }
    }

    // A sign-in that begins before the rotation ends after it.
    const client = await (await administrationOf(issuer)).createApplication('Slow', {
      tokenEndpointAuthMethod: 'NONE',
    });
    await (await administrationOf(issuer)).setGrants(client, { Demo: [SCOPE] });
    const browser = openBrowser(url);
    const query = new URLSearchParams({
      client_id: client.id,
      response_type: 'code',
      redirect_uri: REDIRECT_URI,
      scope: SCOPE,
      code_challenge: 'a'.repeat(43),
      code_challenge_method: 'S256',
    });
    const login = await browser.open(`${url}/oauth2/v1/authorize?${query}`);

    await knockOnce();
    const rotation = demo.runToEnd('rotate-keys', env);
    const deadline = Date.now() + 60_000;
    while (kidOf(latest) === kidOf(old) && Date.now() < deadline) await knockOnce();
    for (let more = 0; more < 20; more++) await knockOnce();
    const { status, stdout } = await rotation;
    const consent = await browser.submit(login, 'login', { name: 'first-user', password: issuer.password });
    const end = await browser.submit(consent, 'consent');

    expect(status).toBe(0);
    expect(stdout).toContain(kidOf(latest));
    expect(kidOf(latest)).not.toBe(kidOf(old));
    expect([...statuses.keys()]).toEqual([200]);
    expect(end.url.searchParams.has('code')).toBe(true);
    for (const path of ['/admin/v1/SigningCert/jwk', '/oauth2/v1/keys']) {
      const keys = await publishedAt(url + path);
      expect(keys.map(({ kid }) => kid)).toEqual([kidOf(latest), kidOf(old)]);
      expect(keys.filter((each) => 'd' in each || 'p' in each)).toEqual([]);
    }
  });

  test('creates keys and clients once when several processes start on one empty database', async () => {
    const env = { DATABASE: (await engine.database()).address };
    const servers = await Promise.all([demo.run(env), demo.run(env), demo.run(env)]);
    const [one] = servers as [RunningServer, ...RunningServer[]];
    const tokens = await Promise.all(servers.map(tokenOf));
    const lists = await Promise.all(servers.map(({ url }) => publishedAt(`${url}/oauth2/v1/keys`)));

    expect(new Set(servers.map(({ operator, password }) => JSON.stringify([operator, password]))).size).toBe(1);
    expect(new Set(tokens.map(kidOf)).size).toBe(1);
    expect(lists.map((keys) => keys.length)).toEqual([1, 1, 1]);
    const headers = {
      authorization: `Bearer ${(await tokenAnswer(one, one.operator, { scope: 'urn:opc:idm:__myscopes__' })).body.access_token}`,
    };
    const { _embedded: found } = (await (await fetch(`${one.url}/v1/environments`, { headers })).json()) as {
      _embedded: { environments: { _links: { applications: { href: string } } }[] };
    };
    const href = found.environments[0]?._links.applications.href as string;
    const { count } = (await (await fetch(href, { headers })).json()) as { count: number };
    expect(found.environments).toHaveLength(1);
    expect(count).toBe(3);
  });
});

describe('key rotation without a database', () => {
  test('reports the missing database and does not create it', async () => {
    const file = join(tmpdir(), `scopegate-no-such-${process.pid}.db`);
    const { status, stderr } = await demo.runToEnd('rotate-keys', { DATABASE: file });

    expect(status).toBe(1);
    expect(stderr).toBe(`There is no ${file}: set DATABASE, or start the demo first.\n`);
    expect(existsSync(file)).toBe(false);
  });
});
