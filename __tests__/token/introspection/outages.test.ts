import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { introspectionVerifier, VerifierUnavailableError } from 'scopegate';
import { holdTimers, outageOf } from '../keys/fixtures/setting.js';
import { ACTIVE, ask, endpointOf, options, reasonFor } from './fixtures/fake-endpoint.js';

const TOKEN = 'mF_9.B5f-4.1JqM';
const json = (text: string, type = 'application/json') => new Response(text, { headers: { 'content-type': type } });

afterEach(() => {
  jest.useRealTimers();
});

/** The outage that this response causes. */
async function outageFor(respond: () => Response | Promise<Response>) {
  const verifier = introspectionVerifier(options({ fetch: endpointOf(respond).fetch }));
  const outage = await outageOf(ask(verifier, TOKEN));
  expect(`${outage.stack} ${outage.cause}`).not.toContain(TOKEN);
  expect(`${outage.stack} ${outage.cause}`).not.toContain('hush');
  return outage;
}

test.each<[string, () => Response, RegExp]>([
  ['400', () => new Response('', { status: 400 }), /answered 400\. .*check "client", its "method"/],
  ['401', () => new Response('', { status: 401 }), /answered 401\. The credentials of this resource server/],
  ['403', () => new Response('', { status: 403 }), /answered 403\. This resource server may not introspect/],
  ['404', () => new Response('', { status: 404 }), /answered 404\.$/],
  ['429', () => new Response('', { status: 429 }), /answered 429\. The server limits/],
  ['500', () => new Response('', { status: 500 }), /answered 500\.$/],
  ['a redirect', () => Response.redirect('https://attacker.example/', 307), /redirects are not followed/],
  ['201', () => Response.json(ACTIVE, { status: 201 }), /answered 201/],
  ['HTML', () => json('<html>', 'text/html'), /content type "text\/html"\. An introspection response is/],
  ['JSON of another type', () => json(JSON.stringify(ACTIVE), 'text/plain'), /content type "text\/plain"/],
  [
    'a type that begins like JSON',
    () => json(JSON.stringify(ACTIVE), 'application/jsonp'),
    /type "application\/jsonp"/,
  ],
  ['JSON of no type', () => new Response(Buffer.from(JSON.stringify(ACTIVE))), /content type ""/],
  ['no JSON', () => json('active'), /not with JSON/],
  ['an empty body', () => json(''), /not with JSON/],
  ['null', () => json('null'), /not with a JSON object/],
  ['a list', () => json('[{"active":true}]'), /not with a JSON object/],
  ['a repeated member', () => json('{"active":false,"active":true}'), /with a repeated member/],
  ['an escaped repeated member', () => json('{"active":false,"\\u0061ctive":true}'), /with a repeated member/],
  ['no active', () => Response.json({ ...ACTIVE, active: undefined }), /without an "active" of true or false/],
  ['an active that is text', () => Response.json({ ...ACTIVE, active: 'true' }), /without an "active"/],
  ['an active of 1', () => Response.json({ ...ACTIVE, active: 1 }), /without an "active"/],
  ['deep nesting', () => json(`{"active":true,"x":${'['.repeat(101)}${']'.repeat(101)}}`), /nested more than 100/],
  ['300 KiB', () => json(`{"active":true,"x":"${'x'.repeat(300 * 1024)}"}`), /more than 262144 bytes/],
  ['a signed response', () => json('a.b.c', 'application/token-introspection+jwt'), /\(RFC 9701\) are not supported/],
  [
    'a signed response with a charset',
    () => json('a.b.c', 'Application/Token-Introspection+JWT; charset=utf-8'),
    /\(RFC 9701\) are not supported/,
  ],
  [
    'the content of a signed response',
    () => Response.json({ iss: 'x', token_introspection: ACTIVE }),
    /without an "active"/,
  ],
])('a response of %s is an outage', async (_, respond, sentence) => {
  const outage = await outageFor(respond);

  expect(outage.message).toMatch(sentence);
  expect(outage.retryAfter).toBe(1);
});

test('an endpoint that cannot be reached is an outage', async () => {
  const { message } = await outageFor(() => Promise.reject(new TypeError('fetch failed')));

  expect(message).toBe(
    'Token introspection is unavailable: https://issuer.example/introspect cannot be reached (TypeError).',
  );
});

test.each(['application/json ; charset=utf-8', 'Application/JSON', 'application/vnd.acme.v1+json;v=1'])(
  'JSON may be called %s',
  async (type) => {
    const { fetch } = endpointOf(() => json(JSON.stringify(ACTIVE), type));

    expect(await reasonFor(introspectionVerifier(options({ fetch })))).toBe('accepted');
  },
);

test('a fetch() that returns nothing is an outage, and says so', async () => {
  const { message } = await outageFor(() => undefined as never);

  expect(message).toContain('cannot be reached');
});

test.each([
  ['an object without "active"', () => json('{}'), 200],
  ['HTML', () => json('a', 'text/html'), 200],
  ['an error of the server', () => new Response('', { status: 500 }), 500],
  ['a refusal', () => new Response('', { status: 401 }), 401],
])('the cause of an outage by %s has the status of the response', async (_, respond, status) => {
  expect((await outageFor(respond)).cause).toMatchObject({ status });
});

test('an endpoint that is silent is an outage when the time is over, though fetch() ignores the signal', async () => {
  holdTimers();
  const silent = outageFor(() => new Promise<Response>(() => undefined));
  jest.advanceTimersByTime(5000);

  expect((await silent).message).toContain('did not answer within 5000 ms');
});

test('a flawed response about one token is no outage for others', async () => {
  const { fetch } = endpointOf(({ form }) =>
    form.get('token') === 'bad' ? new Response('', { status: 500 }) : Response.json(ACTIVE),
  );
  const verifier = introspectionVerifier(options({ fetch }));

  await expect(ask(verifier, 'bad')).rejects.toThrow(VerifierUnavailableError);
  expect(await reasonFor(verifier, 'good')).toBe('accepted');
});

test('a real endpoint is asked over the real fetch', async () => {
  const bodies: string[] = [];
  const server = createServer(async (req, res) => {
    for await (const chunk of req) bodies.push(String(chunk));
    res
      .setHeader('content-type', 'application/json;charset=UTF-8')
      .end(JSON.stringify({ ...ACTIVE, token: undefined }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  try {
    const verifier = introspectionVerifier(options({ introspectionEndpoint: `http://127.0.0.1:${port}/introspect` }));

    expect(await reasonFor(verifier, 'a+b/c==')).toBe('accepted');
    expect(bodies).toEqual(['token=a%2Bb%2Fc%3D%3D&token_type_hint=access_token']);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
});
