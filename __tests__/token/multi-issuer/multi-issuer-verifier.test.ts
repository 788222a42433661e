import {
  type AccessToken,
  type JwtVerifierOptions,
  jwtVerifier,
  multiIssuerVerifier,
  type TokenVerifier,
  VerifierUnavailableError,
} from 'scopegate';
import { senderConstrainedVerifier } from 'scopegate/express-oauth2-jwt-bearer';
import { claims, clockAt, detailOf, forge, NOW, reasonOf, signingKey } from '../../support/tokens.js';
import { MovableClock } from '../keys/fixtures/setting.js';

// Both issuers call their key "main", as OCI domains all say SIGNING_KEY.
const oursKey = signingKey('ES256', 'main');
const theirsKey = signingKey('ES256', 'main');
const OURS = 'https://ours.example';
const THEIRS = 'https://theirs.example';

/** A verifier, and how often it was asked. */
function counted(options: Partial<JwtVerifierOptions> & { issuer: string }): TokenVerifier & { asked: number } {
  const verifier = jwtVerifier({
    audience: 'orders',
    clock: clockAt(NOW),
    ...(options.jwksUri === undefined && options.issuerBaseURL === undefined && { jwks: { keys: [oursKey.jwk] } }),
    ...options,
  });
  const counting = {
    ...verifier,
    asked: 0,
    verify: (...given: Parameters<TokenVerifier['verify']>) => {
      counting.asked++;
      return verifier.verify(...given);
    },
  };
  return counting;
}

function tokenOf(over: Readonly<Record<string, unknown>>, key = oursKey): string {
  return forge({ alg: 'ES256', kid: 'main' }, claims({ aud: 'orders', ...over }), key);
}

const ask = (verifier: TokenVerifier, token: string, scheme: 'bearer' | 'dpop' = 'bearer') =>
  verifier.verify({ scheme, token });

const ours = counted({ issuer: OURS });
const theirs = counted({ issuer: THEIRS, jwks: { keys: [theirsKey.jwk] }, audience: 'theirs' });
const both = multiIssuerVerifier([ours, theirs]);

beforeEach(() => {
  ours.asked = 0;
  theirs.asked = 0;
});

describe('the choice of a verifier', () => {
  test.each([
    ['our issuer', tokenOf({ iss: OURS }), ours],
    ['their issuer', tokenOf({ iss: THEIRS, aud: 'theirs' }, theirsKey), theirs],
  ])('a token of %s is verified once, and says by which verifier', (_, token, expected) => {
    for (const _time of ['first', 'second', 'from the cache']) {
      expect((ask(both, token) as AccessToken).verifier).toBe(expected);
    }
    expect([ours.asked, theirs.asked].toSorted()).toEqual([0, 3]);
  });

  test.each([
    ['signed by the other issuer, with an equal kid', tokenOf({ iss: OURS }, theirsKey), 'signature_invalid'],
    ['of our issuer for their audience', tokenOf({ iss: OURS, aud: 'theirs' }), 'audience_mismatch'],
    ['of their issuer for our audience', tokenOf({ iss: THEIRS }, theirsKey), 'audience_mismatch'],
    ['of an issuer that is not configured', tokenOf({ iss: 'https://else.example' }), 'issuer_mismatch'],
    ['whose issuer has a slash more', tokenOf({ iss: `${OURS}/` }), 'issuer_mismatch'],
    ['whose issuer has two slashes more', tokenOf({ iss: `${OURS}//` }), 'issuer_mismatch'],
    ['whose issuer is in capitals', tokenOf({ iss: OURS.toUpperCase() }), 'issuer_mismatch'],
    ['whose issuer begins with ours', tokenOf({ iss: `${OURS}.attacker.example` }), 'issuer_mismatch'],
    ['whose issuer is a list', tokenOf({ iss: [OURS, THEIRS] }), 'claim_malformed'],
    ['without an issuer', tokenOf({ iss: undefined }), 'claim_missing'],
    ['whose issuer is a member of every object', tokenOf({ iss: 'constructor' }), 'issuer_mismatch'],
    ['with two issuers', forge({ alg: 'ES256' }, `{"iss":"${THEIRS}","iss":"${OURS}"}`, oursKey), 'token_malformed'],
    ['that is opaque', 'mF_9.B5f-4.1JqM', 'token_malformed'],
    ['whose payload is a list', forge({ alg: 'ES256' }, '[1]', oursKey), 'token_malformed'],
    ['whose payload is no JSON', forge({ alg: 'ES256' }, '{', oursKey), 'token_malformed'],
    ['that is unsigned', `${tokenOf({ iss: OURS }).replace(/[^.]*$/, '')}AA`, 'signature_invalid'],
  ])('a token %s is refused', (_, token, reason) => {
    const verdict = ask(both, token);

    expect(reasonOf(verdict as AccessToken)).toBe(reason);
    expect(detailOf(verdict)).not.toContain(token);
  });

  test('the record of another issuer names it, and those that are configured', () => {
    const verdict = ask(both, tokenOf({ iss: 'https://else.example' }));

    expect(detailOf(verdict)).toBe(
      `The token's "iss" is "https://else.example"; no verifier has that issuer, only "${OURS}", "${THEIRS}".`,
    );
    expect(verdict).toMatchObject({ unverified: { iss: 'https://else.example' } });
  });

  test('the record of a token without an issuer says so', () => {
    expect(detailOf(ask(both, tokenOf({ iss: undefined })))).toBe('The token has no "iss" claim.');
  });

  test('the record of an issuer that is a list says so', () => {
    expect(detailOf(ask(both, tokenOf({ iss: [OURS] })))).toContain('"iss"');
  });

  test('a rejection is passed on as it is', () => {
    expect(ask(both, tokenOf({ iss: OURS, aud: 'theirs' }))).not.toHaveProperty('verifier');
  });

  test('a scheme that the chosen verifier does not take is refused, though another one takes it', async () => {
    const bound = senderConstrainedVerifier({
      issuer: THEIRS,
      audience: 'theirs',
      jwks: { keys: [theirsKey.jwk] },
      clock: clockAt(NOW),
    });
    const verifier = multiIssuerVerifier([ours, bound]);

    expect(verifier.schemes).toEqual(['bearer', 'dpop']);
    expect(reasonOf(await ask(verifier, tokenOf({ iss: OURS }), 'dpop'))).toBe('token_rejected');
    expect(ours.asked).toBe(0);
    expect(reasonOf(await ask(verifier, tokenOf({ iss: OURS })))).toBe('accepted');
  });

  test('a group within a group says which verifier of all it was', () => {
    const other = counted({ issuer: 'https://third.example' });
    const nested = multiIssuerVerifier([both, other]);

    expect((ask(nested, tokenOf({ iss: OURS })) as AccessToken).verifier).toBe(ours);
    expect((ask(nested, tokenOf({ iss: 'https://third.example' })) as AccessToken).verifier).toBe(other);
  });
});

