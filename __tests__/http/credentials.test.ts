import express from 'express';
import { type Credentials, createGate, jwtVerifier } from 'scopegate';
import { parseChallenges } from '../enforcement/fixtures/challenge-parser.js';
import { bearer, domainOptions, issuer, PAAS, showAuth, warmVerifier } from './fixtures/domain.js';
import { type Listening, listening, type RawAnswer, sendRaw } from './fixtures/raw-http.js';

let token: string;
let server: Listening;
let lenient: Listening;

beforeAll(async () => {
  token = issuer.token({ scope: PAAS });
  const gate = createGate({ verifier: warmVerifier() });
  const app = express();
  app.get('/optional', gate.optional, showAuth);
  app.use(express.urlencoded({ extended: false }), express.json());
  app.use('/', gate.require(PAAS), showAuth);
  server = await listening(app);
  // Lets through what a strict parser stops: what a gate sees behind another server.
  lenient = await listening(app, { insecureHTTPParser: true, maxHeaderSize: 1_000_000 });
});
afterAll(() => Promise.all([server.close(), lenient.close()]));

function expectRefusal(answer: RawAnswer, status: number, reason: string) {
  expect(answer.status).toBe(status);
  expect(answer.values('content-type')).toEqual(['application/problem+json']);
  expect(JSON.parse(answer.body)).toMatchObject({ status, reason });
  const [header, ...more] = answer.values('www-authenticate');
  expect(more).toEqual([]);
  expect(parseChallenges(header)).toHaveLength(1);
}

const authorized = () => `Authorization: ${bearer(token)}`;

describe('6750-6: requests with two tokens', () => {
  test.each<[string, () => string[]]>([
    ['two headers with the same token', () => [authorized(), authorized()]],
    ['a bad token, then a good one', () => ['Authorization: Bearer bad', authorized()]],
    ['a good token, then a bad one', () => [authorized(), 'Authorization: Bearer bad']],
    ['names in other letter case', () => [authorized(), 'AUTHORIZATION: Bearer bad']],
    ['an empty header, then a token', () => ['Authorization:', authorized()]],
    ['a token, then an empty header', () => [authorized(), 'Authorization:']],
    ['another scheme, then a token', () => ['Authorization: Basic dXNlcjpwYXNz', authorized()]],
    ['other headers between', () => [authorized(), 'Accept: */*', 'X-A: 1', 'Authorization: Basic abc']],
  ])('responds with 400 invalid_request to repeated credentials: %s', async (_, lines) => {
    expectRefusal(await sendRaw(server.port, lines()), 400, 'credentials_repeated');
  });

  test.each([
    ['/?access_token=abc'],
    ['/?access_token='],
    ['/?a=1&access_token=abc'],
    ['/?access%5Ftoken=abc'],
    ['/?%61ccess_token=abc'],
    ['/?access_token=abc#fragment'],
  ])('rejects a token in the header together with one in the query: %s', async (target) => {
    const answer = await sendRaw(server.port, [authorized()], `GET ${target} HTTP/1.1`);
    expectRefusal(answer, 400, 'credentials_repeated');
  });

  test('rejects a token in the header together with one in the form', async () => {
    const form = 'a=1&access_token=abc';
    const lines = [authorized(), 'Content-Type: application/x-www-form-urlencoded', `Content-Length: ${form.length}`];
    expectRefusal(await sendRaw(server.port, lines, 'POST / HTTP/1.1', form), 400, 'credentials_repeated');
  });

  test('6750-4: does not treat a member of a JSON body as a form parameter', async () => {
    const json = '{"access_token":"abc"}';
    const lines = [authorized(), 'Content-Type: application/json', `Content-Length: ${json.length}`];
    expect((await sendRaw(server.port, lines, 'POST / HTTP/1.1', json)).status).toBe(200);
  });

  test('ignores parameters with a name similar to access_token', async () => {
    for (const target of [
      '/?access_tokens=abc',
      '/?q=access_token',
      '/?ACCESS_TOKEN=abc',
      '/?q=%61',
      '/access_token',
    ]) {
      expect((await sendRaw(server.port, [authorized()], `GET ${target} HTTP/1.1`)).status).toBe(200);
    }
  });
});

describe('6750-5: tokens in other places', () => {
  test('ignores a token in the query', async () => {
    const answer = await sendRaw(server.port, [], `GET /?access_token=${token} HTTP/1.1`);
    expectRefusal(answer, 401, 'no_credentials');
    expect(answer.text).not.toContain(token);
  });

  test('ignores a token in the form', async () => {
    const form = `access_token=${token}`;
    const lines = ['Content-Type: application/x-www-form-urlencoded', `Content-Length: ${form.length}`];
    expectRefusal(await sendRaw(server.port, lines, 'POST / HTTP/1.1', form), 401, 'no_credentials');
  });

  test('ignores a token in other headers', async () => {
    const lines = ['Proxy-Authorization', 'X-Authorization', 'Authorization2'].map(
      (name) => `${name}: ${bearer(token)}`,
    );
    expectRefusal(await sendRaw(server.port, lines), 401, 'no_credentials');
  });
});

