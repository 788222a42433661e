import { scopeSet } from '../scope/scope-set.js';
import type { AccessToken } from './access-token.js';
import { hasSignature } from './algorithms.js';
import { type ClaimsPolicy, checkClaims, checkTimes } from './claims.js';
import type { Clock } from './clock.js';
import { checkHeader, type HeaderPolicy } from './header.js';
import type { VerificationKey } from './jwk.js';
import { parseJwt, type UnverifiedJwt } from './jwt.js';
import { type JwtVerifierOptions, parseOptions } from './jwt-verifier-options.js';
import { type KeyRing, namesOtherCertificate } from './key-ring.js';
import { type KeySet, TooManyWaiting } from './key-set.js';
import { isRejection, type Rejection, shown, type TokenVerifier, type Verdict, VerifierOutage } from './verifier.js';

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
 * `senderConstrained()` does.
 *
 * @returns a verifier that answers at once while it knows the keys; `ready()` loads them beforehand. It throws a
 *   `VerifierOutage` when a key that is needed cannot be had
 * @throws {TypeError} for wrong, unknown or missing options
 */
export function jwtVerifier(options: JwtVerifierOptions): JwtVerifier {
  const verification = new JwtVerification('jwtVerifier()', options);
  return {
    verify: ({ token }) => verification.verify(token, bearerOnly),
    ready: () => verification.ready(),
  };
}

/** A verifier that has keys to load. */
export interface JwtVerifier extends TokenVerifier {
  /** Loads the keys, so that the first request need not wait. Rejects with a `VerifierOutage` where that fails. */
  ready(): Promise<void>;
}

/** Milliseconds after which a request that waited for one fetch does not wait for another, its turn included: 8 s in all. */
const PATIENCE = 500;

/** What becomes of a token whose signature was good; `key` is the one that verified it. */
export type Acceptance = (accessToken: AccessToken, key: VerificationKey) => Verdict;

const bearerOnly: Acceptance = (accessToken) =>
  accessToken.payload.cnf === undefined
    ? accessToken
    : {
        rejected: 'sender_constrained',
        detail: () =>
          'The token is bound to a key or certificate ("cnf"); verify such tokens with senderConstrained().',
      };

/** The verification that {@link jwtVerifier} describes, without its last step. */
export class JwtVerification {
  readonly #headerPolicy: HeaderPolicy;
  readonly #claimsPolicy: ClaimsPolicy;
  readonly #clock: Clock;
  readonly #keys: KeySet;

  constructor(creator: string, options: JwtVerifierOptions) {
    const { headerPolicy, claimsPolicy, clock, keys } = parseOptions(creator, options);
    this.#headerPolicy = headerPolicy;
    this.#claimsPolicy = claimsPolicy;
    this.#clock = clock;
    this.#keys = keys;
  }

  verify(token: string, accept: Acceptance): Verdict | Promise<Verdict> {
    const jwt = parseJwt(token);
    if ('rejected' in jwt) return jwt;
    const problem =
      checkHeader(jwt.header, this.#headerPolicy) ?? checkClaims(jwt.payload, this.#claimsPolicy, this.#now());
    if (problem !== undefined) return { ...problem, unverified: jwt.payload };
    const ring = this.#keys.current();
    if (ring === undefined) return this.#verifyWithFetchedKeys(jwt, accept);
    const verdict = judge(jwt, ring, accept);
    return isRejection(verdict) && mayBeRotation(verdict) ? this.#verifyWithNewerKeys(jwt, accept, verdict) : verdict;
  }

  async ready(): Promise<void> {
    await this.#keys.load();
  }

  async #verifyWithFetchedKeys(jwt: UnverifiedJwt, accept: Acceptance): Promise<Verdict> {
    const since = this.#clock.monotonic();
    const verdict = judge(jwt, await this.#keys.load(), accept);
    return this.#stillCurrent(jwt, await this.#settle(jwt, accept, verdict, since));
  }

  #verifyWithNewerKeys(jwt: UnverifiedJwt, accept: Acceptance, verdict: Rejection): Verdict | Promise<Verdict> {
    const since = this.#clock.monotonic();
    if (this.#keys.asOf >= since) return verdict;
    return this.#settle(jwt, accept, verdict, since).then((settled) => this.#stillCurrent(jwt, settled));
  }

  /**
   * Judges again with newer keys, until the keys are no older than the question.
   *
   * @throws {VerifierOutage} where that leaves a doubt: the token's key is not known, or it was not asked for in time
   */
  async #settle(jwt: UnverifiedJwt, accept: Acceptance, first: Verdict, since: number): Promise<Verdict> {
    let verdict = first;
    while (isRejection(verdict) && mayBeRotation(verdict) && this.#keys.asOf < since) {
      const { rejected } = verdict;
      if (this.#clock.monotonic() - since > PATIENCE) throw new VerifierOutage("The issuer's keys come too slowly.");
      try {
        verdict = judge(jwt, await this.#keys.refresh(), accept);
      } catch (outage) {
        // Where the endpoint is down, the key that the token names is known and says no.
        if (rejected === 'signature_invalid' && !(outage instanceof TooManyWaiting)) return verdict;
        throw outage;
      }
    }
    return verdict;
  }

  #stillCurrent(jwt: UnverifiedJwt, verdict: Verdict): Verdict {
    return isRejection(verdict)
      ? verdict
      : (checkTimes(jwt.payload, this.#claimsPolicy.clockTolerance, this.#now()) ?? verdict);
  }

  #now(): number {
    return this.#clock.now() / 1000;
  }
}

function judge(jwt: UnverifiedJwt, ring: KeyRing, accept: Acceptance): Verdict {
  const { header, payload, token } = jwt;
  const candidates = ring.candidates(header);
  for (const key of candidates) {
    if (!hasSignature(jwt.signingInput, jwt.signature, key.input, key.algorithm)) continue;
    return accept({ payload, header, token, scopes: scopeSet(payload.scope) }, key);
  }
  const unknown = candidates.every((key) => namesOtherCertificate(header, key));
  return {
    rejected: unknown ? 'key_unknown' : 'signature_invalid',
    detail: () =>
      unknown
        ? `No key of the issuer's fits the token's header (kid ${shown(header.kid)}, alg ${shown(header.alg)}). ${ring.describe()}`
        : `The signature does not verify with the key that the token names (kid ${shown(header.kid)}).`,
    unverified: payload,
  };
}

/** Whether the refusal could be owed to keys that changed since they were fetched. */
function mayBeRotation({ rejected }: Rejection): boolean {
  return rejected === 'key_unknown' || rejected === 'signature_invalid';
}