test('an issuer that is discovered is found before and after its document was read, slash or not', async () => {
  const fetch = async (url: string) =>
    Response.json(
      url.includes('/.well-known/')
        ? { issuer: 'https://found.example/', jwks_uri: 'https://found.example/keys' }
        : { keys: [oursKey.jwk] },
    );
  const found = counted({ issuer: undefined as never, issuerBaseURL: 'https://found.example', jwks: undefined, fetch });
  const verifier = multiIssuerVerifier([found, theirs]);
  const token = tokenOf({ iss: 'https://found.example/' });

  expect(await ask(verifier, token)).toMatchObject({ verifier: found });
  expect(await ask(verifier, token)).toMatchObject({ verifier: found });
  expect(reasonOf(await ask(verifier, tokenOf({ iss: 'https://found.example' })))).toBe('issuer_mismatch');
});

describe('an outage of one issuer', () => {
  /** Keys of two issuers, of which one can fail. */
  function setting() {
    const fetched: string[] = [];
    const down = new Set<string>();
    const fetch = async (url: string) => {
      fetched.push(url);
      const { origin } = new URL(url);
      if (down.has(origin)) throw new TypeError('fetch failed');
      return Response.json({ keys: [(origin === OURS ? oursKey : theirsKey).jwk] });
    };
    const clock = new MovableClock();
    const of = (issuer: string) => counted({ issuer, jwksUri: `${issuer}/keys`, fetch, clock });
    return { fetched, down, clock, verifier: multiIssuerVerifier([of(OURS), of(THEIRS)]) };
  }

  test('the tokens of that issuer alone get no verdict', async () => {
    const { down, verifier, fetched } = setting();
    down.add(THEIRS);

    await expect(ask(verifier, tokenOf({ iss: THEIRS }, theirsKey))).rejects.toThrow(VerifierUnavailableError);
    expect(reasonOf(await ask(verifier, tokenOf({ iss: OURS })))).toBe('accepted');
    expect(reasonOf(await ask(verifier, tokenOf({ iss: 'https://else.example' })))).toBe('issuer_mismatch');
    expect(fetched).toEqual([`${THEIRS}/keys`, `${OURS}/keys`]);
  });

  test('ready() resolves while one issuer is available, and the warning names the other', async () => {
    const { down, verifier } = setting();
    down.add(THEIRS);

    await verifier.ready();

    expect(verifier.warning()).toContain(`${THEIRS}/keys`);
    expect(verifier.warning()).not.toContain(`${OURS}/keys`);
  });

  test('the warning ends when a token of that issuer is accepted', async () => {
    const { down, clock, verifier } = setting();
    down.add(THEIRS);
    await verifier.ready();
    await ask(verifier, tokenOf({ iss: OURS }));
    expect(verifier.warning()).toContain(`${THEIRS}/keys`);

    down.delete(THEIRS);
    clock.advance(60_000);
    expect(reasonOf(await ask(verifier, tokenOf({ iss: THEIRS }, theirsKey)))).toBe('accepted');

    expect(verifier.warning()).toBeUndefined();
  });

  test('the warning ends when the verifier is ready', async () => {
    const { down, verifier } = setting();
    await verifier.ready();
    expect(verifier.warning()).toBeUndefined();

    down.add(THEIRS);
    await verifier.ready(); // its keys are fresh
    expect(verifier.warning()).toBeUndefined();
  });

  test('ready() rejects with the sentences of all where no issuer is available', async () => {
    const { down, verifier } = setting();
    down.add(OURS).add(THEIRS);

    const outage: unknown = await verifier.ready().catch((error) => error);

    expect(outage).toBeInstanceOf(VerifierUnavailableError);
    expect((outage as Error).message).toMatch(/ours\.example\/keys.*theirs\.example\/keys/);
    expect((outage as Error).cause).toMatchObject({
      message: 'No verifier is available.',
      errors: [{ message: expect.stringContaining(OURS) }, { message: expect.stringContaining(THEIRS) }],
    });
  });

  test('ready() says the shortest time after which one of them may be back', async () => {
    const downFor = (retryAfter: number, verifier: TokenVerifier) => ({
      ...verifier,
      ready: () => Promise.reject(new VerifierUnavailableError('down', { retryAfter })),
    });
    const verifier = multiIssuerVerifier([downFor(7, ours), downFor(3, theirs)]);

    await expect(verifier.ready()).rejects.toMatchObject({ retryAfter: 3 });
  });

  test('ready() rejects with what is no outage, since waiting does not help', async () => {
    const broken = { ...ours, ready: () => Promise.reject(new Error('npm install it')) };
    const verifier = multiIssuerVerifier([broken, theirs]);

    await expect(verifier.ready()).rejects.toThrow('npm install it');
  });
});

