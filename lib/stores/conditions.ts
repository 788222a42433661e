import { asApplicationId } from '../grants/ids.js';
import { AdminProblem, type Detail, forbidden, invalidData } from '../grants/problem.js';
import type { Turn } from './turn.js';

/** @throws {AdminProblem} `stale` where the request asks for another version than the one that is stored */
export function checkVersion({ context: { ifMatch } }: Turn, version: number): void {
  if (ifMatch === undefined || ifMatch === '*' || ifMatch.includes(version)) return;
  throw new AdminProblem('stale');
}

/** What is to be made, and a set of objects, have no version, so that nothing but `'*'` holds of them. */
export function checkNoVersion(turn: Turn): void {
  checkVersion(turn, 0);
}

/** @throws {AdminProblem} `forbidden` where the application whose token it is would change what it is itself granted */
export function refuseOwn({ context: { actor } }: Turn, applicationId: string): void {
  if (asApplicationId(actor.client) !== applicationId) return;
  throw forbidden('An application cannot change its own grants, nor itself.');
}

/** The same for scopes that it holds: to rename one, or to take it away, is to change the grant. */
export async function refuseOwnScopes(turn: Turn, column: 'scope_id' | 'resource_id', id: string): Promise<void> {
  const client = asApplicationId(turn.context.actor.client);
  if (client === undefined) return;
  const held = await turn.tx
    .selectFrom('grant_scopes')
    .select('application_id')
    .where('application_id', '=', client)
    .where(column, '=', id)
    .limit(1)
    .executeTakeFirst();
  if (held !== undefined) refuseOwn(turn, held.application_id);
}

/** The same for the environment that it lies in. */
export async function refuseOwnEnvironment(turn: Turn, environmentId: string): Promise<void> {
  const client = asApplicationId(turn.context.actor.client);
  if (client === undefined) return;
  const own = await turn.tx
    .selectFrom('applications')
    .select('id')
    .where('environment_id', '=', environmentId)
    .where('id', '=', client)
    .executeTakeFirst();
  if (own !== undefined) refuseOwn(turn, own.id);
}

export function nameTaken(target: string, what: string, existingId?: string): AdminProblem {
  const detail: Detail = {
    code: 'UNIQUENESS_VIOLATION',
    target,
    message: `${what} with this name exists already.`,
    ...(existingId !== undefined && { innerError: { existingId } }),
  };
  return invalidData(detail);
}

export function idTaken(what: string, existingId: string): AdminProblem {
  const message = `${what} with this id exists already.`;
  return invalidData({ code: 'UNIQUENESS_VIOLATION', target: 'id', message, innerError: { existingId } });
}
