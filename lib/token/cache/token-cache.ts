import { hash } from 'node:crypto';
import { GenerationalCache } from '../../lru.js';
import type { ScopeSet } from '../../scope/scope-set.js';
import type { JwtHeader, JwtPayload } from '../access-token.js';
import type { VerificationKey } from '../keys/jwk.js';
import { AdmissionFilter } from './admission-filter.js';

/** How much is cached at most. */
export interface TokenCacheBounds {
  readonly maxTokens: number;
}

/** Characters of the longest token that is cached: with the number of tokens, it bounds the memory of a cache. */
export const MAX_CACHED_LENGTH = 8192;

/** What was read from a token, and the key that its signature was good with. All of it frozen. */
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
 * Caches that the signature of a token was verified, and nothing more. The caller still has to check the token's times,
 * and that the issuer still publishes its key. The token itself is not kept: its identity is the SHA-256 of all of it.
 *
 * A token is cached at its second occurrence; see {@link AdmissionFilter}. A few characters of its signature, which are as
 * good as random, make a fingerprint by which it is looked up: a token that is not cached costs no digest. An attacker
 * who chose them would gain nothing: one of two tokens with the same fingerprint is verified in full each time.
 */
export class TokenCache {
  readonly #entries: GenerationalCache<number, Entry>;
  readonly #filter: AdmissionFilter;

  constructor({ maxTokens }: TokenCacheBounds) {
    this.#entries = new GenerationalCache(maxTokens);
    this.#filter = new AdmissionFilter(maxTokens);
  }

  get(token: string): VerifiedJwt | undefined {
    const entry = this.#entries.get(fingerprint(token));
    return entry !== undefined && entry.digest === digest(token) ? entry.jwt : undefined;
  }

  /** Records a token whose signature was verified. */
  record(token: string, jwt: VerifiedJwt): void {
    if (token.length > MAX_CACHED_LENGTH) return;
    const key = fingerprint(token);
    if (this.#filter.admits(key)) this.#entries.set(key, { jwt, digest: digest(token) });
  }

  /** Removes a cached token. */
  delete(token: string): void {
    this.#entries.delete(fingerprint(token));
  }
}

/** Characters of the signature that make the fingerprint; the last one of all is left out, most of whose bits may be zero. */
const FINGERPRINT_LENGTH = 8;

/** A small integer, which makes the fastest of keys. */
function fingerprint(token: string): number {
  const end = token.length - 1;
  let mixed = 0;
  for (let i = end - FINGERPRINT_LENGTH; i < end; i++) mixed = Math.imul(mixed, 33) ^ token.charCodeAt(i);
  return mixed & 0x3fff_ffff;
}

function digest(token: string): string {
  return hash('sha256', token, 'binary');
}
