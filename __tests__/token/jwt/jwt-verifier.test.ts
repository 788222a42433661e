import { REFUSALS } from '../../../lib/enforcement/refusal.js';
import { accountAudience } from '../../../lib/token/audience.js';
import { jwtVerifier } from '../../../lib/token/jwt/jwt-verifier.js';
import type { JwtVerifierOptions } from '../../../lib/token/jwt/jwt-verifier-options.js';
import { quoteForLog } from '../../../lib/token/printable.js';
import { isRejection, type Rejection } from '../../../lib/token/verifier.js';
import {
  claims,
  clockAt,
  detailOf,
  forge,
  ISSUER,
  keyEndpoint,
  NOW,
  reasonOf,
  signingKey,
  verdictOf,
} from '../../support/tokens.js';

const key = signingKey('ES256', 'k1');
const stranger = signingKey('ES256', 'k1');
const ACCOUNT = 'urn:opc:resource:scope:account';

const policy: Omit<JwtVerifierOptions, 'jwks' | 'jwksUri'> = {
  issuer: ISSUER,
  audience: accountAudience({ tenant: 'idcs-1' }),
  requiredClaims: { client_id: ['reports', 'bills'] },
  strict: true,
  algorithms: ['ES256'],
  clock: clockAt(NOW),
};
const verifier = jwtVerifier({ ...policy, jwks: { keys: [key.jwk] } });

/** What is wrong with a token; several defects can be put into one. */
interface Defect {
  readonly header?: object;
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly signer?: typeof key;
  readonly suffix?: string;
  /** What the sentence for operators must say. */
  readonly sentence: string;
}

/** Every reason for which a token is refused, in the order of verification; the last three need keys. */
const DEFECTS: Readonly<Record<string, Defect>> = {
  token_malformed: { suffix: '=', sentence: 'not canonical base64url' },
  header_unsupported: { header: { crit: ['b64'] }, sentence: '"crit"' },
  algorithm_not_allowed: { header: { alg: 'HS256' }, sentence: '"alg" is "HS256"; "algorithms" allows ES256' },
  type_not_allowed: { header: { typ: 'dpop+jwt' }, sentence: '"typ" is "dpop+jwt"' },
  claim_missing: { claims: { jti: undefined }, sentence: 'no "jti" claim' },
  claim_malformed: { claims: { sub: 1 }, sentence: '"sub" is 1, not a string' },
  issuer_mismatch: { claims: { iss: ISSUER.slice(0, -1) }, sentence: 'They differ by a slash at the end only' },
  audience_mismatch: { claims: { aud: 'other' }, sentence: `"aud" is "other"; expected ${ACCOUNT}` },
  tenant_mismatch: { claims: { tenant: 'idcs-2' }, sentence: '"tenant" is "idcs-2"; expected "idcs-1"' },
  claim_mismatch: {
    claims: { client_id: 'other' },
    sentence: '"client_id" is "other"; "requiredClaims" allows "reports", "bills"',
  },
  token_expired: { claims: { exp: NOW - 60 }, sentence: 'expired 60 s ago' },
  token_not_yet_valid: { claims: { nbf: NOW + 90 }, sentence: '"nbf" lies 90 s in the future' },
  not_an_access_token: { claims: { tok_type: 'IT' }, sentence: '"tok_type" of "IT"' },
  key_unknown: { header: { kid: 'k2' }, sentence: '(kid "k2", alg "ES256"). Usable keys: "k1" (ES256)' },
  signature_invalid: { signer: stranger, sentence: 'signature does not verify' },
  sender_constrained: { claims: { cnf: { jkt: 'a' } }, sentence: 'senderConstrainedVerifier()' },
};
const REASONS = Object.keys(DEFECTS);
const BEFORE_KEYS = REASONS.slice(0, REASONS.indexOf('key_unknown'));

