import type { RequestListener } from 'node:http';
import { gunzipSync } from 'node:zlib';
import express from 'express';
import express4 from 'express-4';
import { type ConsoleOptions, consoleRouter } from 'scopegate/console';
import { serveConsole } from '../../lib/console/serve-files.js';
import { type Listening, listening, sendRaw } from '../http/fixtures/raw-http.js';

const OPTIONS: ConsoleOptions = {
  api: '/v1',
  signIn: { issuer: 'https://login.example/oauth2', clientId: 'console', scope: 'grants:read grants:write' },
};
const FILES = [
  { path: 'index.html', type: 'text/html', text: '<!doctype html><title>console</title>' },
  { path: 'assets/index-abc123.js', type: 'text/javascript', text: 'export const answer = 42;\n'.repeat(50) },
];
const made = (options: object = {}) => serveConsole({ ...OPTIONS, ...options }, FILES);

const servers: Listening[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function serve(app: RequestListener): Promise<string> {
  const server = await listening(app);
  servers.push(server);
  return server.origin;
}

/** What `helmet()` of version 8 sets by default: the console sets its own policy after it. */
const likeHelmet: express.RequestHandler = (_req, res, next) => {
  res.setHeader(
    'Content-Security-Policy',
    "default-src 'self';script-src 'self';style-src 'self' https: 'unsafe-inline'",
  );
  res.setHeader('X-Frame-Options', 'SAMEORIGIN');
  res.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
  res.setHeader('Cross-Origin-Resource-Policy', 'same-origin');
  res.setHeader('Origin-Agent-Cluster', '?1');
  next();
};

describe.each<[string, typeof express]>([
  ['Express 5', express],
  ['Express 4', express4 as unknown as typeof express],
])('the console on %s', (_, framework) => {
  test.each([
    ['/', ''],
    ['/console', '/console'],
    ['/a/deep/path', '/a/deep/path'],
  ])('is served with its files when it is mounted at %s', async (mountedAt, path) => {
    const origin = await serve(framework().use(mountedAt, made()) as unknown as RequestListener);
    const page = await fetch(`${origin}${path}/`);

    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(await page.text()).toBe(FILES[0]?.text);
    expect((await fetch(`${origin}${path}/assets/index-abc123.js`)).status).toBe(200);
    expect(await (await fetch(`${origin}${path}/config.json`)).json()).toEqual({ ...OPTIONS, readOnly: false });
  });

  test('leads to the address with a slash, so that relative addresses are right', async () => {
    const app = framework().use('/console', made());
    const origin = await serve(app as unknown as RequestListener);
    const found = await fetch(`${origin}/console?x=1`, { redirect: 'manual' });

    expect([found.status, found.headers.get('location')]).toEqual([308, './console/']);
    expect((await fetch(`${origin}/console`)).url).toBe(`${origin}/console/`);
  });

  test('leads to no other host, whatever the address', async () => {
    const origin = await serve(framework().use('/console', made()) as unknown as RequestListener);
    for (const path of [
      '//evil.example/console',
      '/console//evil.example',
      '/console/..//evil.example',
      '/console\\evil.example',
    ]) {
      const { status, values } = await sendRaw(Number(new URL(origin).port), [], `GET ${path} HTTP/1.1`);
      expect([
        path,
        status < 300 || status >= 400 || values('location').every((each) => each.startsWith('./')),
      ]).toEqual([path, true]);
    }
  });

  test('works behind a proxy that strips a path', async () => {
    const app = framework().use(made());
    const origin = await serve((req, res) => {
      req.url = (req.url ?? '').replace(/^\/proxied/, '');
      (app as unknown as RequestListener)(req, res);
    });

    expect(await (await fetch(`${origin}/proxied/`)).text()).toBe(FILES[0]?.text);
    expect((await fetch(`${origin}/proxied/config.json`)).status).toBe(200);
  });

  test('has its own policy where helmet() has set another before', async () => {
    const origin = await serve(framework().use(likeHelmet).use('/console', made()) as unknown as RequestListener);
    const { headers } = await fetch(`${origin}/console/`);

    expect(headers.get('content-security-policy')).toBe(POLICY);
    expect(headers.get('x-frame-options')).toBe('DENY');
  });

  test('passes on what is not of the console', async () => {
    const app = framework()
      .use('/console', made())
      .use((_req: unknown, res: express.Response) => res.status(404).send('mine'));
    const origin = await serve(app as unknown as RequestListener);

    expect(await (await fetch(`${origin}/console/other`)).text()).toBe('mine');
    expect(await (await fetch(`${origin}/console/assets/../../secret`)).text()).toBe('mine');
    expect(await (await fetch(`${origin}/console/constructor`)).text()).toBe('mine');
  });
});

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self' https://login.example",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ');

