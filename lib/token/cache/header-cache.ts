import { GenerationalCache } from '../../lru.js';
import type { JwtHeader } from '../access-token.js';

/** The headers of one issuer differ by key and algorithm: a handful. */
const MAX_HEADERS = 64;

/** The longest encoded header that is cached, in characters. With the number of headers, it bounds the memory. */
const MAX_HEADER_LENGTH = 1024;

/**
 * Caches the headers of tokens whose signature was verified, by their text: an issuer writes the same header into every
 * token that it signs with a key. To decode it each time takes an eighth of what a new token costs beside its signature.
 */
export class HeaderCache {
  readonly #headers = new GenerationalCache<string, JwtHeader>(MAX_HEADERS);

  get(encoded: string): JwtHeader | undefined {
    return this.#headers.get(encoded);
  }

  /** Records a header that was checked and is frozen. */
  record(encoded: string, header: JwtHeader): void {
    if (encoded.length <= MAX_HEADER_LENGTH) this.#headers.set(encoded, header);
  }
}
