import type { Requirement } from '../scope/requirement.js';

/** One required scope and the held scope that covers it. */
export interface Coverage {
  readonly required: string;
  readonly by: string;
}

/** The held scopes cover the requirement. */
export interface Permit {
  readonly effect: 'permit';
  readonly required: Requirement;
  /** Each required scope that is covered, once, with the held scope that covers it; of an `anyOf`, all that are. */
  readonly coverage: readonly Coverage[];
}

/** The held scopes do not cover the requirement. */
export interface Deny {
  readonly effect: 'deny';
  readonly required: Requirement;
  /** The required scopes that are covered nevertheless. */
  readonly coverage: readonly Coverage[];
  /**
   * The scopes that would have been enough, including those already held: of each `anyOf`, the alternative that lacks
   * the fewest scopes, the first of them where several do.
   */
  readonly sufficient: readonly string[];
  /** The scopes of `sufficient` that nothing held covers, or that do not count where `CONSUMER_ALL` is held too. */
  readonly missing: readonly string[];
}

export type Decision = Permit | Deny;
