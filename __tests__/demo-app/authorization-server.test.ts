import { statSync } from 'node:fs';
import * as openid from 'openid-client';
import { ACCOUNT_AUDIENCE, CONSUMER_ALL, MY_SCOPES } from 'scopegate';
import { describeEachEngine, type TestDatabase } from '../support/stores.js';
import { openTables } from '../support/tables.js';
import {
  type Administration,
  administrationOf,
  type Client,
  claimsOf,
  REDIRECT_URI,
  tokenAnswer,
} from './fixtures/administration.js';
import { openBrowser, type Page, scopesOn } from './fixtures/browser.js';
import { type BuiltDemo, openBuiltDemo, type RunningServer } from './fixtures/built-demo.js';

jest.setTimeout(120_000);

const READ = 'urn:opc:resource:consumer:paas:analytics::read';
const WRITE = 'urn:opc:resource:consumer:paas:analytics::write';
const ABOVE = 'urn:opc:resource:consumer:paas::read';

let demo: BuiltDemo;
beforeAll(() => {
  demo = openBuiltDemo();
});
afterAll(() => demo?.remove());

describeEachEngine((engine) => {
  const table = engine.name === 'SQLite' ? 'authorization_server' : 'scopegate_demo.authorization_server';
  let database: TestDatabase;
  let env: { readonly DATABASE: string };
  let server: RunningServer;
  let administration: Administration;
  let reader: Client;
  let config: openid.Configuration;

  beforeAll(async () => {
    database = await engine.database();
    env = { DATABASE: database.address };
    server = await demo.run(env);
    administration = await administrationOf(server);
    await administration.createResource('Reports', [ABOVE, READ, WRITE]);
    reader = await administration.createApplication('Reader');
    await administration.setGrants(reader, { Reports: [ABOVE] });
    config = await discovered(server, reader);
  });

  function discovered({ url }: RunningServer, { id, secret }: Client): Promise<openid.Configuration> {
    const authentication = secret === '' ? openid.None() : openid.ClientSecretBasic(secret);
    const options = { execute: [openid.allowInsecureRequests] };
    return openid.discovery(new URL(`${url}/oauth2`), id, undefined, authentication, options);
  }

  /** A sign-in with everything that a careful client sends and checks. */
  async function signedIn(scope: string, using = config, browser = openBrowser(server.url)) {
    return (await asked(scope, using, browser)).answer;
  }

  /** The same, with the scopes that the person was shown. */
  async function asked(scope: string, using = config, browser = openBrowser(server.url)) {
    const { shown, redeem } = await codeFor(scope, using, browser);
    return { shown, answer: await redeem() };
  }

  /** A sign-in as far as the code. */
  async function codeFor(scope: string, using = config, browser = openBrowser(server.url)) {
    const verifier = openid.randomPKCECodeVerifier();
    const expected = { pkceCodeVerifier: verifier, expectedState: openid.randomState() };
    const address = openid.buildAuthorizationUrl(using, {
      redirect_uri: REDIRECT_URI,
      scope,
      state: expected.expectedState,
      code_challenge: await openid.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    });
    let page: Page = await browser.open(address);
    if (page.text.includes('name="password"')) {
      page = await browser.submit(page, 'login', { name: 'first-user', password: server.password });
    }
    const end = await browser.submit(page, 'consent');
    return { shown: scopesOn(page), redeem: () => openid.authorizationCodeGrant(using, end.url, expected) };
  }

  const loginAddress = () =>
    openid.buildAuthorizationUrl(config, {
      redirect_uri: REDIRECT_URI,
      scope: READ,
      code_challenge: 'a'.repeat(43),
      code_challenge_method: 'S256',
    });

  const sorted = (scope: string | undefined) => String(scope).split(' ').sort();

  const open = (path: string, token: string, { url } = server) =>
    fetch(url + path, { headers: { authorization: `Bearer ${token}` } });

  describe('OAuth flows with openid-client', () => {
    test('publishes the metadata of the authorization server', () => {
      expect(config.serverMetadata()).toMatchObject({
        issuer: `${server.url}/oauth2`,
        authorization_endpoint: `${server.url}/oauth2/v1/authorize`,
        token_endpoint: `${server.url}/oauth2/v1/token`,
        introspection_endpoint: `${server.url}/oauth2/v1/introspect`,
        revocation_endpoint: `${server.url}/oauth2/v1/revoke`,
        grant_types_supported: ['authorization_code', 'refresh_token', 'client_credentials'],
        code_challenge_methods_supported: ['S256'],
      });
    });

    test('issues a token for client credentials that the resource server accepts', async () => {
      const { access_token: token, ...answer } = await openid.clientCredentialsGrant(config, { scope: READ });

      expect(answer).toMatchObject({ token_type: 'bearer', expires_in: 3600, scope: READ });
      expect(answer).not.toHaveProperty('refresh_token');
      expect(claimsOf(token)).toEqual({
        iss: `${server.url}/oauth2`,
        sub: reader.id,
        client_id: reader.id,
        client_name: 'Reader',
        sub_type: 'client',
        tok_type: 'AT',
        tenant: 'idcs-demo',
        aud: ACCOUNT_AUDIENCE,
        scope: READ,
        jti: expect.any(String),
        iat: expect.any(Number),
        exp: expect.any(Number),
      });
      expect((await open('/live/reports', token)).status).toBe(200);
    });

    test('issues an access token and an ID token for a code with PKCE', async () => {
      const answer = await signedIn(`openid ${READ}`);

      expect(claimsOf(answer.access_token)).toMatchObject({
        sub: 'first-user',
        sub_type: 'user',
        client_id: reader.id,
        aud: ACCOUNT_AUDIENCE,
        scope: `openid ${READ}`,
      });
      expect(answer.claims()).toMatchObject({ sub: 'first-user', aud: reader.id });
      expect(answer).not.toHaveProperty('refresh_token');
      expect((await open('/live/reports', answer.access_token)).status).toBe(200);
      expect((await open('/reports', String(answer.id_token))).status).toBe(401);
    });

    test('rotates the refresh token and keeps the requested scope', async () => {
      const { refresh_token: first = '', scope } = await signedIn(`${READ} offline_access`);
      const refreshed = await openid.refreshTokenGrant(config, first);

      expect(scope?.split(' ').sort()).toEqual(['offline_access', READ]);
      expect(refreshed.scope).toBe(scope);
      expect(refreshed.refresh_token).not.toBe(first);
      expect(claimsOf(refreshed.access_token)).toMatchObject({ sub: 'first-user', aud: ACCOUNT_AUDIENCE });
      expect((await open('/live/reports', refreshed.access_token)).status).toBe(200);
    });

    test('introspects a refresh token as active until it is revoked', async () => {
      const { refresh_token: token = '' } = await signedIn(`${READ} offline_access`);
      const before = await openid.tokenIntrospection(config, token);
      await openid.tokenRevocation(config, token);

      expect(before).toMatchObject({ active: true, client_id: reader.id, sub: 'first-user' });
      expect(await openid.tokenIntrospection(config, token)).toEqual({ active: false });
      await expect(openid.refreshTokenGrant(config, token)).rejects.toMatchObject({ error: 'invalid_grant' });
    });

    test('introspects the token of another client as inactive', async () => {
      const { refresh_token: token = '' } = await signedIn(`${READ} offline_access`);

      expect(await openid.tokenIntrospection(await discovered(server, server.operator), token)).toEqual({
        active: false,
      });
    });
  });

  describe('tokens of an OCI IAM domain', () => {
    const everything = () => server.operator;

    test.each([
      ['consumer::all', CONSUMER_ALL, ACCOUNT_AUDIENCE, CONSUMER_ALL],
      ['a scope below an allowed one', READ, ACCOUNT_AUDIENCE, READ],
      ['the admin scope', MY_SCOPES, ACCOUNT_AUDIENCE, MY_SCOPES],
      [
        'consumer::all offline_access, by client credentials',
        `${CONSUMER_ALL} offline_access`,
        ACCOUNT_AUDIENCE,
        CONSUMER_ALL,
      ],
    ])('issues a token with the audience and scope of the domain: %s', async (_, asked, aud, scope) => {
      const { body } = await tokenAnswer(server, everything(), { scope: asked });

      expect(claimsOf(body.access_token)).toMatchObject({ aud, scope });
      expect(body).not.toHaveProperty('refresh_token');
      expect(body.scope).toBe(scope);
    });

    test('rejects consumer::all together with another scope', async () => {
      const answer = await tokenAnswer(server, everything(), { scope: `${CONSUMER_ALL} ${MY_SCOPES}` });

      expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_scope' } });
    });

    test('rejects a scope with another qualifier', async () => {
      expect(await tokenAnswer(server, reader, { scope: WRITE })).toMatchObject({
        status: 400,
        body: { error: 'invalid_scope' },
      });
    });

    test('splits the audience of a specific resource off the requested scope', async () => {
      await administration.createResource('Billing', ['read', 'write'], { audience: 'http://billing.example/' });
      const client = await administration.createApplication('Biller', { trustScope: 'Explicit' });
      await administration.setGrants(client, { Billing: ['read'] });
      const { body } = await tokenAnswer(server, client, { scope: 'http://billing.example/read' });

      expect(claimsOf(body.access_token)).toMatchObject({ aud: 'http://billing.example/', scope: 'read' });
      expect((await open('/reports', String(body.access_token))).status).toBe(401);
    });

    test('issues a token with several audiences where the application allows several resources', async () => {
      await administration.createResource('Orders', ['orders:read'], { audience: 'https://orders.example' });
      await administration.createResource('Stock', ['stock:read'], { audience: 'https://stock.example' });
      const client = await administration.createApplication('Shop', {
        trustScope: 'Explicit',
        requestScopesForMultipleResourcesEnabled: true,
      });
      await administration.setGrants(client, { Orders: ['orders:read'], Stock: ['stock:read'] });
      const { body } = await tokenAnswer(server, client, { scope: 'orders:read stock:read' });

      expect(claimsOf(body.access_token)).toMatchObject({
        aud: ['https://orders.example', 'https://stock.example'],
        scope: 'orders:read stock:read',
      });
    });

    test('issues all granted scopes of the only resource when the request names no scope', async () => {
      const config = await discovered(server, reader);
      const { body } = await tokenAnswer(server, reader, {});

      expect(claimsOf(body.access_token).scope).toBe(ABOVE);
      expect(claimsOf((await signedIn('', config)).access_token).scope).toBe(ABOVE);
    });

    test('issues a token with the shorter lifetime that the request asks for', async () => {
      const { body } = await tokenAnswer(server, reader, { scope: `${READ} urn:opc:resource:expiry=120` });
      const { exp, iat, scope } = claimsOf(body.access_token);

      expect(body.expires_in).toBe(120);
      expect(Number(exp) - Number(iat)).toBe(120);
      expect(scope).toBe(READ);
    });
  });

  describe('current grants', () => {
    test('refuses to refresh scopes that are no longer granted, and keeps the refresh token valid', async () => {
      const client = await administration.createApplication('Changing');
      await administration.setGrants(client, { Reports: [READ] });
      const its = await discovered(server, client);
      const { refresh_token: token = '' } = await signedIn(`${READ} offline_access`, its);

      await administration.setGrants(client, { Reports: [WRITE] });
      await expect(openid.refreshTokenGrant(its, token)).rejects.toMatchObject({ error: 'invalid_scope', status: 400 });
      await administration.setGrants(client, { Reports: [READ] });

      expect(claimsOf((await openid.refreshTokenGrant(its, token)).access_token).scope).toContain(READ);
    });

    test('invalidates the refresh tokens of a user when the admin API revokes them', async () => {
      const client = await administration.createApplication('Voided');
      await administration.setGrants(client, { Reports: [READ] });
      const its = await discovered(server, client);
      const { refresh_token: token = '' } = await signedIn(`${READ} offline_access`, its);
      await administration.revoke(client, 'second-user');
      const { refresh_token: next = '' } = await openid.refreshTokenGrant(its, token);
      await administration.revoke(client, 'first-user');

      expect(await openid.tokenIntrospection(its, next)).toEqual({ active: false });
      await expect(openid.refreshTokenGrant(its, next)).rejects.toMatchObject({ error: 'invalid_grant' });
    });

    test('issues no token to an application without grants', async () => {
      const client = await administration.createApplication('Without');

      expect(await tokenAnswer(server, client, { scope: READ })).toMatchObject({
        status: 400,
        body: { error: 'unauthorized_client' },
      });
    });

    test('refuses a disabled application, and does not recognize a deleted one', async () => {
      const client = await administration.createApplication('Passing');
      await administration.setGrants(client, { Reports: [READ] });
      const its = await discovered(server, client);
      const { refresh_token: token = '' } = await signedIn(`${READ} offline_access`, its);
      const forms = [{ scope: READ }, { grant_type: 'refresh_token', refresh_token: token }];
      const answers = () => Promise.all(forms.map((form) => tokenAnswer(server, client, form)));

      await administration.change(client, { enabled: false });
      const disabled = await answers();
      await administration.remove(client);
      const deleted = await answers();

      expect(disabled.map(({ body }) => body.error)).toEqual(['unauthorized_client', 'unauthorized_client']);
      expect(deleted.map(({ status, body }) => [status, body.error])).toEqual([
        [401, 'invalid_client'],
        [401, 'invalid_client'],
      ]);
    });

    test('rejects a grant type that the application does not have', async () => {
      const client = await administration.createApplication('Worker', { grantTypes: ['AUTHORIZATION_CODE'] });
      await administration.setGrants(client, { Reports: [READ] });
      const its = await discovered(server, client);

      expect(await tokenAnswer(server, client, { scope: READ })).toMatchObject({
        status: 400,
        body: { error: 'unauthorized_client' },
      });
      expect(await signedIn(`${READ} offline_access`, its)).not.toHaveProperty('refresh_token');
    });
  });

  describe('consent page', () => {
    test.each([
      ['offline_access', 'offline_access', [READ, WRITE, 'offline_access']],
      ['a life only', 'urn:opc:resource:expiry=120', [READ, WRITE, 'urn:opc:resource:expiry=120']],
      ['nothing', '', [READ, WRITE]],
    ])('shows and issues the granted scopes of the only resource when asked for %s', async (name, scope, expected) => {
      const client = await administration.createApplication(`All of one: ${name}`);
      await administration.setGrants(client, { Reports: [READ, WRITE] });
      const its = await discovered(server, client);
      const { shown, answer } = await asked(scope, its);

      expect([...shown].sort()).toEqual([...expected].sort());
      expect(sorted(answer.scope)).toEqual(expected.filter((each) => !each.includes('expiry')).sort());
      expect(answer.expires_in).toBe(scope.includes('expiry') ? 120 : 3600);
      if (answer.refresh_token === undefined) return;
      expect((await openid.refreshTokenGrant(its, answer.refresh_token)).scope).toBe(answer.scope);
    });

    test('expands the admin scope at sign-in, and adds no later grant on refresh', async () => {
      const [first, later] = ['urn:opc:idm:t.user.me', 'urn:opc:idm:g.all_r'];
      await administration.createResource('Domain', [first, later]);
      const client = await administration.createApplication('Growing');
      await administration.setGrants(client, { Domain: [first] });
      const its = await discovered(server, client);
      const { shown, answer } = await asked(`${MY_SCOPES} offline_access`, its);
      await administration.setGrants(client, { Domain: [first, later] });
      const refreshed = await openid.refreshTokenGrant(its, String(answer.refresh_token));

      expect([...shown].sort()).toEqual(['offline_access', first]);
      expect(sorted(answer.scope)).toEqual(['offline_access', first]);
      expect(sorted(refreshed.scope)).toEqual(['offline_access', first]);
    });
  });

  describe('scope of a refresh', () => {
    test('issues a narrower scope than that of the refresh token', async () => {
      const { refresh_token: token = '' } = await signedIn(`${ABOVE} offline_access`);

      expect((await openid.refreshTokenGrant(config, token, { scope: READ })).scope).toBe(READ);
    });

    test('accepts the scope of the response although the request had an audience prefix', async () => {
      await administration.createResource('Photos', ['list', 'add'], { audience: 'http://photos.example/' });
      const client = await administration.createApplication('Album', { trustScope: 'Explicit' });
      await administration.setGrants(client, { Photos: ['list', 'add'] });
      const its = await discovered(server, client);
      const answer = await signedIn('http://photos.example/list http://photos.example/add offline_access', its);
      const refreshed = await openid.refreshTokenGrant(its, String(answer.refresh_token), {
        scope: String(answer.scope),
      });

      expect(refreshed.scope).toBe(answer.scope);
    });

    test('rejects a wider scope without using up the refresh token', async () => {
      const client = await administration.createApplication('Wide');
      await administration.setGrants(client, { Reports: [ABOVE, WRITE] });
      const its = await discovered(server, client);
      const { refresh_token: token = '' } = await signedIn(`${READ} offline_access`, its);

      for (const scope of [ABOVE, WRITE, `openid ${READ}`]) {
        await expect(openid.refreshTokenGrant(its, token, { scope })).rejects.toMatchObject({ error: 'invalid_scope' });
      }
      expect((await openid.refreshTokenGrant(its, token)).scope).toContain(READ);
    });
  });

  describe('what a person consented to', () => {
    let alpha: string;
    beforeAll(async () => {
      alpha = await administration.createResource('Alpha', ['see'], { audience: 'http://alpha.example/' });
      await administration.createResource('Beta', ['see'], { audience: 'http://beta.example/' });
    });

    /** An application that is granted `see` of the first resource. */
    async function viewer(name: string) {
      const client = await administration.createApplication(name, { trustScope: 'Explicit' });
      await administration.setGrants(client, { Alpha: ['see'] });
      return { client, its: await discovered(server, client) };
    }

    test('a refresh is for no other resource, and leaves the refresh token unused', async () => {
      const { client, its } = await viewer('Viewer');
      const { refresh_token: token = '' } = await signedIn('see offline_access', its);

      await administration.setGrants(client, { Beta: ['see'] });
      for (const scope of [undefined, 'see', 'http://beta.example/see']) {
        const refused = openid.refreshTokenGrant(its, token, scope === undefined ? {} : { scope });
        await expect(refused).rejects.toMatchObject({ error: 'invalid_scope', status: 400 });
      }
      await administration.setGrants(client, { Alpha: ['see'], Beta: ['see'] });
      const refreshed = await openid.refreshTokenGrant(its, token);
      expect(claimsOf(refreshed.access_token)).toMatchObject({ aud: 'http://alpha.example/' });
    });

    test('a refresh needs the audience that was consented to: not a new one, and the old one again', async () => {
      const { its } = await viewer('Renamed');
      const { refresh_token: token = '' } = await signedIn('see offline_access', its);

      await administration.changeResource(alpha, { audience: 'http://omega.example/' });
      await expect(openid.refreshTokenGrant(its, token)).rejects.toMatchObject({ error: 'invalid_scope' });
      await administration.changeResource(alpha, { audience: 'http://alpha.example/' });
      const refreshed = await openid.refreshTokenGrant(its, token);
      expect(claimsOf(refreshed.access_token)).toMatchObject({ aud: 'http://alpha.example/' });
    });

    test('a code is for no other resource', async () => {
      const { client, its } = await viewer('Hasty');
      const { redeem } = await codeFor('see', its);

      await administration.setGrants(client, { Beta: ['see'] });
      await expect(redeem()).rejects.toMatchObject({ error: 'invalid_scope' });
    });

    test('a code is not redeemed when its redirect URI was removed', async () => {
      const { client, its } = await viewer('Moved');
      const { redeem } = await codeFor('see', its);

      await administration.change(client, { redirectUris: ['http://127.0.0.1/elsewhere'] });
      await expect(redeem()).rejects.toMatchObject({ error: 'invalid_grant' });
    });

    test('a code is not redeemed when all redirect URIs were removed', async () => {
      const { client, its } = await viewer('Gone');
      const { redeem } = await codeFor('see', its);

      await administration.change(client, { redirectUris: [] });
      await expect(redeem()).rejects.toMatchObject({ status: 400 });
    });

    test('a code is redeemed when another redirect URI was added', async () => {
      const { client, its } = await viewer('Grown');
      const { redeem } = await codeFor('see', its);

      await administration.change(client, { redirectUris: [REDIRECT_URI, 'http://127.0.0.1/elsewhere'] });
      expect(claimsOf((await redeem()).access_token)).toMatchObject({ aud: 'http://alpha.example/', scope: 'see' });
    });
  });

  test('rejects a scope that a different resource of a shared audience would interpret', async () => {
    await administration.createResource('North', ['north:read'], {
      audience: 'http://north.example/',
      secondaryAudiences: ['http://shared.example/'],
    });
    await administration.createResource('East', ['list'], { audience: 'http://east.example/' });
    await administration.createResource('South', ['list'], { audience: 'http://shared.example/' });
    const client = await administration.createApplication('Compass', {
      trustScope: 'Explicit',
      requestScopesForMultipleResourcesEnabled: true,
    });
    await administration.setGrants(client, { North: ['north:read'], East: ['list'] });

    expect(await tokenAnswer(server, client, { scope: 'north:read list' })).toMatchObject({
      status: 400,
      body: { error: 'invalid_scope' },
    });
    expect((await tokenAnswer(server, client, { scope: 'list' })).body.scope).toBe('list');
  });

  test('introspects the refresh token of a disabled application as inactive', async () => {
    const client = await administration.createApplication('Sleeping');
    await administration.setGrants(client, { Reports: [READ] });
    const its = await discovered(server, client);
    const { refresh_token: token = '' } = await signedIn(`${READ} offline_access`, its);
    const before = await openid.tokenIntrospection(its, token);
    await administration.change(client, { enabled: false });

    expect(before.active).toBe(true);
    expect(await openid.tokenIntrospection(its, token)).toEqual({ active: false });
  });

  test('asks a deleted user to sign in again despite a session', async () => {
    const browser = openBrowser(server.url);
    const address = loginAddress();
    await browser.signIn(address, 'second-user', server.password);
    const tables = await openTables(database);
    const person = `model = 'User' and id = 'second-user'`;
    const [row] = await tables.run(`select payload from ${table} where ${person}`);
    await tables.run(`delete from ${table} where ${person}`);
    const page = await browser.open(address);
    const parameters = engine.name === 'SQLite' ? '?' : '$1';
    await tables.run(`insert into ${table} (model, id, payload) values ('User', 'second-user', ${parameters})`, [
      row.payload,
    ]);
    await tables.close();
    const back = await browser.submit(page, 'login', { name: 'second-user', password: server.password });

    expect(page.status).toBe(200);
    expect(page.text).toContain('name="password"');
    expect((await browser.submit(back, 'consent')).url.searchParams.has('code')).toBe(true);
  });

  test.each([
    ['a refresh token', { grant_type: 'refresh_token', refresh_token: 'a\0b' }, 400],
    ['a code', { grant_type: 'authorization_code', code: 'a\0b', redirect_uri: REDIRECT_URI }, 400],
  ])('rejects %s with a NUL byte', async (_, form, status) => {
    expect(await tokenAnswer(server, reader, form)).toMatchObject({ status, body: { error: 'invalid_grant' } });
  });

  test('rejects a user name with a NUL byte', async () => {
    const browser = openBrowser(server.url);
    const page = await browser.submit(await browser.open(loginAddress()), 'login', { name: 'a\0b', password: 'wrong' });

    expect(page.status).toBe(401);
  });

  describe('client secrets', () => {
    test.each([
      ['a wrong one', (client: Client) => ({ ...client, secret: 'wrong' })],
      ['none at all', (client: Client) => ({ ...client, secret: '' })],
      ['that of another application', (client: Client) => ({ ...client, secret: server.operator.secret })],
      [
        'an application that nobody made',
        (client: Client) => ({ ...client, id: 'd3300000-0000-4000-8000-00000000000f' }),
      ],
      ['an id that is none', (client: Client) => ({ ...client, id: '../operator' })],
    ])('rejects client authentication: %s', async (_, spoilt) => {
      expect(await tokenAnswer(server, spoilt(reader), { scope: READ })).toMatchObject({
        status: 401,
        body: { error: 'invalid_client' },
      });
    });

    test('rejects any secret from an application that authenticates without one', async () => {
      const client = await administration.createApplication('Public', { tokenEndpointAuthMethod: 'NONE' });

      expect((await tokenAnswer(server, { ...client, secret: 'any' }, { scope: READ })).body.error).toBe(
        'invalid_client',
      );
    });
  });

  test('refuses client credentials to an application without a secret', async () => {
    const client = await administration.createApplication('Open', { tokenEndpointAuthMethod: 'NONE' });
    await administration.setGrants(client, { Reports: [ABOVE] });

    expect((await tokenAnswer(server, client, { scope: READ })).status).toBe(400);
    expect((await signedIn(READ, await discovered(server, client))).scope).toBe(READ);
  });

  describe('database failure during a refresh', () => {
    const failing = (event: string, model: string) =>
      engine.name === 'SQLite'
        ? [
            `create trigger cut before ${event} on ${table} when new.model = '${model}'
             begin select raise(abort, 'cut'); end`,
          ]
        : [
            `create function cut() returns trigger as $$ begin raise exception 'cut'; end $$ language plpgsql`,
            `create trigger cut before ${event} on ${table} for each row when (new.model = '${model}')
             execute function cut()`,
          ];
    const mended = engine.name === 'SQLite' ? ['drop trigger cut'] : ['drop function cut cascade'];

    test.each(['insert', 'update'])('lets the client retry the refresh when an %s fails', async (event) => {
      const { refresh_token: token = '' } = await signedIn(`${READ} offline_access`);
      const form = { grant_type: 'refresh_token', refresh_token: token };
      const tables = await openTables(database);
      for (const statement of failing(event, 'RefreshToken')) await tables.run(statement);
      const interrupted = await tokenAnswer(server, reader, form);
      for (const statement of mended) await tables.run(statement);
      await tables.close();
      const again = await tokenAnswer(server, reader, form);

      expect(interrupted.status).toBe(503);
      expect(again.status).toBe(200);
      expect((await tokenAnswer(server, reader, form)).body.error).toBe('invalid_grant');
    });
  });

  describe('single-use tokens', () => {
    test('revokes the whole token family when a refresh token is used twice', async () => {
      const { refresh_token: first = '' } = await signedIn(`${READ} offline_access`);
      const { refresh_token: second = '' } = await openid.refreshTokenGrant(config, first);

      await expect(openid.refreshTokenGrant(config, first)).rejects.toMatchObject({ error: 'invalid_grant' });
      await expect(openid.refreshTokenGrant(config, second)).rejects.toMatchObject({ error: 'invalid_grant' });
    });

    test('responds to at most one of many concurrent refreshes, and invalidates the successor', async () => {
      const { refresh_token: token = '' } = await signedIn(`${READ} offline_access`);
      const outcomes = await Promise.allSettled(
        Array.from({ length: 8 }, () => openid.refreshTokenGrant(config, token)),
      );
      const winners = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));

      expect(winners.length).toBeLessThanOrEqual(1);
      for (const { refresh_token: successor = '' } of winners) {
        await expect(openid.refreshTokenGrant(config, successor)).rejects.toMatchObject({ error: 'invalid_grant' });
      }
    });
  });

  if (engine.name === 'SQLite') {
    test('creates a database file that only its owner may access', () => {
      expect(statSync(env.DATABASE).mode & 0o777).toBe(0o600);
    });
  }

  test('keeps sessions and refresh tokens across a restart', async () => {
    const browser = openBrowser(server.url);
    const { refresh_token: token = '' } = await signedIn(`${READ} offline_access`, config, browser);
    const { port } = new URL(server.url);
    server.process.kill('SIGTERM');
    await server.ended;
    const { operator, password } = server;
    server = await demo.run({ ...env, PORT: port });

    expect(server).toMatchObject({ operator, password });
    expect(claimsOf((await openid.refreshTokenGrant(config, token)).access_token).sub).toBe('first-user');
    const again = new URL(openid.buildAuthorizationUrl(config, { redirect_uri: REDIRECT_URI, scope: READ }));
    again.searchParams.set('code_challenge', await openid.calculatePKCECodeChallenge('a'.repeat(43)));
    again.searchParams.set('code_challenge_method', 'S256');
    const page = await browser.open(again);
    expect(page.text).toContain('Reader asks to act for you'); // signed in still: a native application is asked about each time
    expect(page.text).toContain('first-user');
  });
});