describe('invalid headers at an optional gate', () => {
  test('treats a request without an Authorization header as anonymous', async () => {
    expect((await sendRaw(server.port, [], 'GET /optional HTTP/1.1')).body).toContain('"client":"nobody"');
  });

  test.each<[string, string[], number]>([
    ['Basic', ['Authorization: Basic abc'], 401],
    ['only the scheme', ['Authorization: Bearer'], 400],
    ['a bad token', ['Authorization: Bearer bad'], 401],
    ['no scheme', ['Authorization: "x"'], 400],
    ['an empty header before a bad token', ['Authorization:', 'Authorization: Bearer bad'], 400],
  ])('does not treat an invalid header as anonymous: %s', async (_, lines, status) => {
    expect((await sendRaw(server.port, lines, 'GET /optional HTTP/1.1')).status).toBe(status);
  });
});

describe('invalid characters in the header', () => {
  const controls = ['\x00', '\x01', '\x1b', '\x7f', '\x80', '\xe9', '\xff', '\t'];

  test.each(controls.map((character) => [JSON.stringify(character), character]))('rejects %s', async (_, character) => {
    for (const place of [`Bearer ${character}abc`, `Bearer abc${character}def`, `Bear${character}er abc`]) {
      const answer = await sendRaw(lenient.port, [`Authorization: ${place}`]);
      expect([400, 401]).toContain(answer.status);
      expect(answer.text).not.toContain('abc');
      const strict = await sendRaw(server.port, [`Authorization: ${place}`]);
      expect([400, 401]).toContain(strict.status);
    }
  });

  test('reads a folded header as one line without a valid token', async () => {
    const folded = `Authorization: Bearer ${token.slice(0, 20)}\r\n ${token.slice(20)}`;
    expectRefusal(await sendRaw(lenient.port, [folded]), 400, 'credentials_malformed');
    expect((await sendRaw(server.port, [folded])).status).toBe(400);
  });

  test('rejects a second header that a bare line feed introduces', async () => {
    const answer = await sendRaw(lenient.port, [`Authorization: Bearer abc\nAuthorization: ${bearer(token)}`]);
    expectRefusal(answer, 400, 'credentials_repeated');
  });

  test('ignores white space around the header', async () => {
    expect((await sendRaw(server.port, [`Authorization: \t ${bearer(token)} \t`])).status).toBe(200);
  });
});

describe('header size', () => {
  test('lets Node respond with 431 to a header that it does not read', async () => {
    expect((await sendRaw(server.port, [`Authorization: Bearer ${'a'.repeat(20_000)}`])).status).toBe(431);
  });

  test('8725-12: rejects an overlong token without reading it', async () => {
    const [header, , signature] = token.split('.');
    const huge = `${header}.${'e30'.padEnd(200_000, 'A')}.${signature}`;
    expectRefusal(await sendRaw(lenient.port, [`Authorization: Bearer ${huge}`]), 401, 'token_malformed');
  });

  test.each<[string, string]>([
    ['dots', '.'.repeat(300_000)],
    ['equals signs', `a${'='.repeat(300_000)}`],
    ['equals signs before the end', `${'=a'.repeat(150_000)}`],
    ['spaces', ' '.repeat(300_000)],
    ['one letter', 'a'.repeat(300_000)],
  ])('rejects hundreds of thousands of characters like any bad token: %s', async (_, text) => {
    const answer = await sendRaw(lenient.port, [`Authorization: Bearer ${text}.`]);
    expect([400, 401]).toContain(answer.status);
    expect(answer.text.length).toBeLessThan(1000);
  });
});

describe('credentials that are not token68', () => {
  const malformed = ['a b', 'a,b', '"abc"', 'abc=d', 'e30.e30.e30,', 'Bearer e30.e30.c2ln', '='];

  test('responds with 400 at a gate whose verifier reads the token itself', async () => {
    const direct = await listening(express().use(createGate({ verifier: jwtVerifier(domainOptions) }).authenticate));
    for (const text of [...malformed, `${token},`, `${token} ${token}`]) {
      expectRefusal(await sendRaw(direct.port, [`Authorization: Bearer ${text}`]), 400, 'credentials_malformed');
    }
    expectRefusal(await sendRaw(direct.port, ['Authorization: Bearer abc']), 401, 'token_malformed');
    await direct.close();
  });

  test('does not pass malformed credentials to another verifier, even a wrapped one', async () => {
    const seen: string[] = [];
    const verifier = jwtVerifier(domainOptions);
    const wrapped = {
      ...verifier,
      verify: (credentials: Credentials) => {
        seen.push(credentials.token);
        return verifier.verify(credentials);
      },
    };
    const behind = await listening(express().use(createGate({ verifier: wrapped }).authenticate));
    for (const text of malformed) {
      expectRefusal(await sendRaw(behind.port, [`Authorization: Bearer ${text}`]), 400, 'credentials_malformed');
    }
    expectRefusal(await sendRaw(behind.port, ['Authorization: Bearer abc']), 401, 'token_malformed');
    await behind.close();
    expect(seen).toEqual(['abc']);
  });
});
