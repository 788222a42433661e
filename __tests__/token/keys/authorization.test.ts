import { inspect } from 'node:util';
import { jwtVerifier, type KeyAuthorization, ociDomain } from 'scopegate';
import { testIssuer } from 'scopegate/testing';
import { type Answer, down, json, type KeyServer, keyServer, status, text } from '../../support/key-server.js';
import { signingKey } from '../../support/tokens.js';
import { ask, MovableClock, outageOf, outcomeOf, published, tokenOf, verifierOf } from './fixtures/setting.js';

const issuer = testIssuer();
const key = signingKey('ES256', 'first');
const CLIENT = { clientId: 'key reader', clientSecret: 'se:cret/+%&=ü' };
const TOKEN_PATH = '/oauth2/v1/token';
const KEY_PATH = '/admin/v1/SigningCert/jwk';

/** A domain whose key endpoint wants the token that its token endpoint gives. */
async function domain(tokenAnswer: Answer = json({ access_token: 'at-1', token_type: 'Bearer' })): Promise<KeyServer> {
  const keyAnswer: Answer = (req, res) =>
    req.headers.authorization === 'Bearer at-1' ? issuer.keyEndpoint(req, res) : status(401)(req, res);
  return await keyServer((req, res) => (req.url === TOKEN_PATH ? tokenAnswer : keyAnswer)(req, res));
}

function verifierWith(server: KeyServer, clock = new MovableClock(Date.now())) {
  const { tenant } = issuer;
  return jwtVerifier({ ...ociDomain({ url: server.url, tenant, keyCredentials: CLIENT }), clock });
}

describe('the keyCredentials option', () => {
  test('fetches the keys with a token from the client credentials grant', async () => {
    let form = '';
    const server = await domain((req, res) => {
      req.setEncoding('utf8').on('data', (chunk) => {
        form += chunk;
      });
      req.on('end', () => json({ access_token: 'at-1' })(req, res));
    });

    expect(await outcomeOf(verifierWith(server), issuer.token())).toBe('accepted');
    const [tokenRequest, keyRequest] = server.requests;
    expect(tokenRequest).toMatchObject({
      method: 'POST',
      url: TOKEN_PATH,
      headers: { 'content-type': 'application/x-www-form-urlencoded', 'accept-encoding': 'identity' },
    });
    expect(form).toBe('grant_type=client_credentials&scope=urn%3Aopc%3Aidm%3A__myscopes__');
    expect(keyRequest).toMatchObject({ method: 'GET', url: KEY_PATH, headers: { authorization: 'Bearer at-1' } });
    expect(server.requests).toHaveLength(2);
  });

  test('authenticates the client by HTTP Basic with form-encoded id and secret (RFC 6749 §2.3.1)', async () => {
    const server = await domain();
    await verifierWith(server).ready();

    const [scheme, value = ''] = server.requests[0]?.headers.authorization?.split(' ') ?? [];
    expect(scheme).toBe('Basic');
    expect(Buffer.from(value, 'base64').toString()).toBe('key+reader:se%3Acret%2F%2B%25%26%3D%C3%BC');
  });

  test('requests a new access token for each fetch of the keys', async () => {
    const clock = new MovableClock(Date.now());
    const server = await domain();
    const verifier = verifierWith(server, clock);
    await verifier.ready();
    clock.advance(600_000);
    await verifier.ready();

    expect(server.requests.map(({ url }) => url)).toEqual([TOKEN_PATH, KEY_PATH, TOKEN_PATH, KEY_PATH]);
  });

  const useless: readonly (readonly [string, Answer, sentence: string])[] = [
    ['401', status(401), 'The given credentials were not accepted'],
    ['400', status(400), 'answered 400'],
    ['a redirect', status(302, { location: 'https://elsewhere.example' }), 'redirects are not followed'],
    ['nothing', down, 'cannot be reached'],
    ['HTML', text('<html>'), 'not with JSON'],
    ['null', json(null), 'without an access token'],
    ['a text', json('access_token'), 'without an access token'],
    ['no access_token', json({ token_type: 'Bearer' }), 'without an access token'],
    ['an empty access_token', json({ access_token: '' }), 'without an access token'],
    ['an access_token that is none', json({ access_token: { value: 'at-1' } }), 'without an access token'],
  ];

  test.each(useless)(
    '%s from the token endpoint is an outage without a key request',
    async (...[, answer, sentence]) => {
      const server = await domain(answer);

      const outage = await outageOf(ask(verifierWith(server), issuer.token()));
      expect(outage.message).toContain(`${server.url}${TOKEN_PATH}`);
      expect(outage.message).toContain(sentence);
      expect(server.requests.map(({ url }) => url)).toEqual([TOKEN_PATH]);
    },
  );

  test.each([
    ...useless.map(([name, answer]) => [name, answer] as const),
    ['a token that is not accepted', json({ access_token: 'at-2' })],
  ] as const)('the outage error reveals neither client secret nor access token (%s)', async (_, answer) => {
    const outage = await outageOf(verifierWith(await domain(answer)).ready());
    const everything = inspect(outage, { depth: 20, showHidden: true });

    expect(everything).toContain('VerifierUnavailableError');
    for (const secret of [CLIENT.clientSecret, 'se%3Acret', Buffer.from('key+reader').toString('base64'), 'at-']) {
      expect(everything).not.toContain(secret);
    }
  });

  test('an access token invalid in a header is an outage that does not reveal it', async () => {
    const server = await domain(json({ access_token: 'at-1\r\nx-injected: yes' }));

    const outage = await outageOf(verifierWith(server).ready());
    expect(outage.message).toContain(`${server.url}${KEY_PATH} was not requested`);
    expect(inspect(outage, { depth: 20 })).not.toContain('at-1');
    expect(server.requests).toHaveLength(1);
  });

  test('the cause of an outage by the token endpoint has the status of its response', async () => {
    for (const [answer, code] of [[json({}), 200] as const, [status(400), 400] as const]) {
      const { cause } = await outageOf(verifierWith(await domain(answer)).ready());
      expect(cause).toMatchObject({ name: 'EndpointFailure', status: code });
    }
  });

  test('the outage for a refused access token says to check the credentials', async () => {
    const server = await domain(json({ access_token: 'at-2' }));

    const outage = await outageOf(verifierWith(server).ready());
    expect(outage.message).toContain('check them, and that their client is granted urn:opc:idm:__myscopes__');
  });
});

