import { LIMITS } from '../../grants/commands.js';
import { haveSameDates } from '../../grants/dates.js';
import { type AdminError, invalidData } from '../../grants/errors.js';
import type { Grant, GrantedScope } from '../../grants/model.js';
import { fromDates } from '../mappers.js';
import type { Queryable } from '../schema.js';

export async function insertScopes(
  tx: Queryable,
  grant: Grant,
  scopes: readonly GrantedScope[],
  target: string,
): Promise<void> {
  if (scopes.length === 0) return;
  await insertScopeRows(tx, grant, scopes).execute();
  checkScopesOfApplication(await countScopes(tx, grant.applicationId), target);
}

export function insertScopeRows(
  tx: Queryable,
  { id, environmentId, applicationId, resourceId }: Grant,
  scopes: readonly GrantedScope[],
) {
  return tx.insertInto('grant_scopes').values(
    scopes.map((scope) => ({
      application_id: applicationId,
      scope_name: scope.name,
      scope_id: scope.id,
      grant_id: id,
      resource_id: resourceId,
      environment_id: environmentId,
      ...fromDates(scope),
    })),
  );
}

/** How many scopes an application is granted. */
export async function countScopes(tx: Queryable, applicationId: string): Promise<number> {
  const { held } = await tx
    .selectFrom('grant_scopes')
    .select((eb) => eb.fn.countAll<number>().as('held'))
    .where('application_id', '=', applicationId)
    .executeTakeFirstOrThrow();
  return held;
}

export function checkScopesOfApplication(held: number, target: string): void {
  if (held <= LIMITS.scopesOfApplication) return;
  throw describeTooMany(`${target}scopes`, LIMITS.scopesOfApplication, 'An application', 'granted scopes');
}

export async function dropScopes(
  tx: Queryable,
  { id, applicationId }: Grant,
  scopes: readonly GrantedScope[],
): Promise<void> {
  if (scopes.length === 0) return;
  await tx
    .deleteFrom('grant_scopes')
    .where('application_id', '=', applicationId)
    .where('grant_id', '=', id)
    .where(
      'scope_name',
      'in',
      scopes.map(({ name }) => name),
    )
    .execute();
}

/** Of scopes with one id, the last one counts. */
export function removeDuplicates(scopes: readonly GrantedScope[]): GrantedScope[] {
  return [...new Map(scopes.map((scope) => [scope.id, scope])).values()];
}

export function sortById(scopes: readonly GrantedScope[]): GrantedScope[] {
  return [...scopes].sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** The scopes that `others` does not have, or has with other dates. */
export function subtract(scopes: readonly GrantedScope[], others: readonly GrantedScope[]): GrantedScope[] {
  const known = new Map(others.map((scope) => [scope.id, scope]));
  return scopes.filter((scope) => {
    const other = known.get(scope.id);
    return other === undefined || !haveSameDates(scope, other);
  });
}

export function isSameSet(a: readonly GrantedScope[], b: readonly GrantedScope[]): boolean {
  return a.length === b.length && subtract(a, b).length === 0;
}

export function checkScopeCount(scopes: readonly GrantedScope[], target: string): void {
  if (scopes.length > LIMITS.scopesOfGrant)
    throw describeTooMany(`${target}scopes`, LIMITS.scopesOfGrant, 'A grant', 'scopes');
}

export function describeTooMany(target: string, maximumValue: number, owner: string, items: string): AdminError {
  const message = `${owner} has at most ${maximumValue} ${items}.`;
  return invalidData({ code: 'SIZE_LIMIT_EXCEEDED', target, message, innerError: { maximumValue } });
}
