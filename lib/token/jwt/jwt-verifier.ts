import type { Clock } from '../../clock.js';
import { toRequestedScope } from '../../scope/requested-scope.js';
import type { AccessToken } from '../access-token.js';
import { type CachedVerification, setCachedVerification } from '../cache/cached-verification.js';
import { deepFreeze } from '../cache/deep-freeze.js';
import { ScopeSetCache } from '../cache/scope-set-cache.js';
import { TokenCache, type VerifiedJwt } from '../cache/token-cache.js';
import type { Credentials } from '../credentials.js';
import type { VerificationKey } from '../keys/jwk.js';
import type { JwkSet } from '../keys/jwk-set.js';
import type { JwksSource } from '../keys/jwks-source.js';
import { KeyWaiters } from '../keys/key-waiters.js';
import { toOrigins } from '../multi-issuer/origin.js';
import {
  isRejection,
  type Rejection,
  type TokenVerifier,
  type Verdict,
  VerifierUnavailableError,
} from '../verifier.js';
import { checkClaims } from './claims.js';
import { parseJwt, type UnverifiedJwt } from './decode.js';
import { checkHeader } from './header.js';
import { type JwtPolicy, type JwtVerifierOptions, parseOptions, type Verification } from './jwt-verifier-options.js';
import { matchKey } from './match-key.js';
import type { ScopeReader } from './scopes-from.js';
import { checkTimes } from './times.js';
import { checkTokenKind } from './token-kind.js';

/**
 * Verifies JWT access tokens signed by one issuer.
 *
 * Verified, in this order: structure (RFC 7515 §7.1, canonical base64url, no repeated member); header (`alg` in the
 * allow-list, `typ`, no member that changes the meaning); types of the registered claims, `iss`, `aud` with its tenant,
 * `exp`, `nbf`, `iat`, the kind of token; the signature, with a key of the issuer that fits `kid` and `alg`; `exp`, `nbf`
 * and `iat` again where the request waited for keys. RFC 8725, RFC 9068 §4.
 *
 * Kind of token (RFC 8725 §3.12): a token is refused that says it is an ID, refresh or logout token or a proof (`typ` of the
 * header, `tok_type`, `token_use`, the `typ` claim, `events`). A token that says it is an access token (`typ` `at+jwt`,
 * `tok_type` `AT`, `token_use` `access`, `typ` claim `Bearer` or `DPoP`, a scope that OpenID Connect does not define) is
 * accepted, whatever other claims it has. A token that says neither is refused where it has `nonce`, `at_hash`, `c_hash` or
 * `s_hash`, unless `ignoreIdTokenClaims` is set. An ID token without these claims, for the same audience, cannot be told
 * apart: require a scope, or `typ: 'at+jwt'`.
 *
 * Scopes are read from `scope` or, where that is absent or `null`, from `scp`; each can be a string or a list of strings.
 * `scopesFrom` names other claims, or is a function of the verified payload. A function that throws, or returns anything
 * else, is an error of the application: status 500.
 *
 * With `issuerBaseURL`, the address of the keys comes from the metadata document of the issuer (OpenID Connect Discovery
 * 1.0 §4, RFC 8414 §3), whose `issuer` must be the one that was asked for. Until the document was read, a token of
 * another issuer is refused without a fetch. The algorithms of access tokens are never taken from that document.
 *
 * A token without `kid` is tried with the issuer's keys for its algorithm, and a token with `kid` with the keys of that
 * name: at most 16 keys in either case, those of its `x5t#S256` or `x5t` first. Where more keys fit, the others are not
 * tried.
 *
 * Not verified: whether the token was revoked; `sub`, `jti` and other claims; scopes, which the gate decides. A
 * sender-constrained token (`cnf`, RFC 9449 §6, RFC 8705 §3) is refused, since its proof is not checked here:
 * `senderConstrainedVerifier()` does that.
 *
 * A token whose signature was verified is cached (option `cache`). Its structure, header, issuer, audience and kind are then
 * not checked again; its times are, and whether the issuer still publishes its key. Payload and header of an accepted token
 * are frozen, so that no request can change what another one reads.
 *
 * ```ts
 * const verifier = jwtVerifier({
 *   issuer: 'https://issuer.example/',
 *   audience: 'https://api.example',
 *   jwksUri: 'https://issuer.example/.well-known/jwks.json',
 * });
 * ```
 *
 * @returns a verifier that is synchronous while its keys are fresh; `ready()` fetches them in advance. It throws a
 *   {@link VerifierUnavailableError} where a key that it needs is unavailable
 * @throws {TypeError} for wrong, unknown or missing options
 */