function tokenWith(...reasons: readonly string[]): string {
  const defects = reasons.map((reason) => DEFECTS[reason] as Defect);
  const header = Object.assign({ alg: 'ES256', typ: 'at+jwt', kid: 'k1' }, ...defects.map((each) => each.header));
  const payload = claims(Object.assign({ aud: ACCOUNT, tenant: 'idcs-1' }, ...defects.map((each) => each.claims)));
  const signer = defects.find((each) => each.signer)?.signer ?? key;
  return forge(header, payload, signer) + (defects.find((each) => each.suffix)?.suffix ?? '');
}

test('returns header, payload, token and compiled scopes of a good token', () => {
  const token = tokenWith();
  expect(verdictOf(verifier, token)).toEqual({
    token,
    header: { alg: 'ES256', typ: 'at+jwt', kid: 'k1' },
    payload: JSON.parse(JSON.stringify(claims({ aud: ACCOUNT, tenant: 'idcs-1' }))),
    scopes: expect.objectContaining({ size: 1 }),
    scopeClaims: ['scope', 'scp'],
  });
});

describe('rejection reasons', () => {
  test('the refusal table and the tests cover the same rejection reasons', () => {
    const ofRequests = ['no_credentials', 'scheme_not_supported', 'credentials_malformed', 'credentials_repeated'];
    const ofOthers = ['dpop_proof_invalid', 'certificate_mismatch', 'token_inactive', 'token_rejected'];
    const later = ['insufficient_scope', 'insufficient_user_authentication', 'verifier_unavailable'];
    const ofLiveGrants = ['application_revoked', 'application_unknown', 'grants_unavailable'];
    expect([...REASONS, ...ofRequests, ...ofOthers, ...later, ...ofLiveGrants].sort()).toEqual(
      Object.keys(REFUSALS).sort(),
    );
  });

  test.each(REASONS)('rejects with a detail that explains why and never contains the token: %s', (reason) => {
    const token = tokenWith(reason);
    const verdict = verdictOf(verifier, token) as Rejection;
    expect(verdict.reason).toBe(reason);
    expect(detailOf(verdict)).toContain(DEFECTS[reason]?.sentence);
    for (const secret of [token, ...token.split('.')]) {
      expect(detailOf(verdict)).not.toContain(secret);
      expect(JSON.stringify(verdict)).not.toContain(secret);
    }
  });

  test.each(REASONS.slice(1, -1))('the rejection contains the unverified claims: %s', (reason) => {
    expect((verdictOf(verifier, tokenWith(reason)) as Rejection).unverified).toMatchObject({
      iss: expect.stringMatching(/^https:..issuer.example/),
    });
  });
});

describe('the order of verification', () => {
  test.each(REASONS.slice(0, -1).map((reason, i) => [reason, REASONS.slice(i + 1)] as const))(
    'checks for %s before all later reasons',
    (reason, following) => {
      for (const other of following) expect(reasonOf(verdictOf(verifier, tokenWith(reason, other)))).toBe(reason);
      expect(reasonOf(verdictOf(verifier, tokenWith(reason, ...following)))).toBe(reason);
    },
  );

  test.each(BEFORE_KEYS)('rejects with %s synchronously and without a fetch', (reason) => {
    const endpoint = keyEndpoint(key);
    const remote = jwtVerifier({ ...policy, jwksUri: 'https://issuer.example/jwks', fetch: endpoint.fetch });
    expect(reasonOf(verdictOf(remote, tokenWith(reason)))).toBe(reason);
    expect(endpoint.asked).toEqual([]);
  });

  test.each([...REASONS.slice(BEFORE_KEYS.length), 'accepted'])('fetches keys once to report %s', async (reason) => {
    const endpoint = keyEndpoint(key);
    const remote = jwtVerifier({ ...policy, jwksUri: 'https://issuer.example/jwks', fetch: endpoint.fetch });
    const token = reason === 'accepted' ? tokenWith() : tokenWith(reason);
    expect(reasonOf(await remote.verify({ scheme: 'bearer', token }))).toBe(reason);
    expect(endpoint.asked).toEqual(['https://issuer.example/jwks']);
  });
});

