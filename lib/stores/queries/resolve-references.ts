import type { GrantCommand, GrantDates, ResourceReference, ScopeReference } from '../../grants/commands.js';
import { haveSameDates, pickDates, readDates } from '../../grants/dates.js';
import { AdminError, type Detail, invalidData } from '../../grants/errors.js';
import type { GrantedScope } from '../../grants/model.js';
import type { ApplicationPath, InEnvironment } from '../../grants/store.js';
import type { Queryable } from '../schema.js';

/** A command with its references resolved; `target` is its path in the request. */
export interface Wanted {
  readonly resource: { readonly id: string; readonly name: string };
  readonly dates: GrantDates;
  readonly scopes: readonly GrantedScope[];
  readonly target: string;
}

export async function resolveAll(tx: Queryable, at: InEnvironment, data: readonly GrantCommand[]): Promise<Wanted[]> {
  const wanted: Wanted[] = [];
  const details: Detail[] = [];
  for (const [i, each] of data.entries()) {
    try {
      const resolved = await resolve(tx, at, each, `grants[${i}].`);
      const twin = wanted.find(({ resource }) => resource.id === resolved.resource.id);
      if (twin === undefined) wanted.push(resolved);
      else details.push(describeRepeatedResource(resolved));
    } catch (error) {
      if (!(error instanceof AdminError)) throw error;
      details.push(...error.details);
    }
  }
  if (details.length > 0) throw invalidData(...details.slice(0, 50));
  return wanted;
}

function describeRepeatedResource({ resource, target }: Wanted): Detail {
  const message = `The resource ${resource.name} is listed twice. An application has one grant per resource.`;
  return { code: 'UNIQUENESS_VIOLATION', target: `${target}resource`, message };
}

/**
 * Looks up what a command names. Each reference to nothing, and each impossible date, is a detail of the error.
 *
 * @param kept scopes whose dates stay where the command does not name others
 */
export async function resolve(
  tx: Queryable,
  at: InEnvironment,
  data: GrantCommand,
  target: string,
  kept: readonly GrantedScope[] = [],
): Promise<Wanted> {
  const [resource, known] = await Promise.all([
    findResource(tx, at.environmentId, data.resource),
    findScopes(tx, at.environmentId, data),
  ]);
  if (resource === undefined) {
    const member = 'id' in data.resource ? 'id' : 'name';
    throw invalidData({
      code: 'INVALID_VALUE',
      target: `${target}resource.${member}`,
      message: 'The environment has no such resource.',
    });
  }
  const keptDates = new Map(kept.map((scope) => [scope.id, pickDates(scope)]));
  const details: Detail[] = [];
  const dates = readDates(data, target, details);
  const scopes = new Map<string, GrantedScope>();
  for (const [i, reference] of data.scopes.entries()) {
    const path = `${target}scopes[${i}]`;
    const found = known.get(toKey(reference));
    if (found === undefined) {
      const message = `The resource ${resource.name} has no scope with the ${toKey(reference)}.`;
      details.push({ code: 'INVALID_VALUE', target: path, message });
      continue;
    }
    const named = { ...keptDates.get(found.id), ...pickDates(reference) };
    const scope = { ...found, ...readDates(named, `${path}.`, details) };
    if (!haveSameDates(scope, scopes.get(scope.id) ?? scope)) {
      const message = `The scope ${scope.name} is listed twice, with different dates.`;
      details.push({ code: 'INVALID_VALUE', target: path, message });
    }
    scopes.set(scope.id, scope);
  }
  if (details.length > 0) throw invalidData(...details.slice(0, 50));
  return { resource, dates, scopes: [...scopes.values()], target };
}

/** The scopes of a resource that are referred to, by {@link toKey}. */
async function findScopes(tx: Queryable, environmentId: string, { resource, scopes: references }: GrantCommand) {
  const ids = references.flatMap((scope) => ('id' in scope ? [scope.id] : []));
  const names = references.flatMap((scope) => ('name' in scope ? [scope.name] : []));
  const scopes = tx
    .selectFrom('scopes')
    .select(['id', 'name'])
    .where('resource_id', '=', toResourceId(tx, environmentId, resource));
  const [byId, byName] = await Promise.all([
    ids.length > 0 ? scopes.where('id', 'in', ids).execute() : [],
    names.length > 0 ? scopes.where('name', 'in', names).execute() : [],
  ]);
  return new Map([
    ...byId.map((scope) => [toKey({ id: scope.id }), scope] as const),
    ...byName.map((scope) => [toKey({ name: scope.name }), scope] as const),
  ]);
}

/** The id of the grant that the application has of a resource. */
export async function findGrantOf(
  tx: Queryable,
  { environmentId, applicationId }: ApplicationPath,
  resource: ResourceReference,
): Promise<string | undefined> {
  const row = await tx
    .selectFrom('grants')
    .select('id')
    .where('resource_id', '=', toResourceId(tx, environmentId, resource))
    .where('application_id', '=', applicationId)
    .executeTakeFirst();
  return row?.id;
}

/** The id of a resource, or a query for it, so that nothing waits for the response. */
function toResourceId(tx: Queryable, environmentId: string, reference: ResourceReference) {
  if ('id' in reference) return reference.id;
  return tx
    .selectFrom('resources')
    .select('id')
    .where('environment_id', '=', environmentId)
    .where('name', '=', reference.name);
}

function toKey(scope: ScopeReference): string {
  return 'id' in scope ? `id ${scope.id}` : `name ${scope.name}`;
}

export function findResource(tx: Queryable, environmentId: string, reference: ResourceReference) {
  const resources = tx.selectFrom('resources').select(['id', 'name']).where('environment_id', '=', environmentId);
  return 'id' in reference
    ? resources.where('id', '=', reference.id).executeTakeFirst()
    : resources.where('name', '=', reference.name).executeTakeFirst();
}