export function jwtVerifier(options: JwtVerifierOptions): JwtVerifier {
  return createJwtVerifier('jwtVerifier()', options, bearerOnly);
}

/** A verifier that has keys to load. */
export interface JwtVerifier extends TokenVerifier {
  /**
   * Loads the keys, so that the first request does not wait for them. Resolves once the verifier can verify tokens: at once
   * where its keys are fresh, or still good while their endpoint is down.
   *
   * Rejects with a {@link VerifierUnavailableError} where there are no keys; its message is one line, and `retryAfter` says
   * when a retry can succeed. An application need not end then: the gate responds with 503 and fetches the keys with later
   * requests. So catch the rejection at start-up, and let a readiness probe report it:
   *
   * ```ts
   * await verifier.ready().catch((error: Error) => console.warn(`Starting without keys. ${error.message}`));
   *
   * app.get('/ready', async (_req, res) => {
   *   const isReady = await verifier.ready().then(() => true, () => false);
   *   res.sendStatus(isReady ? 204 : 503);
   * });
   * ```
   */
  ready(): Promise<void>;
  /** A sentence for operators while known keys are used because their endpoint is down; otherwise `undefined`. */
  warning(): string | undefined;
}

/** Milliseconds after which a request that waited for one fetch does not wait for another. It waits for 8 s at most. */
const MAX_KEY_WAIT_MS = 500;

/** Decides about a token whose signature was verified by `key`. */
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
        ok: false,
        reason: 'sender_constrained',
        unverified: accessToken.payload,
        detail: () =>
          'The token is bound to a key or certificate ("cnf"); verify such tokens with senderConstrainedVerifier().',
      };

/** Creates the verifier that {@link jwtVerifier} describes, with `accept` as its last step. */
export function createJwtVerifier(creator: string, options: JwtVerifierOptions, accept: AfterVerify): JwtVerifier {
  const parsed = parseOptions(creator, options);
  const { keys, policy, scopePrefix } = parsed;
  const verification = new JwtVerification(parsed, accept);
  const verifyCached: CachedVerification = (credentials, request) => verification.verifyCached(credentials, request);
  const verifier: JwtVerifier = {
    verify: (credentials, request) => verification.verify(credentials, request),
    ready: async () => {
      await keys.load();
    },
    warning: () => keys.warning(),
    keysAgeMs: () => keys.ageMs(),
    origins: toOrigins(policy.issuers ?? [], policy.audiences ?? []),
    clockTolerance: policy.times.clockTolerance,
    toRequestedScope: (scope) => toRequestedScope(scope, scopePrefix),
  };
  setCachedVerification(verifier, verifyCached);
  return verifier;
}

class JwtVerification {
  readonly #policy: JwtPolicy;
  readonly #clock: Clock;
  readonly #keys: JwksSource;
  readonly #scopes: ScopeReader;
  readonly #cache: TokenCache | undefined;
  readonly #scopeSets = new ScopeSetCache();
  readonly #waiters = new KeyWaiters();
  readonly #afterVerify: AfterVerify;

  constructor({ policy, clock, keys, scopes, cacheBounds }: Verification, afterVerify: AfterVerify) {
    this.#policy = policy;
    this.#clock = clock;
    this.#keys = keys;
    this.#scopes = scopes;
    this.#cache = cacheBounds && new TokenCache(cacheBounds);
    this.#afterVerify = afterVerify;
  }

  verify(credentials: Credentials, request: object | undefined): Verdict | Promise<Verdict> {
    return this.verifyCached(credentials, request) ?? this.#verifyUncached(credentials, request);
  }

