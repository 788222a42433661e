import { PassThrough, Readable } from 'node:stream';
import fc from 'fast-check';
import { jwtVerifier, ociDomain } from 'scopegate';
import { type Answer, down, json, keyServer, status, text } from '../../support/key-server.js';
import { signingKey } from '../../support/tokens.js';
import { ask, MovableClock, outageOf, outcomeOf, published, tokenOf, verifierOf } from './fixtures/setting.js';

const key = signingKey('ES256', 'first');
const token = tokenOf(key);
const forged = tokenOf(signingKey('ES256', 'first'));
const unknown = tokenOf(signingKey('ES256', 'other'));

const brokenOff: Answer = (_req, res) => {
  res.writeHead(200, { 'content-length': '1000' });
  res.write('{"keys":', () => res.socket?.destroy());
};

const useless: readonly (readonly [string, Answer, sentence: string])[] = [
  ['status 500', status(500), 'answered 500'],
  ['status 404', status(404), 'answered 404'],
  ['status 429', status(429), 'answered 429'],
  ['status 204', status(204), 'answered 204'],
  ['status 206 with the keys', (_req, res) => res.writeHead(206).end(JSON.stringify(published(key))), 'answered 206'],
  ['a page of HTML', text('<html><body>Sign in</body></html>', { 'content-type': 'text/html' }), 'not with JSON'],
  ['nothing', text(''), 'not with JSON'],
  ['half of the keys', text(JSON.stringify(published(key)).slice(0, 80)), 'not with JSON'],
  ['bytes that are no text', text(Buffer.from([0xff, 0xfe, 0x00])), 'not with JSON'],
  ['null', json(null), 'not a JSON Web Key Set'],
  ['{}', json({}), 'not a JSON Web Key Set'],
  ['a list', json([key.jwk]), 'not a JSON Web Key Set'],
  ['a single key', json(key.jwk), 'not a JSON Web Key Set'],
  ['a string', json('keys'), 'not a JSON Web Key Set'],
  ['keys of null', json({ keys: null }), 'not a JSON Web Key Set'],
  ['keys as an object', json({ keys: { first: key.jwk } }), 'not a JSON Web Key Set'],
  ['keys under a misspelt name', json({ Keys: [key.jwk] }), 'not a JSON Web Key Set'],
  ['no keys', json({ keys: [] }), 'has no usable key'],
  ['keys that are none', json({ keys: [null, 1, 'key', [], {}] }), 'has no usable key'],
  ['an answer that breaks off', brokenOff, 'broke off its response'],
  ['a broken connection', down, 'cannot be reached'],
];

