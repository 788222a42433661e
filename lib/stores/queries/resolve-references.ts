import type { GrantCommand, ResourceReference } from '../../grants/commands.js';
import { AdminError, type Detail, invalidData } from '../../grants/errors.js';
import type { GrantedScope } from '../../grants/model.js';
import type { InEnvironment } from '../../grants/store.js';
import type { Queryable } from '../schema.js';
import { removeDuplicates } from './grant-scopes.js';

/** A command with its references resolved; `target` is its path in the request. */
export interface Wanted {
  readonly resource: { readonly id: string; readonly name: string };
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

/** Looks up what a command names. Each reference to nothing is a detail of the error. */
export async function resolve(tx: Queryable, at: InEnvironment, data: GrantCommand, target: string): Promise<Wanted> {
  const resource = await findResource(tx, at.environmentId, data.resource);
  if (resource === undefined) {
    const member = 'id' in data.resource ? 'id' : 'name';
    throw invalidData({
      code: 'INVALID_VALUE',
      target: `${target}resource.${member}`,
      message: 'The environment has no such resource.',
    });
  }
  const ids = data.scopes.flatMap((scope) => ('id' in scope ? [scope.id] : []));
  const names = data.scopes.flatMap((scope) => ('name' in scope ? [scope.name] : []));
  const scopes = tx.selectFrom('scopes').select(['id', 'name']).where('resource_id', '=', resource.id);
  const found = [
    ...(ids.length > 0 ? await scopes.where('id', 'in', ids).execute() : []),
    ...(names.length > 0 ? await scopes.where('name', 'in', names).execute() : []),
  ];
  const known = new Set(found.flatMap(({ id, name }) => [`id ${id}`, `name ${name}`]));
  const details = data.scopes.flatMap((scope, i): Detail[] => {
    const reference = 'id' in scope ? `id ${scope.id}` : `name ${scope.name}`;
    if (known.has(reference)) return [];
    const message = `The resource ${resource.name} has no scope with the ${reference}.`;
    return [{ code: 'INVALID_VALUE', target: `${target}scopes[${i}]`, message }];
  });
  if (details.length > 0) throw invalidData(...details.slice(0, 50));
  return { resource, scopes: removeDuplicates(found), target };
}

export function findResource(tx: Queryable, environmentId: string, reference: ResourceReference) {
  const resources = tx.selectFrom('resources').select(['id', 'name']).where('environment_id', '=', environmentId);
  return 'id' in reference
    ? resources.where('id', '=', reference.id).executeTakeFirst()
    : resources.where('name', '=', reference.name).executeTakeFirst();
}
