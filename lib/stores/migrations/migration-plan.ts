/** Which migrations a database has had, and which it lacks, in their order. */
export interface MigrationPlan {
  readonly done: readonly string[];
  readonly pending: readonly string[];
  /** Those of a later version of scopegate. */
  readonly unknown: readonly string[];
}
