import type { Clock } from '../../clock.js';
import { toRequestedScope } from '../../scope/requested-scope.js';
import type { AccessToken, JwtHeader } from '../access-token.js';
import { deepFreeze } from '../cache/deep-freeze.js';
import { ScopeSetCache } from '../cache/scope-set-cache.js';
import { TokenCache, type VerifiedJwt } from '../cache/token-cache.js';
import type { Credentials } from '../credentials.js';
import type { VerificationKey } from '../keys/jwk.js';
import { type Candidates, type JwkSet, matchCertificate } from '../keys/jwk-set.js';
import type { JwksSource } from '../keys/jwks-source.js';
import { KeyWaiters } from '../keys/key-waiters.js';
import { quoteForLog } from '../printable.js';
import { type Rejection, type TokenVerifier, type Verdict, VerifierUnavailableError } from '../verifier.js';
import { verifySignature } from './algorithms.js';
import { type ClaimsPolicy, checkClaims } from './claims.js';
import { parseJwt, type UnverifiedJwt } from './decode.js';
import { checkHeader, type HeaderPolicy } from './header.js';
import { type JwtVerifierOptions, parseOptions } from './jwt-verifier-options.js';
import { getScopeClaim } from './scope-claim.js';
import { checkTimes } from './times.js';
import { checkTokenKind, type TokenKindPolicy } from './token-kind.js';

/**
 * Verifies JWT access tokens signed by one issuer.
 *
 * Verified, in this order: form (RFC 7515 §7.1, canonical base64url, no repeated member); header (`alg` in the
 * allow-list, `typ`, nothing critical or unknown that changes the meaning); `iss`, `aud` with its tenant, `exp`, `nbf`,
 * `iat`, types of the registered claims, no mark of another kind of token; the signature, with a key of the issuer's
 * that fits `kid` and `alg`; `exp` and `nbf` once more where keys had to be waited for. RFC 8725, RFC 9068 §4.
 *
 * Not verified: whether the token was revoked; `sub`, `jti` and other claims; scopes, which the gate decides. A
 * sender-constrained token (`cnf`, RFC 9449 §6, RFC 8705 §3) is refused, since its proof is not looked at here:
 * `senderConstrainedVerifier()` does.
 *
 * That a signature was good is remembered (option `cache`): then its form, header, issuer and audience are not looked at
 * again, `exp`, `nbf` and `iat` are, and whether its key is one of the issuer's still. Payload and header of what is
 * accepted are frozen, so that no request can write into what another one reads.
 *
 * @returns a verifier that is synchronous while its keys are fresh; `ready()` fetches them beforehand. It throws a
 *   `VerifierUnavailableError` when a key that it needs is unavailable
 * @throws {TypeError} for wrong, unknown or missing options
 */
export function jwtVerifier(options: JwtVerifierOptions): JwtVerifier {
  return new JwtVerification('jwtVerifier()', options).verifier(bearerOnly);
}

/** A verifier that has keys to load. */
export interface JwtVerifier extends TokenVerifier {
  /** Loads the keys, so that the first request need not wait. Rejects with a `VerifierUnavailableError` where that fails. */
  ready(): Promise<void>;
  /** Says so while known keys are used because their endpoint is down. */
  warning(): string | undefined;
}

/** Milliseconds after which a request that waited for one fetch does not wait for another, its turn included: 8 s in all. */
const MAX_KEY_WAIT_MS = 500;

/** What becomes of a token whose signature was good; `key` is the one that verified it. */
export type AfterVerify = (
  accessToken: AccessToken,
  key: VerificationKey,
  credentials: Credentials,
  request: object | undefined,
) => Verdict | Promise<Verdict>;

const bearerOnly: AfterVerify = (accessToken) =>
  accessToken.payload.cnf === undefined
    ? accessToken
    : {
        rejected: 'sender_constrained',
        unverified: accessToken.payload,
        detail: () =>
          'The token is bound to a key or certificate ("cnf"); verify such tokens with senderConstrainedVerifier().',
      };