describe('the keyAuthorization option', () => {
  function verifierBy(server: KeyServer, keyAuthorization: KeyAuthorization) {
    return verifierOf(server, { clock: new MovableClock(), keyAuthorization });
  }

  test.each([
    ['at once', () => 'Basic abc'],
    ['later', async () => 'Basic abc'],
    ['with the line break of a file', () => 'Basic abc\n'],
  ])('sends the Authorization header that the function returns %s', async (_, authorization) => {
    const server = await keyServer(json(published(key)));

    expect(await outcomeOf(verifierBy(server, authorization), tokenOf(key))).toBe('accepted');
    expect(server.requests[0]?.headers.authorization).toBe('Basic abc');
  });

  test('the function receives the fetch of the verifier and the deadline signal', async () => {
    const server = await keyServer(json(published(key)));
    const contexts: { signal: AbortSignal; fetch: unknown }[] = [];
    const fetch: typeof globalThis.fetch = (...call) => globalThis.fetch(...call);
    const keyAuthorization = (context: { signal: AbortSignal; fetch: unknown }) => {
      contexts.push(context);
      return 'Bearer x';
    };
    await verifierOf(server, { clock: new MovableClock(), keyAuthorization, fetch }).ready();

    expect(contexts).toEqual([{ signal: expect.objectContaining({ aborted: false }), fetch }]);
  });

  test.each([
    [
      'throws',
      () => {
        throw new Error('The vault is sealed.');
      },
    ],
    [
      'rejects',
      async () => {
        throw new Error('The vault is sealed.');
      },
    ],
  ])('a function that %s causes an outage with its message', async (_, authorization) => {
    const server = await keyServer(json(published(key)));

    const outage = await outageOf(ask(verifierBy(server, authorization), tokenOf(key)));
    expect(outage.message).toBe("The issuer's JWKS is unavailable: The vault is sealed.");
    expect(server.requests).toHaveLength(0);
  });

  test.each([undefined, null, '', 17, {}, 'Bearer a\nb', 'Bearer a\u0000', 'Bearer ä'])(
    'a function that returns %j causes an outage that does not reveal the value',
    async (given) => {
      const server = await keyServer(json(published(key)));

      const outage = await outageOf(verifierBy(server, () => given as string).ready());
      expect(outage.message).toContain(
        `${server.url}/jwks was not requested: keyAuthorization returned an invalid header value`,
      );
      expect(inspect(outage, { depth: 20 })).not.toContain('Bearer');
      expect(server.requests).toHaveLength(0);
    },
  );
});
