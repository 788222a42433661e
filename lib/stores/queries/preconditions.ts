import { AdminError, type Detail, forbidden, invalidData } from '../../grants/errors.js';
import { parseApplicationId } from '../../grants/ids.js';
import type { UnitOfWork } from '../unit-of-work.js';

/** @throws {AdminError} `stale` where the request is conditional on another state than the stored one */
export function checkTag({ context: { ifMatch } }: UnitOfWork, { tag }: { readonly tag: string }): void {
  if (ifMatch === undefined || ifMatch === '*' || ifMatch.includes(tag)) return;
  throw new AdminError('stale');
}

/** A new object, and a set of objects, have no tag: only `'*'` matches them. */
export function checkNoTag({ context: { ifMatch } }: UnitOfWork): void {
  if (ifMatch !== undefined && ifMatch !== '*') throw new AdminError('stale');
}

/** @throws {AdminError} `forbidden` where an application would change what it is itself granted */
export function forbidSelfChange({ context: { actor } }: UnitOfWork, applicationId: string): void {
  if (parseApplicationId(actor.client) !== applicationId) return;
  throw forbidden('An application cannot change itself or its own grants.');
}

/** The same for scopes that it holds: renaming or deleting one changes the grant. */
export async function forbidOwnScopeChange(
  unit: UnitOfWork,
  column: 'scope_id' | 'resource_id',
  id: string,
): Promise<void> {
  const client = parseApplicationId(unit.context.actor.client);
  if (client === undefined) return;
  const held = await unit.tx
    .selectFrom('grant_scopes')
    .select('application_id')
    .where('application_id', '=', client)
    .where(column, '=', id)
    .limit(1)
    .executeTakeFirst();
  if (held !== undefined) forbidSelfChange(unit, held.application_id);
}

/** The same for the environment that it belongs to. */
export async function forbidOwnEnvironmentChange(unit: UnitOfWork, environmentId: string): Promise<void> {
  const client = parseApplicationId(unit.context.actor.client);
  if (client === undefined) return;
  const own = await unit.tx
    .selectFrom('applications')
    .select('id')
    .where('environment_id', '=', environmentId)
    .where('id', '=', client)
    .executeTakeFirst();
  if (own !== undefined) forbidSelfChange(unit, own.id);
}

export function duplicateName(target: string, kind: string, existingId?: string): AdminError {
  const detail: Detail = {
    code: 'UNIQUENESS_VIOLATION',
    target,
    message: `${kind} with this name exists already.`,
    ...(existingId !== undefined && { innerError: { existingId } }),
  };
  return invalidData(detail);
}

export function duplicateId(kind: string, existingId: string): AdminError {
  const message = `${kind} with this id exists already.`;
  return invalidData({ code: 'UNIQUENESS_VIOLATION', target: 'id', message, innerError: { existingId } });
}
