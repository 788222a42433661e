import type { Driver } from './driver.js';

const UNIQUE_VIOLATION = '23505';
const FOREIGN_KEY_VIOLATION = '23503';
const READ_ONLY = '25006';
const SERIALIZATION_FAILURE = '40001';
const DEADLOCK = '40P01';
const LOCK_TIMEOUT = '55P03';

/** The SQLSTATE of an error of the database; of others, what Node says. */
function readCode(error: unknown): string {
  return String((error as { code?: unknown } | undefined)?.code ?? '');
}

export function violatedConstraint(error: unknown): string | undefined {
  const code = readCode(error);
  if (code === FOREIGN_KEY_VIOLATION) return 'foreign_key';
  return code === UNIQUE_VIOLATION ? (error as { constraint?: string }).constraint : undefined;
}

/** Whether PostgreSQL asks for a repetition, since transactions got into each other's way. */
export function isConflict(error: unknown): boolean {
  return [SERIALIZATION_FAILURE, DEADLOCK].includes(readCode(error));
}

export function isLockTimeout(error: unknown): boolean {
  return readCode(error) === LOCK_TIMEOUT;
}

/**
 * Whether the connection is of no more use. After anything but an error of the database its state is unknown. A server, or
 * a session, that takes no writes is left as well: another connection may lead elsewhere by now.
 */
export function breaksConnection(driver: Driver, error: unknown): boolean {
  return !(error instanceof driver.DatabaseError) || error.code === READ_ONLY;
}

/**
 * By SQLSTATE: connections, resources, shutdown, time-outs, a standby's refusal to write, log-in; tables that are away, as
 * while a backup is restored, or out of reach; damage. Errors without one come from the network or from the pool.
 */
const UNAVAILABLE_STATES = /^(?:08|53|57|58|28|3D000|3F000|40001|40P01|42501|42P01|42703|55P03|25006|25P0|XX)/;
const NO_CONNECTION =
  /^Connection terminated|^timeout exceeded when trying to connect|^timeout expired|^Query read timeout|not queryable$|pool after calling end|connection error/;

export function isUnavailable(driver: Driver, error: unknown): boolean {
  if (error instanceof driver.DatabaseError) return UNAVAILABLE_STATES.test(error.code ?? '');
  const { syscall, message } = firstOf(error);
  return syscall !== undefined || NO_CONNECTION.test(message ?? '');
}

/** Connections that break, that are refused because the server starts or stops, or because it has too many. */
const NOT_UP_STATES = /^(?:08...|57P0.|53300)$/;
const NETWORK_CALLS = ['connect', 'getaddrinfo', 'read', 'write'];

/** Whether a database that starts at the same time may be up a little later. */
export function isNotUpYet(error: unknown): boolean {
  const { code, syscall, message } = firstOf(error);
  if (syscall !== undefined) return NETWORK_CALLS.includes(syscall);
  return NOT_UP_STATES.test(String(code)) || NO_CONNECTION.test(message ?? '');
}

/** Node tries each address of a name, and then throws one error that has those of all. */
export function firstOf(error: unknown): Partial<NodeJS.ErrnoException> {
  const { errors } = (error ?? {}) as { errors?: unknown };
  return (Array.isArray(errors) ? errors[0] : undefined) ?? error ?? {};
}
