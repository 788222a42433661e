import { LIMITS } from '../../grants/commands.js';
import { type AdminError, type Detail, invalidData } from '../../grants/errors.js';
import type { Grant, GrantedScope } from '../../grants/model.js';
import type { Queryable } from '../schema.js';

/** The scopes of a grant: as rows, and as sets. */

/** The database refuses a name that the application holds already, through whichever grant. */
export async function insertScopes(
  tx: Queryable,
  grant: Grant,
  scopes: readonly GrantedScope[],
  target: string,
): Promise<void> {
  if (scopes.length === 0) return;
  const { id, environmentId, applicationId, resourceId } = grant;
  const inserted = await tx
    .insertInto('grant_scopes')
    .values(
      scopes.map((scope) => ({
        application_id: applicationId,
        scope_name: scope.name,
        scope_id: scope.id,
        grant_id: id,
        resource_id: resourceId,
        environment_id: environmentId,
      })),
    )
    .onConflict((conflict) => conflict.columns(['application_id', 'scope_name']).doNothing())
    .returning('scope_name')
    .execute();
  if (inserted.length < scopes.length) {
    const names = new Set(inserted.map(({ scope_name: name }) => name));
    throw await namesHeld(
      tx,
      applicationId,
      scopes.filter(({ name }) => !names.has(name)),
      target,
    );
  }
  const { held } = await tx
    .selectFrom('grant_scopes')
    .select((eb) => eb.fn.countAll<number>().as('held'))
    .where('application_id', '=', applicationId)
    .executeTakeFirstOrThrow();
  if (held > LIMITS.scopesOfApplication) {
    throw tooMany(`${target}scopes`, LIMITS.scopesOfApplication, 'An application', 'granted scopes');
  }
}

async function namesHeld(tx: Queryable, applicationId: string, scopes: readonly GrantedScope[], target: string) {
  const held = await tx
    .selectFrom('grant_scopes')
    .innerJoin('resources', 'resources.id', 'grant_scopes.resource_id')
    .select(['grant_scopes.scope_name', 'grant_scopes.grant_id', 'resources.name'])
    .where('grant_scopes.application_id', '=', applicationId)
    .where(
      'grant_scopes.scope_name',
      'in',
      scopes.map(({ name }) => name),
    )
    .execute();
  return invalidData(
    ...held.slice(0, 50).map(
      (row): Detail => ({
        code: 'UNIQUENESS_VIOLATION',
        target: `${target}scopes`,
        message: `The application has a scope named ${row.scope_name} already, by its grant of the resource ${row.name}.`,
        innerError: { existingId: row.grant_id },
      }),
    ),
  );
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

export function distinct(scopes: readonly GrantedScope[]): GrantedScope[] {
  return [...new Map(scopes.map((scope) => [scope.id, scope])).values()];
}

export function sorted(scopes: readonly GrantedScope[]): GrantedScope[] {
  return [...scopes].sort((a, b) => (a.id < b.id ? -1 : 1)).map(({ id, name }) => ({ id, name }));
}

export function without(scopes: readonly GrantedScope[], others: readonly GrantedScope[]): GrantedScope[] {
  const ids = new Set(others.map(({ id }) => id));
  return scopes.filter(({ id }) => !ids.has(id));
}

export function isSameSet(a: readonly GrantedScope[], b: readonly GrantedScope[]): boolean {
  return a.length === b.length && without(a, b).length === 0;
}

export function checkNumber(scopes: readonly GrantedScope[], target: string): void {
  if (scopes.length > LIMITS.scopesOfGrant) throw tooMany(`${target}scopes`, LIMITS.scopesOfGrant, 'A grant', 'scopes');
}

export function tooMany(target: string, maximumValue: number, who: string, what: string): AdminError {
  const message = `${who} has at most ${maximumValue} ${what}.`;
  return invalidData({ code: 'SIZE_LIMIT_EXCEEDED', target, message, innerError: { maximumValue } });
}
