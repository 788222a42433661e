import type { ResourceCommand } from '../grants/commands.js';
import type { Resource } from '../grants/model.js';
import { invalidData, notFound } from '../grants/problem.js';
import type { InEnvironment, Page, PageRequest, ResourcePath } from '../grants/store.js';
import { checkNoVersion, checkVersion, nameTaken, refuseOwnScopes } from './conditions.js';
import { referredResource } from './grant-references.js';
import { inWindow, pageOf, windowOf } from './paging.js';
import { eachHolder, inPortions } from './portions.js';
import { changedRow, isSame, newRow, resourceColumns, resourceOf } from './rows.js';
import type { Tx } from './tables.js';
import type { Turn } from './turn.js';

export async function createResource(
  turn: Turn,
  { environmentId }: InEnvironment,
  data: ResourceCommand,
): Promise<Resource> {
  const { tx, now } = turn;
  const parent = await tx
    .updateTable('environments')
    .set((eb) => ({ resources: eb('resources', '+', 1) }))
    .where('id', '=', environmentId)
    .returning('id')
    .executeTakeFirst();
  if (parent === undefined) throw notFound();
  checkNoVersion(turn);
  const row = await tx
    .insertInto('resources')
    .values({ ...newRow(turn.newId(), now), environment_id: environmentId, ...resourceColumns(data) })
    .onConflict((conflict) => conflict.columns(['environment_id', 'name']).doNothing())
    .returningAll()
    .executeTakeFirst();
  if (row === undefined) {
    const taken = await referredResource(tx, environmentId, { name: data.name });
    throw nameTaken('name', 'A resource', taken?.id);
  }
  const resource = resourceOf(row);
  await turn.record({
    type: 'RESOURCE.CREATED',
    environmentId,
    targetId: row.id,
    after: resource,
  });
  return resource;
}

export async function replaceResource(turn: Turn, at: ResourcePath, data: ResourceCommand): Promise<Resource> {
  const row = await ownRow(turn, at);
  const columns = resourceColumns(data);
  if (isSame(row, columns)) return resourceOf(row);
  // What a grant of the resource is worth: its audience, its tags, how long its tokens live.
  if (!isSame({ ...row, description: columns.description }, columns)) {
    await refuseOwnScopes(turn, 'resource_id', row.id);
  }
  const changed = await turn.tx
    .updateTable('resources')
    .set({ ...changedRow(row.version, turn.now), ...columns })
    .where('environment_id', '=', at.environmentId)
    .where('id', '=', at.resourceId)
    .returningAll()
    .executeTakeFirstOrThrow();
  const resource = resourceOf(changed);
  await turn.record({
    type: 'RESOURCE.UPDATED',
    environmentId: at.environmentId,
    targetId: row.id,
    before: resourceOf(row),
    after: resource,
  });
  return resource;
}

export async function deleteResource(turn: Turn, at: ResourcePath): Promise<undefined> {
  const { tx } = turn;
  const row = await ownRow(turn, at);
  await refuseOwnScopes(turn, 'resource_id', row.id);
  await turn.record({
    type: 'RESOURCE.DELETED',
    environmentId: at.environmentId,
    targetId: row.id,
    before: resourceOf(row),
    held: { resourceId: row.id },
  });
  await eachHolder(tx, { resourceId: row.id }, async (applicationIds) => {
    await tx
      .updateTable('applications')
      .set((eb) => ({ grants: eb('grants', '-', 1) }))
      .where('environment_id', '=', at.environmentId)
      .where('id', 'in', applicationIds)
      .execute();
    await tx
      .deleteFrom('grants')
      .where('resource_id', '=', row.id)
      .where('application_id', 'in', applicationIds)
      .execute();
  });
  await deleteScopes(tx, row.id);
  await tx
    .updateTable('environments')
    .set((eb) => ({ resources: eb('resources', '-', 1), scopes: eb('scopes', '-', row.scopes) }))
    .where('id', '=', at.environmentId)
    .execute();
  await tx.deleteFrom('resources').where('environment_id', '=', at.environmentId).where('id', '=', row.id).execute();
}

function deleteScopes(tx: Tx, resourceId: string): Promise<void> {
  return inPortions(
    async (behind, limit) => {
      const rows = await tx
        .selectFrom('scopes')
        .select('id')
        .where('resource_id', '=', resourceId)
        .where('id', '>', behind)
        .orderBy('id')
        .limit(limit)
        .execute();
      return rows.map(({ id }) => id);
    },
    (ids) => tx.deleteFrom('scopes').where('resource_id', '=', resourceId).where('id', 'in', ids).execute(),
  );
}

/** The row of a resource that may be changed: a custom one, of the version asked for. */
async function ownRow(turn: Turn, at: ResourcePath) {
  const row = await rowOf(turn.tx, at);
  if (row === undefined) throw notFound();
  checkVersion(turn, row.version);
  if (row.type !== 'CUSTOM') {
    throw invalidData({
      code: 'CONSTRAINT_VIOLATION',
      target: 'type',
      message: `The resource ${row.name} is built in: it can be neither changed nor deleted.`,
    });
  }
  return row;
}

function rowOf(tx: Tx, { environmentId, resourceId }: ResourcePath) {
  return tx
    .selectFrom('resources')
    .selectAll()
    .where('environment_id', '=', environmentId)
    .where('id', '=', resourceId)
    .executeTakeFirst();
}

export async function readResource(db: Tx, at: ResourcePath): Promise<Resource | undefined> {
  const row = await rowOf(db, at);
  return row && resourceOf(row);
}

export async function readResources(
  db: Tx,
  { environmentId }: InEnvironment,
  request: PageRequest,
): Promise<Page<Resource> | undefined> {
  const parent = await db
    .selectFrom('environments')
    .select('resources')
    .where('id', '=', environmentId)
    .executeTakeFirst();
  if (parent === undefined) return undefined;
  const all = db.selectFrom('resources').selectAll().where('environment_id', '=', environmentId);
  const found = await inWindow(all, 'id', windowOf(request)).execute();
  return pageOf(found, request, (row) => row.id, resourceOf, parent.resources);
}
