import type { Resource } from '../../grants/model.js';
import { CONSUMER_ALL } from '../../scope/grammar.js';
import type { Queryable } from '../schema.js';

/**
 * Whether a change of scopes with these names may change the status of applications that do not hold them: of one that is
 * granted `urn:opc:resource:consumer::all`, or a scope of another resource with one of these names.
 */
export async function affectsOtherHolders(
  tx: Queryable,
  { environmentId, resourceId }: Pick<Resource, 'environmentId'> & { readonly resourceId: string },
  names: readonly string[],
): Promise<boolean> {
  const holders = tx
    .selectFrom('grant_scopes')
    .select('application_id')
    .where('environment_id', '=', environmentId)
    .limit(1);
  const reaching = await holders.where('scope_name', '=', CONSUMER_ALL).executeTakeFirst();
  if (reaching !== undefined) return true;
  for (const name of names) {
    const namesakes = holders.where('scope_name', '=', name).where('resource_id', '<>', resourceId);
    if ((await namesakes.executeTakeFirst()) !== undefined) return true;
  }
  return false;
}

/**
 * Whether a change from one state of a resource to another may change the status of applications without a grant of it.
 *
 * @param before `undefined` where it is created; `after` where it is deleted
 */
export async function affectsOthersInReach(
  tx: Queryable,
  before: Resource | undefined,
  after: Resource | undefined,
): Promise<boolean> {
  const resource = before ?? after;
  if (resource === undefined || toReach(before) === toReach(after)) return false;
  if ([before, after].some((each) => each !== undefined && each.tags.length > 0)) return true;
  if (before === undefined) return false; // it has no scopes yet
  return affectsOtherHolders(tx, { environmentId: resource.environmentId, resourceId: resource.id }, []);
}

/** What of a resource the status of such an application tells. */
function toReach(resource: Resource | undefined): string | undefined {
  return resource && JSON.stringify([resource.audience, resource.secondaryAudiences, resource.tags]);
}
