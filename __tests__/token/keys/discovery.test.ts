import { type JwtVerifierOptions, jwtVerifier } from 'scopegate';
import { type Answer, closed, down, json, type KeyServer, keyServer, status, text } from '../../support/key-server.js';
import { AUDIENCE, signingKey } from '../../support/tokens.js';
import { ask, holdTimers, MovableClock, outageOf, outcomeOf, published, tokenOf } from './fixtures/setting.js';

const key = signingKey('ES256', 'first');
const OIDC = '/.well-known/openid-configuration';
const OAUTH = '/.well-known/oauth-authorization-server';

type Documents = Readonly<Record<string, Answer>>;

/** An issuer on this machine that answers at these paths; its keys are at `/keys`. */
async function issuerWith(documents: (url: string) => Documents): Promise<KeyServer> {
  const server = await keyServer();
  const answers: Documents = { '/keys': json(published(key)), ...documents(server.url) };
  server.answer = (req, res) => (answers[req.url as string] ?? status(404))(req, res);
  return server;
}

const metadata = (issuer: string, origin = issuer) => json({ issuer, jwks_uri: `${new URL(origin).origin}/keys` });

function discovering(issuerBaseURL: string, options: Partial<JwtVerifierOptions> = {}) {
  return jwtVerifier({ issuerBaseURL, audience: AUDIENCE, clock: new MovableClock(), ...options });
}

const pathsOf = ({ requests }: KeyServer) => requests.map(({ url }) => url);

describe('the places of the document', () => {
  test.each([
    ['', ''],
    ['/', ''],
    ['/realms/main', '/realms/main'],
    ['/realms/main/', '/realms/main'],
    ['/oauth2/default', '/oauth2/default'],
  ])(
    'for the path "%s", OpenID Connect discovery is appended, and RFC 8414 is inserted after it',
    async (path, base) => {
      const server = await issuerWith(() => ({}));
      await outageOf(discovering(`${server.url}${path}`).ready());

      expect(pathsOf(server)).toEqual([`${base}${OIDC}`, `${OAUTH}${base}`]);
    },
  );

  test('the first document that is there is used alone', async () => {
    const server = await issuerWith((url) => ({
      [OIDC]: metadata(url),
      [OAUTH]: metadata('https://other.example', url),
    }));
    expect(await outcomeOf(discovering(server.url), tokenOf(key, {}, { iss: server.url }))).toBe('accepted');

    expect(pathsOf(server)).toEqual([OIDC, '/keys']);
  });

  test.each<[string, Answer]>([
    ['404', status(404)],
    ['403', status(403)],
    ['500', status(500)],
    ['302', status(302, { location: '/elsewhere' })],
    ['a page of HTML', text('<!doctype html><title>App</title>')],
    ['no object', json('issuer')],
    ['null', json(null)],
    ['a list', json([{ issuer: 'https://a.example' }])],
    ['an object without issuer', json({ error: 'not found' })],
    ['an issuer that is no text', json({ issuer: ['https://a.example'] })],
    ['too many bytes', text(' '.repeat(256 * 1024 + 1))],
    ['compressed bytes', text('{}', { 'content-encoding': 'gzip' })],
  ])('after %s, the document of RFC 8414 is fetched', async (_, answer) => {
    const server = await issuerWith((url) => ({ [OIDC]: answer, [OAUTH]: metadata(url) }));

    expect(await outcomeOf(discovering(server.url), tokenOf(key, {}, { iss: server.url }))).toBe('accepted');
    expect(pathsOf(server)).toEqual([OIDC, OAUTH, '/keys']);
  });

  test('where neither is there, the outage names both', async () => {
    const server = await issuerWith(() => ({ [OAUTH]: status(500) }));
    const { message, cause } = await outageOf(discovering(server.url).ready());

    expect(cause).toMatchObject({ status: 500, cause: { message: expect.stringContaining(OAUTH) } });
    expect(message).toBe(
      `The issuer's JWKS is unavailable: ${server.url}${OIDC} answered 404. ${server.url}${OAUTH} answered 500. ` +
        '"issuerBaseURL" needs one of them.',
    );
  });

  test('the outage says that a document has no issuer', async () => {
    const server = await issuerWith(() => ({ [OIDC]: json({}), [OAUTH]: json({ issuer: 7 }) }));
    const { message } = await outageOf(discovering(server.url).ready());

    const problem = 'answered 200, but without an "issuer".';
    expect(message).toContain(`${server.url}${OIDC} ${problem} ${server.url}${OAUTH} ${problem}`);
  });

  test('an issuer that cannot be reached is asked once', async () => {
    const server = await issuerWith((url) => ({ [OIDC]: down, [OAUTH]: metadata(url) }));
    const { message } = await outageOf(discovering(server.url).ready());

    expect(message).toMatch(/openid-configuration cannot be reached/);
    expect(pathsOf(server)).toEqual([OIDC]);
  });
});

