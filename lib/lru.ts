/**
 * A bounded map. It evicts the least recently used values a generation at a time: no list is kept in order, so that
 * the cost does not grow with the size.
 */
export class GenerationalCache<Key, Value> {
  #young = new Map<Key, Value>();
  #old = new Map<Key, Value>();
  #youngWeight = 0;

  /**
   * @param size of both generations together; between half of it and all of it are kept
   * @param scale where values differ in weight: how much both generations may weigh together. One that weighs more than
   *   half of that is not kept
   */
  constructor(
    private readonly size: number,
    private readonly scale: Scale<Value> = WEIGHTLESS,
  ) {}

  get(key: Key): Value | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    if (old !== undefined) this.set(key, old);
    return old;
  }

  set(key: Key, value: Value): void {
    const { most, weightOf } = this.scale;
    const weight = weightOf(value);
    this.#drop(key);
    if (weight > most / 2) {
      this.#old.delete(key);
      return;
    }
    if (this.#young.size + 1 > Math.floor(this.size / 2) || this.#youngWeight + weight > most / 2) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#youngWeight = 0;
    }
    this.#young.set(key, value);
    this.#youngWeight += weight;
  }

  delete(key: Key): void {
    this.#drop(key);
    this.#old.delete(key);
  }

  clear(): void {
    this.#young = new Map();
    this.#old = new Map();
    this.#youngWeight = 0;
  }

  #drop(key: Key): void {
    const young = this.#young.get(key);
    if (young === undefined) return;
    this.#young.delete(key);
    this.#youngWeight -= this.scale.weightOf(young);
  }
}

export interface Scale<Value> {
  readonly most: number;
  /** Always the same for a value. */
  weightOf(value: Value): number;
}

const WEIGHTLESS: Scale<unknown> = { most: Number.POSITIVE_INFINITY, weightOf: () => 0 };
