import { createHash } from 'node:crypto';
import {
  type Administration,
  administrationOf,
  type Client,
  REDIRECT_URI,
  tokenAnswer,
} from './fixtures/administration.js';
import { openBrowser, type Page } from './fixtures/browser.js';
import { type BuiltDemo, openBuiltDemo, type RunningServer } from './fixtures/built-demo.js';

jest.setTimeout(60_000);

const READ = 'urn:opc:resource:consumer:paas:analytics::read';
const NAME = `<script>alert("1")</script>'&`;
const SCOPE = `a<b>&'c`;
const VERIFIER = 'v'.repeat(43);

let demo: BuiltDemo;
let server: RunningServer;
let administration: Administration;
let client: Client;

beforeAll(async () => {
  demo = openBuiltDemo();
  server = await demo.run();
  administration = await administrationOf(server);
  await administration.createResource('Reports', [READ]);
  await administration.createResource('Odd', [SCOPE]);
  client = await administration.createApplication(NAME);
  await administration.setGrants(client, { Reports: [READ], Odd: [SCOPE] });
});

afterAll(() => demo?.remove());

/** The authorization request of a client that does everything right, but for `changes`; `undefined` leaves one out. */
function request(changes: Readonly<Record<string, string | undefined>> = {}): URL {
  const address = new URL(`${server.url}/oauth2/v1/authorize`);
  const parameters = {
    client_id: client.id,
    response_type: 'code',
    redirect_uri: REDIRECT_URI,
    scope: READ,
    state: 'the-state',
    code_challenge: createHash('sha256').update(VERIFIER).digest('base64url'),
    code_challenge_method: 'S256',
    ...changes,
  };
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) address.searchParams.set(name, value);
  }
  return address;
}

const redeemed = (page: Page, form: Readonly<Record<string, string>>) =>
  tokenAnswer(server, client, {
    grant_type: 'authorization_code',
    redirect_uri: REDIRECT_URI,
    code: page.url.searchParams.get('code') ?? '',
    ...form,
  });

