import { LIMITS } from '../../grants/commands.js';
import { type AdminError, type Detail, invalidData } from '../../grants/errors.js';
import type { Grant, GrantedScope } from '../../grants/model.js';
import type { Queryable } from '../schema.js';

/** @throws {AdminError} `invalid_data` where the application holds one of the names already, by any grant */
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
    throw await describeHeldNames(
      tx,
      applicationId,
      scopes.filter(({ name }) => !names.has(name)),
      target,
    );
  }
  await checkScopesOfApplication(tx, applicationId, target);
}

async function checkScopesOfApplication(tx: Queryable, applicationId: string, target: string): Promise<void> {
  const { held } = await tx
    .selectFrom('grant_scopes')
    .select((eb) => eb.fn.countAll<number>().as('held'))
    .where('application_id', '=', applicationId)
    .executeTakeFirstOrThrow();
  if (held > LIMITS.scopesOfApplication) {
    throw describeTooMany(`${target}scopes`, LIMITS.scopesOfApplication, 'An application', 'granted scopes');
  }
}

async function describeHeldNames(
  tx: Queryable,
  applicationId: string,
  scopes: readonly GrantedScope[],
  target: string,
) {
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
        message: `The application holds a scope named ${row.scope_name} already, by its grant of the resource ${row.name}.`,
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

export function removeDuplicates(scopes: readonly GrantedScope[]): GrantedScope[] {
  return [...new Map(scopes.map((scope) => [scope.id, scope])).values()];
}

export function sortById(scopes: readonly GrantedScope[]): GrantedScope[] {
  return [...scopes].sort((a, b) => (a.id < b.id ? -1 : 1)).map(({ id, name }) => ({ id, name }));
}

export function subtract(scopes: readonly GrantedScope[], others: readonly GrantedScope[]): GrantedScope[] {
  const ids = new Set(others.map(({ id }) => id));
  return scopes.filter(({ id }) => !ids.has(id));
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