test('keys fetched at the same instant are current enough to reject a token', async () => {
  const endpoint = keyEndpoint(key);
  const remote = jwtVerifier({ ...policy, jwksUri: 'https://issuer.example/jwks', fetch: endpoint.fetch });
  await remote.ready();
  expect(reasonOf(verdictOf(remote, tokenWith('key_unknown')))).toBe('key_unknown');
  expect(reasonOf(verdictOf(remote, tokenWith('signature_invalid')))).toBe('signature_invalid');
  expect(endpoint.asked).toHaveLength(1);
});

describe('9068-5: tokens that expire during a fetch', () => {
  const later = signingKey('ES256', 'k2');
  const good = { aud: ACCOUNT, tenant: 'idcs-1' };

  /** A verifier whose clock goes on by `seconds` with each fetch. */
  function slow(seconds: number, published: readonly (typeof key)[]) {
    let now = NOW;
    const queue = published.map((each) => keyEndpoint(each));
    const fetch = async (url: string) => {
      now += seconds;
      return await (queue.shift() as (typeof queue)[0]).fetch(url);
    };
    const clock = { now: () => now * 1000, monotonic: () => now * 1000 };
    return jwtVerifier({ ...policy, jwksUri: 'https://issuer.example/jwks', fetch, clock });
  }
  const token = (by: typeof key, exp: number) =>
    forge({ alg: 'ES256', typ: 'at+jwt', kid: by.kid }, claims({ ...good, exp }), by);

  test.each([
    [4, 'accepted'],
    [5, 'accepted'],
    [6, 'token_expired'],
    [60, 'token_expired'],
  ])('a token that expires in 6 s with tolerance gets, after %i s: %s', async (seconds, reason) => {
    const verdict = await slow(seconds, [key]).verify({ scheme: 'bearer', token: token(key, NOW + 1) });
    expect(reasonOf(verdict)).toBe(reason);
  });

  test('checks the expiry again after a second fetch for a new key', async () => {
    const verifying = slow(20, [key, later]);
    await verifying.ready?.();
    expect(reasonOf(verdictOf(verifying, token(key, NOW + 60)))).toBe('accepted');
    const [expires, lasts] = await Promise.all([
      verifying.verify({ scheme: 'bearer', token: token(later, NOW + 30) }),
      verifying.verify({ scheme: 'bearer', token: token(later, NOW + 60) }),
    ]);
    expect(reasonOf(expires)).toBe('token_expired');
    expect(reasonOf(lasts)).toBe('accepted');
  });
});

describe('hostile values in the detail of a rejection', () => {
  const detail = (over: Readonly<Record<string, unknown>> | string) => {
    const payload = typeof over === 'string' ? over : claims(over);
    const verdict = verdictOf(verifier, forge({ alg: 'ES256', typ: 'at+jwt', kid: 'k1' }, payload, key));
    if (!isRejection(verdict)) throw new Error('accepted');
    return detailOf(verdict);
  };

  test('the detail escapes control characters, line separators and bidirectional marks', () => {
    const hidden = '\n\r\u001b[31m\u0000\u007f\u009b31m\u2028\u2029\u202e\u2066\u200b\ufeff\u{e0041}';
    expect(detail({ iss: `https://evil.example/${hidden}` })).toMatch(/^[\x20-\x7e]+$/);
    expect(detail({ iss: `https://evil.example/${hidden}` })).toContain('\\u{9b}31m\\u{2028}');
  });

  test('the detail cuts long values', () => {
    expect(detail({ iss: 'x'.repeat(90_000) }).length).toBeLessThan(300);
    expect(detail({ iss: 'x'.repeat(90_000) })).toContain('(90002 characters)');
  });

  test('the detail handles values that are nested too deep to print', () => {
    const deep = JSON.parse(`${'['.repeat(40_000)}${']'.repeat(40_000)}`); // as an introspection endpoint may respond
    expect(quoteForLog(deep)).toContain('nested too deep to show');
  });
});
