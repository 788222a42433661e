import { scopeSet } from '../scope/scope-set.js';
import type { AccessToken, JwtHeader } from './access-token.js';
import { hasSignature } from './algorithms.js';
import { type ClaimsPolicy, checkClaims } from './claims.js';
import type { Clock } from './clock.js';
import { checkHeader, type HeaderPolicy } from './header.js';
import { parseJwt, type UnverifiedJwt } from './jwt.js';
import { type JwtVerifierOptions, parseOptions } from './jwt-verifier-options.js';
import type { VerificationKey } from './keys/jwk.js';
import { certificateMatch, type KeyRing } from './keys/key-ring.js';
import type { KeySet } from './keys/key-set.js';
import { shown } from './shown.js';
import { type Rejection, type TokenVerifier, type Verdict, VerifierOutage } from './verifier.js';
import { WaitingRoom } from './waiting-room.js';

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
    warning: () => verification.warning(),
  };
}

/** A verifier that has keys to load. */
export interface JwtVerifier extends TokenVerifier {
  /** Loads the keys, so that the first request need not wait. Rejects with a `VerifierOutage` where that fails. */
  ready(): Promise<void>;
  /** Says so while known keys are used because their endpoint is down. */
  warning(): string | undefined;
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
        unverified: accessToken.payload,
        detail: () =>
          'The token is bound to a key or certificate ("cnf"); verify such tokens with senderConstrained().',
      };

/** The verification that {@link jwtVerifier} describes, without its last step. */
export class JwtVerification {
  readonly #headerPolicy: HeaderPolicy;
  readonly #claimsPolicy: ClaimsPolicy;
  readonly #clock: Clock;
  readonly #keys: KeySet;
  readonly #waitingRoom = new WaitingRoom();

  constructor(creator: string, options: JwtVerifierOptions) {
    const { headerPolicy, claimsPolicy, clock, keys } = parseOptions(creator, options);
    this.#headerPolicy = headerPolicy;
    this.#claimsPolicy = claimsPolicy;
    this.#clock = clock;
    this.#keys = keys;
  }

  verify(token: string, accept: Acceptance): Verdict | Promise<Verdict> {
    const jwt = this.#parse(token);
    if ('rejected' in jwt) return jwt;
    const ring = this.#keys.current();
    if (ring === undefined) return this.#waitForKeys(token, accept, undefined);
    const { verdict, isDoubtful } = judge(jwt, ring, accept);
    return isDoubtful && this.#keys.asOf < this.#clock.monotonic() ? this.#waitForKeys(token, accept, ring) : verdict;
  }

  async ready(): Promise<void> {
    await this.#keys.load();
  }

  /** All that is verified before the signature. */
  #parse(token: string): UnverifiedJwt | Rejection {
    const jwt = parseJwt(token);
    if ('rejected' in jwt) return jwt;
    const now = this.#clock.now() / 1000;
    const problem = checkHeader(jwt.header, this.#headerPolicy) ?? checkClaims(jwt.payload, this.#claimsPolicy, now);
    return problem === undefined ? jwt : { ...problem, unverified: jwt.payload };
  }

  warning(): string | undefined {
    return this.#keys.warning();
  }

  /**
   * Verifies the token anew with each newer set of keys, until the keys are no older than the question. Only the token
   * itself is kept while it waits: what it parses to may be many times as large, and nobody has vouched for it.
   *
   * @param tried the keys that leave a doubt; `undefined` where there are none
   * @throws {VerifierOutage} where the doubt stays: the token's key could not be asked for, or not in time
   */
  async #waitForKeys(token: string, accept: Acceptance, tried: KeyRing | undefined): Promise<Verdict> {
    const leave = this.#waitingRoom.enter(token);
    try {
      const since = this.#clock.monotonic();
      let ring = tried === undefined ? await this.#keys.load() : await this.#keys.refresh();
      for (;;) {
        const jwt = this.#parse(token);
        if ('rejected' in jwt) return jwt;
        const { verdict, isDoubtful } = judge(jwt, ring, accept);
        if (!isDoubtful || this.#keys.asOf >= since) return verdict;
        if (this.#clock.monotonic() - since > PATIENCE) throw new VerifierOutage("The issuer's keys come too slowly.");
        ring = await this.#keys.refresh();
      }
    } finally {
      leave();
    }
  }
}

function misfit(header: JwtHeader, hasCandidates: boolean, isUnknown: boolean, ring: KeyRing): string {
  const { kid, alg, x5t, 'x5t#S256': x5tS256 } = header;
  if (!isUnknown) return `The signature does not verify with the key that the token names (kid ${shown(kid)}).`;
  if (hasCandidates) {
    return `The issuer's key with the kid ${shown(kid)} has another certificate than the token names (${shown(x5tS256 ?? x5t)}): another issuer signed it, or a key that is no longer published.`;
  }
  return `No key of the issuer's fits the token's header (kid ${shown(kid)}, alg ${shown(alg)}). ${ring.describe()}`;
}

interface Judgement {
  readonly verdict: Verdict;
  /** Whether newer keys could judge otherwise. */
  readonly isDoubtful: boolean;
}

function judge(jwt: UnverifiedJwt, ring: KeyRing, accept: Acceptance): Judgement {
  const { header, payload, token } = jwt;
  const candidates = ring.candidates(header);
  for (const key of candidates) {
    if (!hasSignature(jwt.signingInput, jwt.signature, key.input, key.algorithm)) continue;
    const verdict = accept({ payload, header, token, scopes: scopeSet(payload.scope) }, key);
    return { verdict, isDoubtful: false };
  }
  const matches = candidates.map((key) => certificateMatch(header, key));
  const isUnknown = matches.every((match) => match === 'other');
  const verdict: Rejection = {
    rejected: isUnknown ? 'key_unknown' : 'signature_invalid',
    detail: () => misfit(header, candidates.length > 0, isUnknown, ring),
    unverified: payload,
  };
  // Issuers may rotate keys under one kid. Where the certificate is the named one, it is that very key that says no.
  return { verdict, isDoubtful: !matches.includes('same') };
}
