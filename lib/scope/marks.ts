/**
 * Marks of scope-tokens, made beforehand, by which most of the tokens that are not held are told without looking for them.
 * Different tokens may have the same mark.
 */
export type Marks = readonly number[];

/** Every third character: enough to tell tokens apart, and cheap where a token is seen only once. */
const STEP = 3;

export function markOf(token: string): number {
  let mixed = token.length;
  for (let i = token.length - 1; i >= 0; i -= STEP) mixed = Math.imul(mixed, 31) + token.charCodeAt(i);
  return (mixed ^ (mixed >>> 15)) & 0x3fff_ffff;
}

/** The marks of tokens. */
export function marksOf(tokens: readonly string[]): Marks {
  return tokens.map(markOf);
}

/** Bits for each token held, so that one in sixteen that are not is taken for one that may be. */
const BITS_OF_TOKEN = 16;
const BITS_OF_WORD = 16;

/** Which marks some tokens have. */
export class MarkFilter {
  readonly #words: number[];
  readonly #mask: number;

  constructor(tokens: ReadonlySet<string>) {
    let words = 1;
    while (words * BITS_OF_WORD < tokens.size * BITS_OF_TOKEN) words *= 2;
    this.#words = new Array(words).fill(0);
    this.#mask = words * BITS_OF_WORD - 1;
    for (const token of tokens) {
      const bit = markOf(token) & this.#mask;
      const word = Math.floor(bit / BITS_OF_WORD);
      this.#words[word] = (this.#words[word] as number) | (1 << (bit % BITS_OF_WORD));
    }
  }

  /** `false` where no token has it. */
  mayHave(mark: number): boolean {
    const bit = mark & this.#mask;
    return (((this.#words[bit >>> 4] as number) >>> (bit & 15)) & 1) === 1;
  }
}
