import type { Requirement } from '../scope/requirement.js';

/** What permitted calls have in common. */
export interface UsageKind {
  /** The audiences of the token; empty where it has none. */
  readonly audience: readonly string[];
  /** The method and the pattern of the path: `GET /orders/:id`. Never the path itself. */
  readonly route: string;
  /** What the route requires; absent where any token passes. */
  readonly required?: Requirement | undefined;
  /** The required scopes that the token covered. */
  readonly covered: readonly string[];
}

/** How often an application was permitted calls of one kind, within one hour. */
export interface UsageCount extends UsageKind {
  /** A lower-case UUID. */
  readonly applicationId: string;
  /** Milliseconds since the epoch: any moment of the hour. */
  readonly time: number;
  readonly calls: number;
}

/** The calls of one kind over a period. */
export interface UsageTotal extends UsageKind {
  readonly applicationId: string;
  readonly calls: number;
  /** Milliseconds since the epoch: when the last hour with such a call began. */
  readonly lastHour: number;
}

export interface Usage {
  /** Milliseconds since the epoch: since when all counts of this environment are kept; absent where no call ever was counted. */
  readonly recordedSince?: number | undefined;
  /** The most frequent kinds first, 10,000 at most. */
  readonly totals: readonly UsageTotal[];
}

/**
 * Counts of permitted calls, which `usageRecorder` writes. They are no changes: they are in no history and no feed. A
 * count may be written twice where a connection is lost while it is written.
 */
export interface UsageStore {
  /** Adds to what is stored, in short transactions. Counts of applications that do not exist are left out. */
  add(counts: readonly UsageCount[]): Promise<void>;
  /**
   * Deletes counts of hours that ended before `time`, in milliseconds since the epoch: some of them. Those of their
   * environments are complete after the hours that it has deleted anything of.
   *
   * @returns whether there may be more
   */
  deleteBefore(time: number): Promise<boolean>;
  /**
   * The calls of an application since `from`, in milliseconds since the epoch, from the beginning of that hour on;
   * `undefined` where it does not exist.
   */
  ofApplication(at: InEnvironment & { readonly applicationId: string }, from: number): Promise<Usage | undefined>;
  /** The calls of the environment that a scope of this name was covered for; `undefined` where the scope does not exist. */
  ofScope(
    at: InEnvironment & { readonly resourceId: string; readonly scopeId: string },
    from: number,
  ): Promise<Usage | undefined>;
}

interface InEnvironment {
  readonly environmentId: string;
}
