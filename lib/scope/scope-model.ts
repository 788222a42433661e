import { GenerationalCache } from '../lru.js';
import { insistThat } from '../options.js';
import { isScopeToken, notAScopeToken } from './grammar.js';

/**
 * Says which held scopes satisfy a required one: the rule by which a gate, live grants, issuance and the admin API compare
 * scopes. Made by `ociScopeModel()`, `exactScopeModel()`, `segmentScopeModel(…)` or `impliedScopeModel(…)`.
 */
export interface ScopeModel {
  /** For messages. */
  readonly name: string;
  /**
   * Every scope that covers `required`, itself first and the nearest before the others. Finite, so that a held set of any
   * size is asked with a handful of look-ups.
   *
   * @throws {TypeError} if `required` is no scope-token
   */
  coveringScopes(required: string): readonly string[];
  /** The broadest scopes that both cover; none where nothing is covered by both. */
  intersect(one: string, other: string): readonly string[];
}

/** A scope model, or a function that returns every scope that covers a required one, itself included. */
export type ScopeModelOption = ScopeModel | ((required: string) => readonly string[]);

/** Scopes that are held. */
interface HeldScopes extends Iterable<string> {
  covers(required: string): boolean;
}

/** What a model is made of. */
export interface ScopeModelRules {
  readonly name: string;
  readonly coveringScopes: (required: string) => readonly string[];
  /** Default: of two scopes, the one that the other covers; otherwise what `findCommon` finds. */
  readonly intersect?: ((one: string, other: string) => readonly string[]) | undefined;
  /**
   * Scopes that both sets cover and neither holds. Default none: that is all in a model in which whatever covers a scope
   * covers its other coverers, or is covered by them.
   */
  readonly findCommon?: ((one: HeldScopes, other: HeldScopes) => Iterable<string>) | undefined;
  /** The held scopes beside which `required` counts as not covered. */
  readonly findDenying?: ((required: string) => readonly string[] | undefined) | undefined;
}

/** What is asked for by its text is asked for again: a handler asks the same of each request. Bounded by about a MiB. */
const CACHE_SIZE = 1000;
const CACHE_SCALE = {
  most: 2 ** 19,
  weightOf: (tokens: readonly string[]) => tokens.reduce((sum, { length }) => sum + length, 1),
};

/** A model whose results are checked and cached. */
export class CheckedScopeModel implements ScopeModel {
  readonly #rules: ScopeModelRules;
  readonly #cache = new GenerationalCache<string, readonly string[]>(CACHE_SIZE, CACHE_SCALE);

  constructor(rules: ScopeModelRules) {
    this.#rules = rules;
    Object.freeze(this);
  }

  get name(): string {
    return this.#rules.name;
  }

  coveringScopes(required: string): readonly string[] {
    const covering = this.findCovering(required);
    if (!covering) throw new TypeError(notAScopeToken(required));
    return [...covering]; // the cache keeps its own
  }

  /** The same for callers that do not change the list; `undefined` for what is no scope-token. */
  findCovering(required: string): readonly string[] | undefined {
    const known = this.#cache.get(required);
    if (known) return known;
    if (!isScopeToken(required)) return undefined;
    const covering = this.#run('coveringScopes', () => this.#rules.coveringScopes(required), required);
    this.#cache.set(required, covering);
    return covering;
  }

  covers(held: string, required: string): boolean {
    return this.findCovering(required)?.includes(held) ?? false;
  }

  intersect(one: string, other: string): readonly string[] {
    const { intersect } = this.#rules;
    if (intersect) return this.#run('intersect', () => intersect(one, other), `${one} ${other}`);
    if (this.covers(one, other)) return [other];
    return this.covers(other, one) ? [one] : [...this.findCommon(this.#hold(one), this.#hold(other))];
  }

  #hold(scope: string): HeldScopes {
    return { covers: (required) => this.covers(scope, required), [Symbol.iterator]: () => [scope].values() };
  }

  findCommon(one: HeldScopes, other: HeldScopes): Iterable<string> {
    return this.#rules.findCommon?.(one, other) ?? [];
  }

  findDenying(required: string): readonly string[] | undefined {
    return this.#rules.findDenying?.(required);
  }

  /** A function of the application may throw or return anything: the error names it. */
  #run(method: string, run: () => unknown, argument: string): readonly string[] {
    let result: unknown;
    try {
      result = run();
    } catch (cause) {
      throw new TypeError(`The scope model ${this.name} threw in ${method} for ${argument}.`, { cause });
    }
    insistThat(
      Array.isArray(result) && result.every(isScopeToken),
      `The scope model ${this.name} must return a list of scope-tokens for ${argument}.`,
    );
    return [...result]; // not frozen: a decision iterates over it, and V8 takes three times as long for frozen lists
  }
}
