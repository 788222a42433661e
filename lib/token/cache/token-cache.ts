import { hash } from 'node:crypto';
import { GenerationalCache } from '../../lru.js';
import type { ScopeSet } from '../../scope/scope-set.js';
import type { JwtHeader, JwtPayload } from '../access-token.js';
import type { VerificationKey } from '../keys/jwk.js';
import { AdmissionFilter } from './admission-filter.js';

/** The bounds of a cache. */
export interface TokenCacheBounds {
  readonly maxTokens: number;
}

/** The longest token that is cached, in characters. With the number of tokens, it bounds the memory of a cache. */
export const MAX_CACHED_LENGTH = 8192;

/** The content of a token and the key that verified its signature. All of it is frozen. */
export interface VerifiedJwt {
  readonly header: JwtHeader;
  readonly payload: JwtPayload;
  readonly scopes: ScopeSet;
  readonly key: VerificationKey;
}

interface Entry {
  readonly jwt: VerifiedJwt;
  readonly digest: string;
}

/**
 * Caches that the signature of a token was verified, and nothing more. The caller still checks the times of the token and
 * whether the issuer still publishes its key. The token itself is not kept: its identity is the SHA-256 of its whole text.
 *
 * A token is cached at its second occurrence; see {@link AdmissionFilter}. It is looked up by a fingerprint of a few
 * characters of its signature, so that a token that is not cached costs no digest. An attacker who chooses these
 * characters gains nothing: of two tokens with one fingerprint, the one that is not cached is verified in full each time.
 */
export class TokenCache {
  readonly #entries: GenerationalCache<number, Entry>;
  readonly #filter: AdmissionFilter;

  constructor({ maxTokens }: TokenCacheBounds) {
    this.#entries = new GenerationalCache(maxTokens);
    this.#filter = new AdmissionFilter(maxTokens);
  }

  get(token: string): VerifiedJwt | undefined {
    const entry = this.#entries.get(computeFingerprint(token));
    return entry && entry.digest === computeDigest(token) ? entry.jwt : undefined;
  }

  /** Records a token whose signature was verified. */
  record(token: string, jwt: VerifiedJwt): void {
    if (token.length > MAX_CACHED_LENGTH) return;
    const key = computeFingerprint(token);
    if (this.#filter.admits(key)) this.#entries.set(key, { jwt, digest: computeDigest(token) });
  }

  /** Removes a cached token. */
  delete(token: string): void {
    this.#entries.delete(computeFingerprint(token));
  }
}

/** The characters of the signature in the fingerprint. The last one is left out, since most of its bits may be zero. */
const FINGERPRINT_LENGTH = 8;

/** A small integer, which is the fastest key of a map. */
function computeFingerprint(token: string): number {
  const end = token.length - 1;
  let mixed = 0;
  for (let i = end - FINGERPRINT_LENGTH; i < end; i++) mixed = Math.imul(mixed, 33) ^ token.charCodeAt(i);
  return mixed & 0x3fff_ffff;
}

function computeDigest(token: string): string {
  return hash('sha256', token, 'binary');
}