/** The verification that {@link jwtVerifier} describes, without its last step. */
export class JwtVerification {
  readonly #headerPolicy: HeaderPolicy;
  readonly #claimsPolicy: ClaimsPolicy;
  readonly #kindPolicy: TokenKindPolicy;
  readonly #clock: Clock;
  readonly #keys: JwksSource;
  readonly #cache: TokenCache | undefined;
  readonly #scopePrefix: string;
  readonly #scopeClaims = new ScopeSetCache();
  readonly #waiters = new KeyWaiters();

  constructor(creator: string, options: JwtVerifierOptions) {
    const { headerPolicy, claimsPolicy, kindPolicy, clock, keys, cacheBounds, scopePrefix } = parseOptions(
      creator,
      options,
    );
    this.#scopePrefix = scopePrefix;
    this.#headerPolicy = headerPolicy;
    this.#claimsPolicy = claimsPolicy;
    this.#kindPolicy = kindPolicy;
    this.#clock = clock;
    this.#keys = keys;
    this.#cache = cacheBounds && new TokenCache(cacheBounds);
  }

  /** The verifier that does all of it, and `accept` at the end. */
  verifier(accept: AfterVerify): JwtVerifier {
    const verify: TokenVerifier['verify'] = (credentials, request) => this.#verify(credentials, request, accept);
    const ready = async () => {
      await this.#keys.load();
    };
    return {
      verify,
      ready,
      warning: () => this.#keys.warning(),
      toRequestedScope: (scope) => toRequestedScope(scope, this.#scopePrefix),
    };
  }

  #verify(credentials: Credentials, request: object | undefined, accept: AfterVerify): Verdict | Promise<Verdict> {
    const known = this.#fromCache(credentials.token);
    if (known === undefined) return this.#verifyUncached(credentials, request, accept);
    return 'rejected' in known ? known : accept(toAccessToken(known, credentials), known.key, credentials, request);
  }

  /** What is remembered of a token, where that is still worth something. */
  #fromCache(token: string): VerifiedJwt | Rejection | undefined {
    const known = this.#cache?.get(token);
    if (known === undefined) return undefined;
    const { payload, key } = known;
    const problem = checkTimes(payload, this.#claimsPolicy.times, this.#clock.now() / 1000);
    if (problem !== undefined) {
      if (problem.rejected === 'token_expired') this.#cache?.delete(token);
      return { ...problem, unverified: payload };
    }
    const jwks = this.#keys.current();
    if (jwks?.holds(key)) return known;
    if (jwks !== undefined) this.#cache?.delete(token);
    return undefined;
  }