describe('at declaration', () => {
  const bound = (value: string, over: object = {}) => ({
    expected: 'orders',
    accepts: (audience: string) => audience === 'orders',
    binding: { claim: 'tenant', value, optional: false, ...over },
  });

  test.each<[string, () => unknown, RegExp]>([
    ['an empty list', () => [], /"verifiers" must be a list of verifiers/],
    ['something else than a list', () => ours, /must be a list/],
    ['nothing', () => undefined, /must be a list/],
    ['a list of options', () => [{ issuer: OURS }], /must be a list of verifiers/],
    [
      'a verifier that does not say its issuer',
      () => [{ verify: () => ({ ok: false, reason: 'x' }) }],
      /tokenFormVerifier/,
    ],
    ['one verifier for an issuer twice', () => [ours, counted({ issuer: OURS })], /take the tokens of https:\/\/ours/],
    ['issuers that differ by a slash', () => [ours, counted({ issuer: `${OURS}/` })], /take the tokens of/],
    [
      'one tenant twice',
      () => ['a', 'a'].map((tenant) => counted({ issuer: OURS, audience: bound(tenant) })),
      /with "tenant" a/,
    ],
    [
      'a tenant, and all tenants',
      () => [counted({ issuer: OURS, audience: bound('a') }), ours],
      /bind each to a tenant/,
    ],
    [
      'all tenants, and a tenant',
      () => [ours, counted({ issuer: OURS, audience: bound('a') })],
      /bind each to a tenant/,
    ],
    [
      'a tenant, and another with tokens that name none',
      () => [bound('a'), bound('b', { optional: true })].map((audience) => counted({ issuer: OURS, audience })),
      /take the tokens of/,
    ],
    [
      'tenants in different claims',
      () => [bound('a'), bound('b', { claim: 'env' })].map((audience) => counted({ issuer: OURS, audience })),
      /take the tokens of/,
    ],
  ])('multiIssuerVerifier() throws for %s', (_, verifiers, sentence) => {
    const declare = () => multiIssuerVerifier(verifiers() as readonly TokenVerifier[]);

    expect(declare).toThrow(TypeError);
    expect(declare).toThrow(sentence);
  });

  test('one verifier may have several issuers and tenants', () => {
    const several = jwtVerifier({
      issuer: [OURS, 'https://former.example'],
      audience: [bound('a'), bound('b')],
      jwks: { keys: [oursKey.jwk] },
      clock: clockAt(NOW),
    });
    const third = counted({ issuer: OURS, audience: bound('c') });
    const verifier = multiIssuerVerifier([several, third]);
    const verifierOf = (over: object) => (ask(verifier, tokenOf({ iss: OURS, ...over })) as AccessToken).verifier;

    expect([verifierOf({ tenant: 'a' }), verifierOf({ tenant: 'b' }), verifierOf({ tenant: 'c' })]).toEqual([
      several,
      several,
      third,
    ]);
    expect(verifierOf({ iss: 'https://former.example', tenant: 'a' })).toBe(several);
  });
});