describe('the console as a handler of node:http', () => {
  let origin: string;
  beforeEach(async () => {
    origin = await serve(made() as RequestListener);
  });

  test('responds with 404 to what it does not have', async () => {
    expect((await fetch(`${origin}/nothing`)).status).toBe(404);
    expect((await fetch(origin)).status).toBe(200);
  });

  test('refuses other methods with 405 and the ones that it has', async () => {
    const refused = await fetch(`${origin}/config.json`, { method: 'POST', body: '{}' });

    expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });

  test('HEAD has the headers of GET, and no body', async () => {
    const { port } = new URL(origin);
    const head = await sendRaw(Number(port), [], 'HEAD /assets/index-abc123.js HTTP/1.1');

    expect([head.status, head.values('content-length'), head.body]).toEqual([200, [String(FILES[1]?.text.length)], '']);
  });

  test('a file that did not change is not sent again', async () => {
    const tag = (await fetch(`${origin}/`)).headers.get('etag') ?? '';
    const again = await fetch(`${origin}/`, { headers: { 'if-none-match': tag } });

    expect([again.status, await again.text(), again.headers.get('etag')]).toEqual([304, '', tag]);
    expect((await fetch(`${origin}/`, { headers: { 'if-none-match': '"other"' } })).status).toBe(200);
  });

  test.each([
    ['gzip', true],
    ['br, gzip;q=0.5', true],
    ['identity', false],
    ['gzip;q=0', false],
    ['gzip;q=0.0, br', false],
    ['xgzip', false],
  ])('Accept-Encoding: %s is zipped: %s', async (accepted, isZipped) => {
    const { port } = new URL(origin);
    const answer = await sendRaw(
      Number(port),
      [`Accept-Encoding: ${accepted}`],
      'GET /assets/index-abc123.js HTTP/1.1',
    );
    const body = Buffer.from(answer.body, 'latin1');

    expect(answer.values('content-encoding')).toEqual(isZipped ? ['gzip'] : []);
    expect((isZipped ? gunzipSync(body) : body).toString()).toBe(FILES[1]?.text);
    expect(answer.values('vary')).toEqual(['Accept-Encoding']);
  });

  test('files with a hash in their names are kept for ever, the others are asked for again', async () => {
    const cached = async (path: string) => (await fetch(`${origin}/${path}`)).headers.get('cache-control');

    expect(await cached('assets/index-abc123.js')).toBe('public, max-age=31536000, immutable');
    expect(await cached('')).toBe('no-cache');
    expect(await cached('config.json')).toBe('no-cache');
  });

  test('every file has the headers that protect its pages', async () => {
    for (const path of ['', 'config.json', 'assets/index-abc123.js']) {
      const { headers } = await fetch(`${origin}/${path}`);
      expect(Object.fromEntries(headers)).toMatchObject({
        'content-security-policy': POLICY,
        'cross-origin-opener-policy': 'same-origin',
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
      });
      expect(headers.get('set-cookie')).toBeNull();
    }
  });
});

test('the policy allows connections to an API of another origin, and to the origins that are named', async () => {
  const signIn = { ...OPTIONS.signIn, origins: ['https://tokens.example', 'https://login.example'] };
  const origin = await serve(made({ api: 'https://api.example/v1', signIn }) as RequestListener);
  const [policy] = [(await fetch(`${origin}/`)).headers.get('content-security-policy')];

  expect(policy).toContain("connect-src 'self' https://login.example https://api.example https://tokens.example;");
});

test.each<[object, string]>([
  [{ api: undefined }, '"api" must be a path such as "/v1", or an https URL'],
  [{ api: '/v1/' }, '"api"'],
  [{ api: '//evil.example/v1' }, '"api"'],
  [{ api: 'http://api.example/v1' }, '"api"'],
  [{ api: "/v1'; script-src *" }, '"api"'],
  [{ api: 'javascript:alert(1)' }, '"api"'],
  [{ readOnly: 'yes' }, '"readOnly" must be true or false'],
  [{ readonly: true }, 'Did you mean "readOnly"?'],
  [{ signIn: { ...OPTIONS.signIn, issuer: 'http://login.example' } }, '"signIn.issuer" must be an https URL'],
  [{ signIn: { ...OPTIONS.signIn, issuer: 'https://me:secret@login.example' } }, '"signIn.issuer"'],
  [{ signIn: { ...OPTIONS.signIn, clientId: '' } }, '"signIn.clientId" must be the id of a client'],
  [{ signIn: { ...OPTIONS.signIn, scope: undefined } }, '"signIn.scope"'],
  [{ signIn: { ...OPTIONS.signIn, resource: 5 } }, '"signIn.resource"'],
  [{ signIn: { ...OPTIONS.signIn, origins: ['https://tokens.example/path'] } }, '"signIn.origins"'],
  [{ signIn: { ...OPTIONS.signIn, origins: ['*'] } }, '"signIn.origins"'],
  [{ signIn: { ...OPTIONS.signIn, clientSecret: 'x' } }, 'has no option "clientSecret"'],
])('throws when the router is created with %j', (options, sentence) => {
  const create = () => consoleRouter({ ...OPTIONS, ...options } as ConsoleOptions);

  expect(create).toThrow(TypeError);
  expect(create).toThrow(sentence);
});

test('an issuer of this machine needs no TLS', () => {
  expect(() =>
    consoleRouter({ ...OPTIONS, signIn: { ...OPTIONS.signIn, issuer: 'http://127.0.0.1:3000/oauth2' } }),
  ).not.toThrow();
});