describe('8414-1: the issuer of the document', () => {
  // [of the option, of the document, of the token], each after the origin of the server
  test.each<[string, string, string, string]>([
    ['', '', '', 'accepted'],
    ['', '/', '/', 'accepted'],
    ['/', '', '', 'accepted'],
    ['/', '/', '/', 'accepted'],
    ['', '/', '', 'issuer_mismatch'],
    ['/', '', '/', 'issuer_mismatch'],
    ['/t1', '/t1', '/t1', 'accepted'],
    ['/t1', '/t1/', '/t1/', 'accepted'],
    ['/t1', '/t1', '/t2', 'issuer_mismatch'],
    ['', '//', '//', 'issuer_mismatch'],
    ['/t1', '/T1', '/T1', 'issuer_mismatch'],
    ['/t1', '/t2', '/t1', 'outage'],
    ['/t1', '', '/t1', 'outage'],
    ['', '//', '', 'outage'],
    ['/t1', '/T1', '/t1', 'outage'],
    ['/t1', '/t1?a=b', '/t1', 'outage'],
  ])('the option "…%s", the document "…%s" and the token "…%s" result in %s', async (option, named, iss, expected) => {
    const server = await issuerWith((url) => ({
      [`${option === '/t1' ? '/t1' : ''}${OIDC}`]: metadata(`${url}${named}`, url),
    }));
    const verifier = discovering(`${server.url}${option}`);
    const token = tokenOf(key, {}, { iss: `${server.url}${iss}` });

    expect(await outcomeOf(verifier, token)).toBe(expected);
    expect(await outcomeOf(verifier, token)).toBe(expected);
  });

  test('a document that names another issuer is not used, and the outage prints both', async () => {
    const server = await issuerWith((url) => ({
      [OIDC]: metadata('https://evil.example/', url),
      [OAUTH]: metadata(url),
    }));
    const { message } = await outageOf(discovering(server.url).ready());

    expect(message).toContain(`${server.url}${OIDC} names the issuer "https://evil.example/"`);
    expect(message).toContain(`"issuerBaseURL" is "${server.url}", so nothing of it is used.`);
    expect(message).toContain('or give "issuer" and "jwksUri"');
    expect(pathsOf(server)).toEqual([OIDC]);
  });

  test.each([
    ['https://idcs-0a1b.identity.oraclecloud.com', 'https://identity.oraclecloud.com/', 'ociDomain()'],
    ['https://login.microsoftonline.com/72f9', 'https://sts.windows.net/72f9/', 'entraTenant()'],
    [
      'https://login.microsoftonline.com/common/v2.0',
      'https://login.microsoftonline.com/{tenantid}/v2.0',
      'entraTenant()',
    ],
    ['https://uaa.acme.example', 'https://uaa.acme.example/oauth/token', 'or give "issuer" and "jwksUri"'],
  ])('the issuer %s, whose document names %s, needs %s', async (issuerBaseURL, issuer, advice) => {
    const fetch = async () => Response.json({ issuer, jwks_uri: 'https://keys.example/' });
    const { message } = await outageOf(discovering(issuerBaseURL, { fetch }).ready());

    expect(message).toContain(`names the issuer "${issuer}"`);
    expect(message).toContain(advice);
  });

  test('a token of another issuer is refused without a fetch, and picks no address', async () => {
    const server = await issuerWith((url) => ({ [OIDC]: metadata(url) }));
    const verifier = discovering(server.url);
    for (const iss of ['https://evil.example', `${server.url}//`, `${server.url}/t1`, `${server.url}?a`, 'x']) {
      expect(await outcomeOf(verifier, tokenOf(key, {}, { iss }))).toBe('issuer_mismatch');
    }
    expect(server.requests).toHaveLength(0);
  });
});

