/** Several slots for each token of the cache, since newer occurrences replace older ones. A power of two. */
const MIN_SLOTS = 2 ** 16;
const MAX_SLOTS = 2 ** 22;
const SLOTS_PER_TOKEN = 4;

/** Computes the second slot of a fingerprint, so that fingerprints that share a first slot can both be kept. */
const SPREAD = 0x9e37_79b1;

/**
 * Admits a token to the cache at its second occurrence, so that a token that is used once takes no entry. The filter keeps
 * fingerprints only and can lose one, so that a token is sometimes admitted at its third occurrence.
 */
export class AdmissionFilter {
  readonly #slots: Uint32Array;
  #usesFirstSlot = false;

  constructor(maxTokens: number) {
    const wanted = Math.min(SLOTS_PER_TOKEN * maxTokens, MAX_SLOTS);
    this.#slots = new Uint32Array(Math.max(MIN_SLOTS, 2 ** Math.floor(Math.log2(wanted))));
  }

  /** Records an occurrence of a fingerprint. `true` where it has occurred before. */
  admits(fingerprint: number): boolean {
    const slots = this.#slots;
    const first = fingerprint % slots.length;
    const second = (Math.imul(fingerprint, SPREAD) >>> 10) % slots.length;
    const occurrence = fingerprint + 1; // 0 marks an empty slot
    if (slots[first] === occurrence || slots[second] === occurrence) return true;
    this.#usesFirstSlot = !this.#usesFirstSlot;
    slots[this.#usesFirstSlot ? first : second] = occurrence;
    return false;
  }
}