describe('authorization code', () => {
  test('rejects a second use of a code and revokes what the first use issued', async () => {
    const page = await openBrowser(server.url).signIn(
      request({ scope: `${READ} offline_access` }),
      'first-user',
      server.password,
    );
    const first = await redeemed(page, { code_verifier: VERIFIER });
    const second = await redeemed(page, { code_verifier: VERIFIER });
    const token = String(first.body.refresh_token);
    const refresh = await tokenAnswer(server, client, { grant_type: 'refresh_token', refresh_token: token });

    expect(page.url.searchParams.get('state')).toBe('the-state');
    expect(first.status).toBe(200);
    expect(second).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    expect(refresh).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
  });

  test.each<[string, Readonly<Record<string, string>>, string]>([
    ['no verifier', {}, 'invalid_grant'],
    ['another verifier', { code_verifier: 'w'.repeat(43) }, 'invalid_grant'],
    ['another redirect URI', { code_verifier: VERIFIER, redirect_uri: `${REDIRECT_URI}2` }, 'invalid_grant'],
  ])('rejects a code with %s', async (_, form, error) => {
    const page = await openBrowser(server.url).signIn(request(), 'first-user', server.password);

    expect(await redeemed(page, form)).toMatchObject({ status: 400, body: { error } });
  });

  test('rejects a code of another client', async () => {
    const page = await openBrowser(server.url).signIn(request(), 'first-user', server.password);
    const code = page.url.searchParams.get('code') ?? '';
    const other = await administration.createApplication('Other');
    const form = { grant_type: 'authorization_code', redirect_uri: REDIRECT_URI, code, code_verifier: VERIFIER };

    expect(await tokenAnswer(server, other, form)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
  });
});

describe('authorization endpoint', () => {
  test.each<[string, Readonly<Record<string, string | undefined>>, string]>([
    ['no PKCE', { code_challenge: undefined, code_challenge_method: undefined }, 'invalid_request'],
    ['PKCE with the plain method', { code_challenge_method: 'plain' }, 'invalid_request'],
    ['a scope that is not granted', { scope: 'urn:opc:resource:consumer:paas:analytics::write' }, 'invalid_scope'],
    ['another response type', { response_type: 'token' }, 'unsupported_response_type'],
    ['a resource indicator', { resource: 'https://api.example' }, 'invalid_target'],
  ])('redirects to the client with an error before the sign-in: %s', async (_, changes, error) => {
    const { url } = await openBrowser(server.url).open(request(changes));

    const [address, parameters] = url.href.split(/[?#]/);
    const answer = new URLSearchParams(parameters);

    expect(address).toBe(REDIRECT_URI);
    expect(answer.get('error')).toBe(error);
    expect(answer.get('state')).toBe('the-state');
  });

  test.each<[string, Readonly<Record<string, string | undefined>>]>([
    ['a redirect URI that is not registered', { redirect_uri: 'http://127.0.0.1/other' }],
    ['one of another site', { redirect_uri: 'https://evil.example/callback' }],
    ['no redirect URI', { redirect_uri: undefined }],
    ['an unknown client', { client_id: 'd3300000-0000-4000-8000-00000000000f' }],
  ])('does not redirect when the request has %s', async (_, changes) => {
    const page = await openBrowser(server.url).open(request(changes));

    expect(page.url.pathname).toBe('/oauth2/v1/authorize');
    expect(page.status).toBe(400);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
  });

  test('does not echo the request as HTML', async () => {
    const page = await openBrowser(server.url).open(request({ client_id: '<script>', response_mode: '<script>' }));

    expect(page.text).not.toContain('<script>');
  });

  test('responds with login_required to prompt=none', async () => {
    const { url } = await openBrowser(server.url).open(request({ prompt: 'none', scope: `${READ} offline_access` }));

    expect(url.searchParams.get('error')).toBe('login_required');
  });
});

describe('HTML pages', () => {
  test('escapes external values in the pages', async () => {
    const browser = openBrowser(server.url);
    const login = await browser.open(request({ scope: SCOPE, trust: '<script>' }));
    const consent = await browser.submit(login, 'login', { name: 'first-user', password: server.password });

    expect(consent.text).toContain('&#60;script&#62;alert(&#34;1&#34;)&#60;/script&#62;&#39;&#38;');
    expect(consent.text).toContain('<b class="mono">a&#60;b&#62;&#38;&#39;c</b>');
    expect(consent.text).not.toMatch(/<script>|a<b>/);
  });

  test('forbids inline code, frames and content of other servers in the pages, and forbids storing them', async () => {
    const { headers, text } = await openBrowser(server.url).open(request());

    expect(headers.get('content-security-policy')).toBe(
      `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; ` +
        `form-action 'self' http://127.0.0.1; frame-ancestors 'none'; base-uri 'none'`,
    );
    expect(text).not.toMatch(/<style|<script(?! type="module" src="\/)| style=| on\w+=|https?:\/\//);
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
  });

  test('keeps a redirect URI with an invalid host out of the content security policy', async () => {
    const odd = 'https://x;sandbox/callback';
    const good = 'https://x.example/callback';
    const application = await administration.createApplication('Odd host', {
      type: 'WEB_APP',
      redirectUris: [odd, 'https://a,b/callback', 'https://*/callback', good],
    });
    await administration.setGrants(application, { Reports: [READ] });
    const pages = await Promise.all(
      [odd, 'https://a,b/callback', 'https://*/callback', good].map((uri) =>
        openBrowser(server.url).open(request({ client_id: application.id, redirect_uri: uri })),
      ),
    );

    expect(pages.map(({ status }) => status)).toEqual([400, 400, 400, 200]);
    expect(pages[0]?.headers.get('content-security-policy')).not.toContain('sandbox');
    expect(pages[3]?.headers.get('content-security-policy')).toContain(`form-action 'self' https://x.example;`);
  });

  test('restricts the session cookie to the path of the authorization server', async () => {
    const browser = openBrowser(server.url);
    await browser.signIn(request(), 'first-user', server.password);

    expect(browser.cookies.get('_session')?.path).toBe('/oauth2');
    expect([...browser.cookies.values()].filter(({ path }) => !path.startsWith('/oauth2'))).toEqual([]);
  });

  test('hides the cookies from scripts and from requests of other sites', async () => {
    const { headers } = await fetch(request(), { redirect: 'manual' });
    const cookies = headers.getSetCookie();

    expect(cookies.length).toBeGreaterThan(0);
    expect(cookies.filter((each) => !/; httponly/i.test(each) || !/; samesite=lax/i.test(each))).toEqual([]);
  });

  test('shows the code as text on the page at the redirect URI', async () => {
    const page = await openBrowser(server.url).open(`${server.url}/signed-in?code=<script>`);
    const refusal = await openBrowser(server.url).open(`${server.url}/signed-in?error=<script>&error_description=<b>`);

    expect(page.text).toContain('code=&#60;script&#62;');
    expect(page.text + refusal.text).not.toMatch(/<script>|<b>/);
  });
});

describe('form submissions', () => {
  const right = () => ({ name: 'first-user', password: server.password });

  test('redirects to the client with an error when the user cancels on either page', async () => {
    const browser = openBrowser(server.url);
    const login = await browser.open(request());
    const atLogin = await browser.submit(login, 'cancel');
    const consent = await browser.submit(await browser.open(request()), 'login', right());
    const atConsent = await browser.submit(consent, 'cancel');

    for (const { url } of [atLogin, atConsent]) {
      expect(url.searchParams.get('error')).toBe('access_denied');
      expect(url.searchParams.get('state')).toBe('the-state');
      expect(url.searchParams.has('code')).toBe(false);
    }
  });

  test('rejects forms from another site', async () => {
    const browser = openBrowser(server.url);
    const login = await browser.open(request());
    const forged = await browser.submit(login, 'login', right(), { origin: 'https://evil.example' });
    const consent = await browser.submit(login, 'login', right());
    const forgedConsent = await browser.submit(consent, 'consent', {}, { origin: 'null' });

    expect([forged.status, forgedConsent.status]).toEqual([400, 400]);
    expect((await browser.submit(consent, 'consent')).url.searchParams.has('code')).toBe(true);
  });

  test('rejects forms without the cookie or with the cookie of another sign-in', async () => {
    const browser = openBrowser(server.url);
    const login = await browser.open(request());
    const other = openBrowser(server.url);
    const stranger = await other.submit(login, 'login', right());
    await other.open(request());
    const cookie = [...other.cookies].map(([name, { value }]) => `${name}=${value}`).join('; ');
    const [, path = ''] = /action="([^"]*)\/login"/.exec(login.text) ?? [];
    const mixed = await fetch(`${server.url}${path}/login`, {
      method: 'POST',
      headers: { cookie },
      body: new URLSearchParams(right()),
      redirect: 'manual',
    });

    expect([stranger.status, mixed.status]).toEqual([400, 400]);
  });

  test('rejects a consent without a sign-in', async () => {
    const browser = openBrowser(server.url);
    const login = await browser.open(request());
    const early = { ...login, text: login.text.replaceAll('/login"', '/consent"') };

    expect((await browser.submit(early, 'consent')).status).toBe(400);
  });

  test.each<[string, Readonly<Record<string, string>>]>([
    ['nothing', {}],
    ['no password', { name: 'first-user' }],
  ])('rejects a sign-in form with %s', async (_, fields) => {
    const browser = openBrowser(server.url);

    expect((await browser.submit(await browser.open(request()), 'login', fields)).status).toBe(400);
  });
});

describe('password attempts', () => {
  test('responds alike to wrong passwords and unknown names, and throttles both', async () => {
    const browser = openBrowser(server.url);
    const login = await browser.open(request());
    const attempt = (name: string, password: string) => browser.submit(login, 'login', { name, password });
    const texts = new Set<string>();
    for (const name of ['second-user', 'nobody']) {
      for (let attempts = 0; attempts < 5; attempts++) {
        const { status, text } = await attempt(name, 'wrong');
        expect(status).toBe(401);
        texts.add(text.replace(/value="[^"]*"/, '').replace(/<\/b> [^<]*<\/p>/, ''));
      }
    }
    const [known, unknown] = [await attempt('second-user', server.password), await attempt('nobody', 'wrong')];

    expect(texts.size).toBe(1);
    expect([known.status, unknown.status]).toEqual([429, 429]);
    expect(Number(known.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await attempt('first-user', server.password)).text).toContain('It would be able to');
  });
});