describe('the keys that the document names', () => {
  test.each<[unknown, string]>([
    ['http://keys.example/', 'outage'],
    ['https://user:secret@keys.example/', 'outage'],
    ['file:///etc/passwd', 'outage'],
    ['data:application/json,{"keys":[]}', 'outage'],
    ['/keys', 'outage'],
    ['', 'outage'],
    [undefined, 'outage'],
    [null, 'outage'],
    [5, 'outage'],
    [['https://keys.example/'], 'outage'],
    ['https://keys.example/', 'accepted'],
  ])('the jwks_uri %j results in %s', async (jwks_uri, expected) => {
    const asked: string[] = [];
    const fetch = async (url: string) => {
      asked.push(url);
      return url.includes('.well-known')
        ? Response.json({ issuer: 'https://issuer.example/', jwks_uri })
        : Response.json(published(key));
    };
    const verifier = discovering('https://issuer.example', { fetch });

    expect(await outcomeOf(verifier, tokenOf(key))).toBe(expected);
    expect(asked).toHaveLength(expected === 'accepted' ? 2 : 1);
    if (expected === 'outage') {
      const { message } = await outageOf(verifier.ready());
      expect(message).toContain('which is not an https address without credentials');
    }
  });

  test('allowInsecureHttp accepts a document and keys over plain http', async () => {
    const fetch = async (url: string) =>
      Response.json(
        url.endsWith('/keys')
          ? published(key)
          : { issuer: 'http://issuer.example/', jwks_uri: 'http://a.example/keys' },
      );
    const options = { fetch, allowInsecureHttp: true };

    expect(
      await outcomeOf(
        discovering('http://issuer.example', options),
        tokenOf(key, {}, { iss: 'http://issuer.example/' }),
      ),
    ).toBe('accepted');
  });

  test('the algorithms of ID tokens are not those of access tokens', async () => {
    const algorithms = ['none', 'HS256', 'RS256'];
    const server = await issuerWith((url) => ({
      [OIDC]: json({ issuer: url, jwks_uri: `${url}/keys`, id_token_signing_alg_values_supported: algorithms }),
    }));
    const verifier = discovering(server.url);
    const iss = { iss: server.url };

    expect(await outcomeOf(verifier, tokenOf(key, {}, iss))).toBe('accepted');
    for (const alg of ['none', 'HS256']) {
      expect(await outcomeOf(verifier, tokenOf(key, { alg }, iss))).toBe('algorithm_not_allowed');
    }
    expect(await outcomeOf(discovering(server.url, { algorithms: ['RS256'] }), tokenOf(key, {}, iss))).toBe(
      'algorithm_not_allowed',
    );
  });
});

describe('when the document is fetched', () => {
  const HOUR = 3_600_000;
  const week = { exp: 1_790_000_000 + 7 * 86_400 };

  test('nothing is fetched before the first use, and one fetch serves all that wait', async () => {
    const server = await issuerWith((url) => ({ [OIDC]: metadata(url) }));
    const verifier = discovering(server.url);
    expect(server.requests).toHaveLength(0);

    await Promise.all([verifier.ready(), ask(verifier, tokenOf(key, {}, { iss: server.url })), verifier.ready()]);
    expect(pathsOf(server)).toEqual([OIDC, '/keys']);
    expect(ask(verifier, tokenOf(key, {}, { iss: server.url }))).not.toBeInstanceOf(Promise);
  });

  test('metadata is fetched again with the keys, and new addresses count', async () => {
    const clock = new MovableClock();
    const fresh = signingKey('ES256', 'fresh');
    let named = '/keys';
    const server = await issuerWith((url) => ({
      [OIDC]: (req, res) => json({ issuer: url, jwks_uri: `${url}${named}` })(req, res),
      '/new': json(published(fresh)),
    }));
    const verifier = discovering(server.url, { clock, cacheMaxAgeMs: HOUR });
    await verifier.ready();
    named = '/new';
    clock.advance(HOUR);

    expect(await outcomeOf(verifier, tokenOf(fresh, {}, { ...week, iss: server.url }))).toBe('accepted');
    expect(pathsOf(server)).toEqual([OIDC, '/keys', OIDC, '/new']);
  });

  test('known keys outlive an outage of the document, with a warning, and no longer than without discovery', async () => {
    const clock = new MovableClock();
    const server = await issuerWith((url) => ({ [OIDC]: metadata(url) }));
    const verifier = discovering(server.url, { clock, cacheMaxAgeMs: HOUR, outageToleranceMs: 4 * HOUR });
    const token = tokenOf(key, {}, { ...week, iss: server.url });
    await verifier.ready();
    server.answer = status(503);

    clock.advance(4 * HOUR);
    expect(await outcomeOf(verifier, token)).toBe('accepted');
    expect(verifier.warning()).toContain('openid-configuration answered 503');
    clock.advance(HOUR);
    expect(await outcomeOf(verifier, token)).toBe('outage');
  });

  test('a document that changes its issuer is an outage, which known keys outlive', async () => {
    const clock = new MovableClock();
    const server = await issuerWith((url) => ({ [OIDC]: metadata(url) }));
    const verifier = discovering(server.url, { clock, cacheMaxAgeMs: HOUR, outageToleranceMs: HOUR });
    const tokens = [server.url, 'https://evil.example'].map((iss) => tokenOf(key, {}, { ...week, iss }));
    await verifier.ready();
    server.answer = metadata('https://evil.example', server.url);

    clock.advance(HOUR);
    expect(await outcomeOf(verifier, tokens[0] as string)).toBe('accepted');
    expect(await outcomeOf(verifier, tokens[1] as string)).toBe('issuer_mismatch');
    expect(verifier.warning()).toContain('names the issuer "https://evil.example"');
    clock.advance(HOUR);
    expect(await outcomeOf(verifier, tokens[0] as string)).toBe('outage');
  });

  test('failures are retried after pauses, and the verifier recovers without a restart', async () => {
    const clock = new MovableClock();
    const server = await issuerWith((url) => ({ [OIDC]: metadata(url) }));
    const { answer } = server;
    server.answer = down;
    const verifier = discovering(server.url, { clock });
    const { retryAfter } = await outageOf(verifier.ready());
    for (let i = 0; i < 10; i++) await outageOf(verifier.ready());
    expect(server.requests).toHaveLength(1);

    server.answer = answer;
    clock.advance(retryAfter * 1000);
    expect(await outcomeOf(verifier, tokenOf(key, {}, { iss: server.url }))).toBe('accepted');
  });
});