test.each(useless)('%s from the key endpoint causes an outage for every token', async (_, answer, sentence) => {
  const server = await keyServer(answer);
  const verifier = verifierOf(server);

  const outage = await outageOf(ask(verifier, token));
  expect(outage.message).toMatch(/^The issuer's JWKS is unavailable: /);
  expect(outage.message).toContain(sentence);
  expect(outage.message).not.toContain('keyAuthorization');
  expect(outage.retryAfter).toBe(1);
  expect(await Promise.all([token, forged, unknown].map((each) => outcomeOf(verifier, each)))).toEqual([
    'outage',
    'outage',
    'outage',
  ]);
});

test.each(useless)('%s from the key endpoint does not affect tokens of known keys', async (_, answer) => {
  const clock = new MovableClock();
  const server = await keyServer(json(published(key)));
  const verifier = verifierOf(server, { clock });
  await verifier.ready();
  server.answer = answer;

  expect(await outcomeOf(verifier, forged)).toBe('outage'); // it may be a new key's, under the same kid
  expect(await outcomeOf(verifier, unknown)).toBe('outage');
  clock.advance(600_000);
  expect(await outcomeOf(verifier, token)).toBe('accepted');
});

test('the outage for an unreachable endpoint names its URL and the system error', async () => {
  const server = await keyServer();
  await server.close();

  const outage = await outageOf(verifierOf(server).ready());
  expect(outage.message).toContain(`${server.url}/jwks cannot be reached (ECONNREFUSED).`);
  expect(outage.cause).toMatchObject({ name: 'EndpointFailure', cause: { cause: { code: 'ECONNREFUSED' } } });
});

test.each<readonly [string, Answer, number | undefined]>([
  ['a page of HTML', text('<html>'), 200],
  ['more than is read', text(' '.repeat(262_145)), 200],
  ['an answer that breaks off', brokenOff, 200],
  ['status 500', status(500), 500],
  ['status 401', status(401), 401],
  ['a broken connection', down, undefined],
])('the cause of an outage by %s has the status of the response', async (_, answer, code) => {
  const { cause } = await outageOf(verifierOf(await keyServer(answer)).ready());
  expect(cause).toMatchObject({ name: 'EndpointFailure', status: code });
});

describe('a custom fetch function', () => {
  const verifierBy = (fetch: () => Promise<Response>) =>
    jwtVerifier({ ...ociDomain({ url: 'https://a.example', tenant: 'idcs' }), clock: new MovableClock(), fetch });

  test.each([undefined, null, 'down', { code: 7, name: null }])(
    'a rejection of fetch with %j is an outage of unknown cause',
    async (reason) => {
      const outage = await outageOf(verifierBy(() => Promise.reject(reason)).ready());
      expect(outage.message).toContain('cannot be reached (unknown cause).');
    },
  );

  test('a rejection of fetch without a code is reported by its error name', async () => {
    const outage = await outageOf(verifierBy(() => Promise.reject(new RangeError('down'))).ready());
    expect(outage.message).toContain('cannot be reached (RangeError).');
  });

  /** A response with a body of its own kind, as `fetch` functions other than the built-in one return it. */
  const responseOf = (code: number, body: unknown) =>
    ({ status: code, headers: new Headers(), body }) as unknown as Response;
  const bodies: readonly (readonly [string, (text: string) => unknown])[] = [
    ['a Node stream', (text) => Readable.from([Buffer.from(text)])],
    ['a Node stream of strings', (text) => Readable.from([text])],
    ['a PassThrough that nobody ends', (text) => new PassThrough().end(text)],
    ['a web stream', (text) => new Response(text).body],
    [
      'an async generator',
      async function* (text) {
        yield Buffer.from(text);
      },
    ],
    ['nothing', () => null],
  ];

  test.each(bodies)('a 401 whose body is %s gets the advice of the built-in fetch', async (_, body) => {
    for (const code of [401, 403]) {
      const outage = await outageOf(verifierBy(async () => responseOf(code, body('no'))).ready());
      expect(outage.message).toContain(`answered ${code}. In an OCI IAM domain, turn on "Configure client access"`);
    }
  });

  test.each(bodies)('a status other than 200 is reported for a body that is %s', async (_, body) => {
    for (const code of [204, 404, 500, 503]) {
      const outage = await outageOf(verifierBy(async () => responseOf(code, body('no'))).ready());
      expect(outage.message).toContain(`/admin/v1/SigningCert/jwk answered ${code}.`);
    }
  });

  test.each(bodies.slice(0, -1))('reads the keys from a body that is %s', async (_, body) => {
    const keys = JSON.stringify(published(signingKey('RS256', 'first')));
    await expect(verifierBy(async () => responseOf(200, body(keys))).ready()).resolves.toBeUndefined();
  });

  test('destroys a Node stream that it does not read, even if destroying it fails', async () => {
    const stream = new PassThrough();
    await outageOf(verifierBy(async () => responseOf(500, stream)).ready());
    expect(stream.destroyed).toBe(true);
    const failing = {
      destroy: () => {
        throw new Error('no');
      },
    };
    const outage = await outageOf(verifierBy(async () => responseOf(500, failing)).ready());
    expect(outage.message).toContain('answered 500.');
  });

  test('returns an iterator that it does not read', async () => {
    const returned = jest.fn(async () => ({ done: true }));
    const body = { [Symbol.asyncIterator]: () => ({ next: () => undefined, return: returned }) };
    await outageOf(verifierBy(async () => responseOf(500, body)).ready());
    expect(returned).toHaveBeenCalledTimes(1);
  });

  test('destroys a Node stream of more than 256 KiB', async () => {
    const stream = Readable.from(Array<Buffer>(8).fill(Buffer.alloc(65_536, ' ')));
    const outage = await outageOf(verifierBy(async () => responseOf(200, stream)).ready());
    expect(outage.message).toContain('answered more than 262144 bytes');
    expect(stream.destroyed).toBe(true);
  });

  test.each([undefined, null, {}, 'keys'])(
    'a fetch that returns %j instead of a response is an outage',
    async (value) => {
      const outage = await outageOf(verifierBy(async () => value as unknown as Response).ready());
      expect(outage.message).toContain('/admin/v1/SigningCert/jwk cannot be reached (fetch() returned no response).');
    },
  );

  test('a response without a body is an outage', async () => {
    const outage = await outageOf(verifierBy(async () => new Response(null)).ready());
    expect(outage.message).toContain('answered 200, but not with JSON');
  });
});

test('any JSON from the key endpoint causes an outage and no other error', async () => {
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.jsonValue(), fc.record({ keys: fc.jsonValue() })), async (value) => {
      const options = { clock: new MovableClock(), fetch: async () => Response.json(value) };
      const verifier = jwtVerifier({ ...ociDomain({ url: 'https://a.example', tenant: 'idcs' }), ...options });
      await outageOf(verifier.ready());
    }),
  );
});

describe('a key endpoint that requires authorization', () => {
  test.each([401, 403])('the outage for status %i without credentials says what to turn on', async (code) => {
    const server = await keyServer(status(code));
    const outage = await outageOf(jwtVerifier(ociDomain({ url: server.url, tenant: 'idcs-test' })).ready());

    expect(outage.message).toContain(`${server.url}/admin/v1/SigningCert/jwk answered ${code}.`);
    expect(outage.message).toContain('turn on "Configure client access"');
    expect(outage.message).toContain('keyCredentials: { clientId, clientSecret }');
  });

  test('the outage for a refused key request with credentials says to check them', async () => {
    const server = await keyServer(status(401));
    const options = { clock: new MovableClock(), keyAuthorization: () => 'Bearer other' };
    const outage = await outageOf(verifierOf(server, options).ready());

    expect(outage.message).toContain('The given credentials were not accepted');
    expect(outage.message).not.toContain('Configure client access');
    expect(outage.message).not.toContain('other');
  });
});

test.each([301, 302, 303, 307, 308])('does not follow a redirect %i and asks for the final URL', async (code) => {
  const elsewhere = await keyServer(json(published(key)));
  const server = await keyServer(status(code, { location: `${elsewhere.url}/jwks` }));

  const outage = await outageOf(ask(verifierOf(server), token));
  expect(outage.message).toContain(`answered ${code}: redirects are not followed, name the final address`);
  expect(elsewhere.requests).toHaveLength(0);
});