  verifyCached(credentials: Credentials, request: object | undefined): Verdict | Promise<Verdict> | undefined {
    const known = this.#fromCache(credentials.token);
    return !known || isRejection(known) ? known : this.#finish(known, credentials, request);
  }

  /** Gets a cached token, if its times and its key are still good. */
  #fromCache(token: string): VerifiedJwt | Rejection | undefined {
    const known = this.#cache?.get(token);
    if (!known) return undefined;
    const { payload, key } = known;
    const problem = checkTimes(payload, this.#policy.times, this.#clock.now() / 1000);
    if (problem) {
      if (problem.reason === 'token_expired') this.#cache?.delete(token);
      return { ...problem, unverified: payload };
    }
    const jwks = this.#keys.current();
    if (jwks?.holds(key)) return known;
    if (jwks) this.#cache?.delete(token);
    return undefined;
  }

  #verifyUncached(credentials: Credentials, request: object | undefined): Verdict | Promise<Verdict> {
    const jwt = this.#parse(credentials.token);
    if (isRejection(jwt)) return jwt;
    const jwks = this.#keys.current();
    if (!jwks) return this.#waitForKeys(credentials, request, jwks);
    const match = matchKey(jwt, jwks);
    if (match.ok) return this.#accept(jwt, match.key, credentials, request);
    return match.mayResolveWithNewerKeys && this.#keys.fetchedAt < this.#clock.monotonic()
      ? this.#waitForKeys(credentials, request, jwks)
      : match.rejection;
  }

  /** Caches what the key has verified. */
  #accept(
    { header, payload }: UnverifiedJwt,
    key: VerificationKey,
    credentials: Credentials,
    request: object | undefined,
  ): Verdict | Promise<Verdict> {
    deepFreeze(header);
    deepFreeze(payload);
    const verified: VerifiedJwt = { header, payload, scopes: this.#scopeSets.compile(this.#scopes.read(payload)), key };
    if (payload.cnf === undefined) this.#cache?.record(credentials.token, verified);
    return this.#finish(verified, credentials, request);
  }

  #finish(
    { payload, header, scopes, key }: VerifiedJwt,
    credentials: Credentials,
    request: object | undefined,
  ): Verdict | Promise<Verdict> {
    const accessToken = { payload, header, token: credentials.token, scopes, scopeClaims: this.#scopes.claims };
    return this.#afterVerify(accessToken, key, credentials, request);
  }

  /** Verifies everything that comes before the signature. */
  #parse(token: string): UnverifiedJwt | Rejection {
    const jwt = parseJwt(token);
    if (isRejection(jwt)) return jwt;
    const now = this.#clock.now() / 1000;
    const { header, payload } = jwt;
    const policy = this.#policy;
    const rejection =
      checkHeader(header, policy) ?? checkClaims(payload, policy, now) ?? checkTokenKind(header, payload, policy);
    return rejection ? { ...rejection, unverified: payload } : jwt;
  }

  /**
   * Verifies the token again with each newer set of keys, until the keys are no older than the request. Only the token
   * itself is kept while it waits: its parsed form can be many times as large and is not verified yet.
   *
   * @param tried the keys that did not verify the token; `undefined` where there were none
   * @throws {VerifierUnavailableError} where newer keys could not be fetched, or not in time
   */
  async #waitForKeys(
    credentials: Credentials,
    request: object | undefined,
    tried: JwkSet | undefined,
  ): Promise<Verdict> {
    const release = this.#waiters.acquire(credentials.token);
    try {
      const since = this.#clock.monotonic();
      let jwks = tried ? await this.#keys.refresh() : await this.#keys.load();
      for (;;) {
        const jwt = this.#parse(credentials.token);
        if (isRejection(jwt)) return jwt;
        const match = matchKey(jwt, jwks);
        if (match.ok) return this.#accept(jwt, match.key, credentials, request);
        if (!match.mayResolveWithNewerKeys || this.#keys.fetchedAt >= since) return match.rejection;
        if (this.#clock.monotonic() - since > MAX_KEY_WAIT_MS)
          throw new VerifierUnavailableError("Timed out waiting for the issuer's JWKS.");
        jwks = await this.#keys.refresh();
      }
    } finally {
      release();
    }
  }
}