describe('the deadline of 5 s over document and keys', () => {
  afterEach(() => {
    jest.useRealTimers();
  });

  test.each([OIDC, OAUTH, '/keys'])(
    'it ends a fetch that hangs at %s, names that address and closes it',
    async (path) => {
      holdTimers();
      const server = await issuerWith((url) => ({
        ...(path !== OAUTH && { [OIDC]: metadata(url) }),
        [OAUTH]: metadata(url),
        [path]: () => undefined,
      }));
      const count = [OIDC, OAUTH, '/keys'].indexOf(path) === 0 ? 1 : 2;
      const ending = outageOf(discovering(server.url).ready());
      await server.received(count);

      expect(jest.getTimerCount()).toBe(1);
      jest.advanceTimersByTime(5000);
      expect((await ending).message).toContain(`${server.url}${path} did not answer within 5 s`);
      await closed(server.requests[count - 1]);
    },
  );

  test('discovery leaves no timer after a fetch that ends in time', async () => {
    holdTimers();
    const server = await issuerWith((url) => ({ [OIDC]: metadata(url) }));
    await discovering(server.url).ready();

    expect(jest.getTimerCount()).toBe(0);
  });
});

describe('the options', () => {
  const base = { issuerBaseURL: 'https://issuer.example', audience: AUDIENCE };
  const make = (options: object) => () => jwtVerifier({ ...base, ...options } as JwtVerifierOptions);

  test.each<[object, string]>([
    [{ issuer: 'https://issuer.example' }, 'takes "issuer" or "issuerBaseURL", not both'],
    [{ jwksUri: 'https://issuer.example/keys' }, '"jwksUri" goes with "issuer"'],
    [{ jwks: { keys: [] } }, '"jwks" goes with "issuer"'],
    [{ keyAuthorization: () => 'Bearer a' }, '"keyAuthorization" goes with "issuer"'],
    [{ issuerBaseURL: '' }, '"issuerBaseURL" must be the https address of the issuer'],
    [{ issuerBaseURL: null }, '"issuerBaseURL" must be'],
    [{ issuerBaseURL: ['https://issuer.example'] }, '"issuerBaseURL" must be'],
    [{ issuerBaseURL: 'issuer.example' }, '"issuerBaseURL" must be'],
    [{ issuerBaseURL: 'http://issuer.example' }, '"issuerBaseURL" must be'],
    [{ issuerBaseURL: 'http://127.0.0.1.example' }, '"issuerBaseURL" must be'],
    [{ issuerBaseURL: 'https://me:secret@issuer.example' }, '"issuerBaseURL" must be'],
    [{ issuerBaseURL: 'https://issuer.example?a=b' }, '"issuerBaseURL" must be'],
    [{ issuerBaseURL: 'https://issuer.example#a' }, '"issuerBaseURL" must be'],
    [{ issuerBaseURL: `https://issuer.example${OIDC}` }, 'without credentials, query, fragment and /.well-known/'],
    [{ issuerBaseURL: undefined }, '"issuer" must be a string or a list of strings, not undefined'],
    [{ issuerUrl: 'https://issuer.example' }, 'Did you mean "issuerBaseURL"?'],
    [{ issuerBaseUrl: 'https://issuer.example' }, 'Did you mean "issuerBaseURL"?'],
    [{ fetch: 'fetch' }, '"fetch" must be a function'],
    [{ cacheMaxAgeMs: 0 }, '"cacheMaxAgeMs" must be a number of milliseconds'],
    [{ outageToleranceMs: -1 }, '"outageToleranceMs" must be a number of milliseconds'],
  ])('jwtVerifier() throws for %j', (options, sentence) => {
    expect(make(options)).toThrow(TypeError);
    expect(make(options)).toThrow(sentence);
  });

  test.each(['https://issuer.example', 'https://issuer.example/', 'http://localhost:8080/realms/a', 'http://[::1]:1'])(
    'issuerBaseURL accepts %s',
    (issuerBaseURL) => {
      expect(make({ issuerBaseURL })).not.toThrow();
    },
  );
});
