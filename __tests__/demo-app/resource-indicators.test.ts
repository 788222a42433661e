import * as openid from 'openid-client';
import {
  type Administration,
  administrationOf,
  type Client,
  claimsOf,
  REDIRECT_URI,
} from './fixtures/administration.js';
import { openBrowser, scopesOn } from './fixtures/browser.js';
import { type BuiltDemo, openBuiltDemo, type RunningServer } from './fixtures/built-demo.js';

const ALPHA = 'http://alpha.example/';
const BETA = 'http://beta.example/';

let demo: BuiltDemo;
let server: RunningServer;
let administration: Administration;
let one: openid.Configuration;
let several: openid.Configuration;

beforeAll(async () => {
  demo = openBuiltDemo();
  server = await demo.run();
  administration = await administrationOf(server);
  await administration.createResource('Alpha', ['see', 'alpha:list'], { audience: ALPHA });
  await administration.createResource('Beta', ['see', 'beta:list'], { audience: BETA });
  one = await clientOf('One', {});
  several = await clientOf('Several', { requestScopesForMultipleResourcesEnabled: true });
});
afterAll(() => demo?.remove());

async function clientOf(name: string, members: object): Promise<openid.Configuration> {
  const client: Client = await administration.createApplication(name, { trustScope: 'Explicit', ...members });
  await administration.setGrants(client, { Alpha: ['see', 'alpha:list'], Beta: ['see', 'beta:list'] });
  const options = { execute: [openid.allowInsecureRequests] };
  const authentication = openid.ClientSecretBasic(client.secret);
  return openid.discovery(new URL(`${server.url}/oauth2`), client.id, undefined, authentication, options);
}

/** The parameters of a request: `resource` once for each. */
function parameters(scope: string, ...resources: readonly string[]): URLSearchParams {
  return new URLSearchParams([['scope', scope], ...resources.map((each) => ['resource', each])]);
}

/** A sign-in as far as the last redirect, and what the consent page listed. */
async function signIn(using: openid.Configuration, request: URLSearchParams) {
  const verifier = openid.randomPKCECodeVerifier();
  request.set('redirect_uri', REDIRECT_URI);
  request.set('code_challenge', await openid.calculatePKCECodeChallenge(verifier));
  request.set('code_challenge_method', 'S256');
  const browser = openBrowser(server.url);
  let page = await browser.open(openid.buildAuthorizationUrl(using, request));
  if (page.text.includes('name="password"')) {
    page = await browser.submit(page, 'login', { name: 'first-user', password: server.password });
  }
  const consent = page;
  if (consent.text.includes('/consent"')) page = await browser.submit(page, 'consent');
  const redeem = (more?: URLSearchParams) =>
    openid.authorizationCodeGrant(using, page.url, { pkceCodeVerifier: verifier }, more);
  return { consent, end: page.url, redeem };
}

/** The audience of a token, and its scopes in the order of the alphabet. */
function contentOf(token: unknown): readonly unknown[] {
  const { aud, scope } = claimsOf(token);
  return [aud, ...String(scope).split(' ').toSorted()];
}

describe('resource in a request of the demo’s token endpoint', () => {
  test('client credentials get a token for the resource that they name', async () => {
    for (const resource of [ALPHA, BETA]) {
      const { access_token: token } = await openid.clientCredentialsGrant(one, parameters('see', resource));
      expect(claimsOf(token)).toMatchObject({ aud: resource, scope: 'see' });
    }
    await expect(openid.clientCredentialsGrant(one, parameters('see'))).rejects.toMatchObject({
      error: 'invalid_scope',
    });
  });

  test('client credentials get one token for several resources where the application allows it', async () => {
    const request = parameters('alpha:list beta:list', ALPHA, BETA);
    const { access_token: token } = await openid.clientCredentialsGrant(several, request);
    expect(claimsOf(token)).toMatchObject({ aud: [ALPHA, BETA], scope: 'alpha:list beta:list' });
    await expect(openid.clientCredentialsGrant(one, request)).rejects.toMatchObject({
      status: 400,
      error: 'invalid_target',
    });
  });

  test.each([
    'https://nobody.example/',
    'alpha',
    `${ALPHA}#see`,
    'urn:scopegate:granted:Imh0dHA6Ly9hbHBoYS5leGFtcGxlLyI',
    'urn:scopegate:granted:',
  ])('refuses the resource %s', async (resource) => {
    await expect(openid.clientCredentialsGrant(one, parameters('see', resource))).rejects.toMatchObject({
      status: 400,
      error: 'invalid_target',
    });
  });
});

describe('resource in a sign-in of the demo', () => {
  test('a sign-in for one resource shows its scopes only, and its code and refresh token are for it', async () => {
    const { consent, redeem } = await signIn(one, parameters('see alpha:list beta:list offline_access', ALPHA));
    expect(scopesOn(consent).toSorted()).toEqual(['alpha:list', 'offline_access', 'see']);
    const { access_token: token, refresh_token: refreshToken = '' } = await redeem();
    expect(contentOf(token)).toEqual([ALPHA, 'alpha:list', 'offline_access', 'see']);

    await expect(openid.refreshTokenGrant(one, refreshToken, { resource: BETA })).rejects.toMatchObject({
      status: 400,
      error: 'invalid_target',
    });
    const refreshed = await openid.refreshTokenGrant(one, refreshToken, { resource: ALPHA });
    expect(claimsOf(refreshed.access_token)).toMatchObject({ aud: ALPHA });
    const again = await openid.refreshTokenGrant(one, String(refreshed.refresh_token));
    expect(contentOf(again.access_token)).toEqual([ALPHA, 'alpha:list', 'offline_access', 'see']);
  });

  test('a code for two resources is redeemed for one, and its refresh token for the other', async () => {
    const { redeem } = await signIn(several, parameters('alpha:list beta:list offline_access', ALPHA, BETA));
    const { access_token: token, refresh_token: refreshToken = '' } = await redeem(
      new URLSearchParams({ resource: ALPHA }),
    );
    expect(contentOf(token)).toEqual([ALPHA, 'alpha:list', 'offline_access']);

    const refreshed = await openid.refreshTokenGrant(several, refreshToken, { resource: BETA });
    expect(contentOf(refreshed.access_token)).toEqual([BETA, 'beta:list', 'offline_access']);
    const both = await openid.refreshTokenGrant(several, String(refreshed.refresh_token));
    expect(claimsOf(both.access_token)).toMatchObject({ aud: [ALPHA, BETA] });
  });

  test('a sign-in for a resource that does not exist ends before anybody signs in', async () => {
    const { end } = await signIn(one, parameters('see', 'https://nobody.example/'));
    expect(end.searchParams.get('error')).toBe('invalid_target');
  });

  test('the link for another user keeps the resource', async () => {
    const { consent } = await signIn(one, parameters('see offline_access', ALPHA));
    const [, address = ''] = /<a href="([^"]*)">not you/.exec(consent.text) ?? [];
    expect(new URL(address.replaceAll('&#38;', '&'), server.url).searchParams.getAll('resource')).toEqual([ALPHA]);
  });
});
