import { hash } from 'node:crypto';
import { GenerationalCache } from '../../lru.js';
import type { ScopeSet } from '../../scope/scope-set.js';
import type { JwtHeader, JwtPayload } from '../access-token.js';
import type { VerificationKey } from '../keys/jwk.js';
import { bytesOf } from './deep-freeze.js';
import { BYTES_OF_SCOPE } from './scope-set-cache.js';

/** How much is remembered at most. */
export interface TokenCacheBounds {
  readonly maxTokens: number;
  /** Bytes of the heap, for all that is remembered of all tokens. */
  readonly maxBytes: number;
}

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
  readonly bytes: number;
}

/**
 * The places at the door, for tokens of which one more sight makes an entry: newer ones take the places of older ones, so
 * that there are several for each token that may be kept. A power of two.
 */
const FEWEST_PLACES = 2 ** 16;
const MOST_PLACES = 2 ** 22;
const PLACES_FOR_A_TOKEN = 4;

/** Makes the second place of a token, so that two which come in turns do not take each other's place for ever. */
const SPREAD = 0x9e37_79b1;

/** The part of the bytes that the door may take. */
const DOOR = 1 / 4;

/** The least bound that leaves room for some tokens beside the door and the scope claims that tokens share. */
export const LEAST_BYTES = (FEWEST_PLACES * Uint32Array.BYTES_PER_ELEMENT) / DOOR;

/**
 * Remembers that the signature of a token was good, and nothing more: whoever finds a token here still has to look at
 * its times, and whether its key is still one of the issuer's. The token itself is not kept, but the SHA-256 of all of
 * it, without which nothing is found.
 *
 * A token is kept from its second sight on, so that those that never return cost no entry. A few characters of its
 * signature, which are as good as random, say where to look: what is not kept costs no digest. Whoever could choose them
 * would gain nothing but that one of two such tokens is verified in full each time.
 */
export class TokenCache {
  readonly #entries: GenerationalCache<number, Entry>;
  readonly #door: Uint32Array;

  constructor({ maxTokens, maxBytes }: TokenCacheBounds) {
    this.#door = new Uint32Array(placesFor(maxTokens, maxBytes));
    const most = maxBytes - this.#door.byteLength;
    this.#entries = new GenerationalCache(maxTokens, { most, weightOf: ({ bytes }) => bytes });
  }

  get(token: string): VerifiedJwt | undefined {
    const entry = this.#entries.get(mark(token));
    return entry !== undefined && entry.digest === digest(token) ? entry.jwt : undefined;
  }

  /** Is told of every token whose signature is good. */
  record(token: string, jwt: VerifiedJwt): void {
    const seen = mark(token);
    const door = this.#door;
    const one = seen % door.length;
    const other = (Math.imul(seen, SPREAD) >>> 10) % door.length;
    const name = seen + 1; // 0 is nobody's
    if (door[one] === name || door[other] === name) {
      this.#entries.set(seen, { jwt, digest: digest(token), bytes: bytesOfEntry(jwt) });
    } else {
      door[Math.random() < 0.5 ? one : other] = name;
    }
  }

  /** Forgets a token that was found. */
  delete(token: string): void {
    this.#entries.delete(mark(token));
  }
}

function placesFor(maxTokens: number, maxBytes: number): number {
  const affordable = (maxBytes * DOOR) / Uint32Array.BYTES_PER_ELEMENT;
  const places = Math.min(PLACES_FOR_A_TOKEN * maxTokens, affordable, MOST_PLACES);
  return Math.max(FEWEST_PLACES, 2 ** Math.floor(Math.log2(places)));
}

/** Characters of the signature that make the mark; the last one of all is left out, most of whose bits may be zero. */
const MARKED = 8;

/** A small integer, which makes the fastest of keys. */
function mark(token: string): number {
  const end = token.length - 1;
  let mixed = 0;
  for (let i = end - MARKED; i < end; i++) mixed = Math.imul(mixed, 33) ^ token.charCodeAt(i);
  return mixed & 0x3fff_ffff;
}

function digest(token: string): string {
  return hash('sha256', token, 'binary');
}

/** An entry with its digest and its place in a map that may have just doubled, and the set that scopes are kept in. */
const BYTES_OF_ENTRY = 400;

function bytesOfEntry({ header, payload, scopes }: VerifiedJwt): number {
  return BYTES_OF_ENTRY + bytesOf(header) + bytesOf(payload) + scopes.size * BYTES_OF_SCOPE;
}