  #verifyUncached(
    credentials: Credentials,
    request: object | undefined,
    accept: AfterVerify,
  ): Verdict | Promise<Verdict> {
    const jwt = this.#parse(credentials.token);
    if ('rejected' in jwt) return jwt;
    const jwks = this.#keys.current();
    if (jwks === undefined) return this.#waitForKeys(credentials, request, accept, undefined);
    const judgement = matchKey(jwt, jwks);
    if ('key' in judgement) return this.#accepted(jwt, judgement.key, credentials, request, accept);
    return judgement.mayResolveWithNewerKeys && this.#keys.fetchedAt < this.#clock.monotonic()
      ? this.#waitForKeys(credentials, request, accept, jwks)
      : judgement.rejection;
  }

  #accepted(
    jwt: UnverifiedJwt,
    key: VerificationKey,
    credentials: Credentials,
    request: object | undefined,
    accept: AfterVerify,
  ) {
    const { header, payload } = jwt;
    deepFreeze(header);
    deepFreeze(payload);
    const verified: VerifiedJwt = { header, payload, scopes: this.#scopeClaims.compile(getScopeClaim(payload)), key };
    if (payload.cnf === undefined) this.#cache?.record(credentials.token, verified);
    return accept(toAccessToken(verified, credentials), key, credentials, request);
  }

  /** All that is verified before the signature. */
  #parse(token: string): UnverifiedJwt | Rejection {
    const jwt = parseJwt(token);
    if ('rejected' in jwt) return jwt;
    const now = this.#clock.now() / 1000;
    const { header, payload } = jwt;
    const rejection =
      checkHeader(header, this.#headerPolicy) ??
      checkClaims(payload, this.#claimsPolicy, now) ??
      checkTokenKind(header, payload, this.#kindPolicy);
    return rejection === undefined ? jwt : { ...rejection, unverified: payload };
  }

  /**
   * Verifies the token again with each newer set of keys, until the keys are no older than the request. Only the token
   * itself is kept while it waits: its parsed form may be many times as large, and is not verified yet.
   *
   * @param tried the keys that leave a doubt; `undefined` where there are none
   * @throws {VerifierUnavailableError} where the doubt stays: the token's key could not be asked for, or not in time
   */
  async #waitForKeys(
    credentials: Credentials,
    request: object | undefined,
    accept: AfterVerify,
    tried: JwkSet | undefined,
  ): Promise<Verdict> {
    const release = this.#waiters.acquire(credentials.token);
    try {
      const since = this.#clock.monotonic();
      let jwks = tried === undefined ? await this.#keys.load() : await this.#keys.refresh();
      for (;;) {
        const jwt = this.#parse(credentials.token);
        if ('rejected' in jwt) return jwt;
        const judgement = matchKey(jwt, jwks);
        if ('key' in judgement) return this.#accepted(jwt, judgement.key, credentials, request, accept);
        if (!judgement.mayResolveWithNewerKeys || this.#keys.fetchedAt >= since) return judgement.rejection;
        if (this.#clock.monotonic() - since > MAX_KEY_WAIT_MS)
          throw new VerifierUnavailableError("Timed out waiting for the issuer's JWKS.");
        jwks = await this.#keys.refresh();
      }
    } finally {
      release();
    }
  }
}

function toAccessToken({ payload, header, scopes }: VerifiedJwt, { token }: Credentials): AccessToken {
  return { payload, header, token, scopes };
}

/** No key of a set verifies a token. */
interface NoMatch {
  readonly rejection: Rejection;
  /** Whether newer keys could lead to another result. */
  readonly mayResolveWithNewerKeys: boolean;
}

/** Finds the key that the token was signed with, or why there is none. */
function matchKey(jwt: UnverifiedJwt, jwks: JwkSet): { readonly key: VerificationKey } | NoMatch {
  const { header, payload, signingInput, signature } = jwt;
  const candidates = jwks.findCandidates(header);
  for (const key of candidates.keys) {
    if (verifySignature(signingInput, signature, key.input, key.algorithm)) return { key };
  }
  const matches = candidates.keys.map((key) => matchCertificate(header, key));
  const isUnknown = matches.every((match) => match === 'other');
  const rejection: Rejection = {
    rejected: isUnknown ? 'key_unknown' : 'signature_invalid',
    detail: () => describeMismatch(header, candidates, isUnknown, jwks),
    unverified: payload,
  };
  // Issuers may rotate keys under one kid. Where the token names the certificate of a key, that key is final. Where more
  // keys fit than are tried, newer keys would not be tried either.
  const isFinal = matches.includes('same') || candidates.left > 0;
  return { rejection, mayResolveWithNewerKeys: !isFinal };
}

function describeMismatch(header: JwtHeader, { keys, left }: Candidates, isUnknown: boolean, jwks: JwkSet): string {
  const { kid, alg, x5t, 'x5t#S256': x5tS256 } = header;
  const certificate = quoteForLog(x5tS256 ?? x5t);
  if (left > 0) {
    const name = kid === undefined ? 'names no key ("kid")' : `names the kid ${quoteForLog(kid)}`;
    return `The token ${name}, which fits ${keys.length + left} keys of the issuer; none of the first ${keys.length} verifies its signature, and no more are tried.`;
  }
  if (isUnknown && keys.length > 0) {
    const which =
      kid === undefined ? 'keys with the algorithm of the token have' : `key with the kid ${quoteForLog(kid)} has`;
    return `The issuer's ${which} another certificate than the token names (${certificate}): another issuer signed it, or a key that is no longer published.`;
  }
  if (isUnknown) {
    return `No key of the issuer's fits the token's header (kid ${quoteForLog(kid)}, alg ${quoteForLog(alg)}). ${jwks.describe()}`;
  }
  if (kid !== undefined) {
    return `The signature does not verify with the key that the token names (kid ${quoteForLog(kid)}).`;
  }
  const tried = keys.length === 1 ? 'the one key' : `any of the ${keys.length} keys`;
  return `The token names no key ("kid"), and its signature does not verify with ${tried} of the issuer for ${quoteForLog(alg)}.`;
}
