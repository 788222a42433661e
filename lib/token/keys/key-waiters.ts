import { VerifierUnavailableError } from '../verifier.js';

/** Bounds on the tokens that wait for keys at once. They are not verified yet, so they must not fill the memory. */
const MAX_TOKENS = 1000;
const MAX_CHARACTERS = 8_000_000;

/** The tokens that wait for keys. */
export class KeyWaiters {
  #tokens = 0;
  #characters = 0;

  /**
   * @returns a function to call when the token no longer waits
   * @throws {VerifierUnavailableError} where too many tokens wait
   */
  acquire({ length }: string): () => void {
    if (this.#tokens >= MAX_TOKENS || this.#characters + length > MAX_CHARACTERS) {
      throw new VerifierUnavailableError(
        `The issuer's JWKS is unavailable: ${this.#tokens} requests are already waiting.`,
        {
          retryAfter: 3,
        },
      );
    }
    this.#tokens++;
    this.#characters += length;
    return () => {
      this.#tokens--;
      this.#characters -= length;
    };
  }
}
