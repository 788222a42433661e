import { NoResultError } from 'kysely';
import { AdminError, notFound, StoreUnavailableError } from '../grants/errors.js';
import type { Engine } from './engine.js';
import { duplicateName } from './queries/preconditions.js';

/** Translates an error of the engine to the error that the store throws. */
export function toStoreError(engine: Engine, error: unknown): unknown {
  if (error instanceof AdminError || error instanceof StoreUnavailableError) return error;
  if (engine.isUnavailable(error) || isDamage(error)) {
    return new StoreUnavailableError('The database is unavailable.', { cause: error });
  }
  return ERROR_FOR_CONSTRAINT[engine.violatedConstraint(error) ?? '']?.() ?? error;
}

/** Whether stored JSON can no longer be parsed, or a row is missing that every database has. */
function isDamage(error: unknown): boolean {
  return error instanceof SyntaxError || error instanceof NoResultError;
}

/** The constraints that a change can violate although it checked its preconditions. */
const ERROR_FOR_CONSTRAINT: Readonly<Record<string, () => AdminError>> = {
  environments_name: () => duplicateName('name', 'An environment'),
  resources_name: () => duplicateName('name', 'A resource'),
  scopes_name: () => duplicateName('name', 'A scope of this resource'),
  foreign_key: notFound, // another program than a store removed the parent
};
