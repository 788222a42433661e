/** The time limits of one transaction, in milliseconds. */
export interface TimeLimits {
  readonly statement: number;
  readonly lock: number;
  /** For a transaction whose client says nothing more. */
  readonly idle: number;
}

const MAX_INT32 = 2 ** 31 - 1;

/**
 * The statements that set the limits, for the transaction that they run in only. A session may be another client's next,
 * where a pooler keeps it, and poolers refuse these limits as parameters of a connection.
 */
export function setLocally({ statement, lock, idle }: TimeLimits): string {
  const settings = { statement_timeout: statement, lock_timeout: lock, idle_in_transaction_session_timeout: idle };
  return Object.entries(settings)
    .map(([name, limit]) => `set local ${name} = ${Math.min(Math.ceil(limit), MAX_INT32)}`)
    .join('; ');
}
