import type { ResourceCommand } from '../../grants/commands.js';
import { invalidData, notFound } from '../../grants/errors.js';
import type { ListRequest } from '../../grants/list-request.js';
import type { Resource } from '../../grants/model.js';
import type { InEnvironment, Page, ResourcePath } from '../../grants/store.js';
import { forEachHolder, inBatches } from '../batches.js';
import { changedRow, fromResource, isUnchanged, newRow, toResource } from '../mappers.js';
import { ANY_CASE } from '../name-order.js';
import type { Queryable } from '../schema.js';
import type { UnitOfWork } from '../unit-of-work.js';
import { affectsOthersInReach } from './affected-applications.js';
import { readNamedList } from './named-list.js';
import { checkNoTag, checkTag, duplicateName, forbidOwnScopeChange } from './preconditions.js';
import { findResource } from './resolve-references.js';

export async function createResource(
  unit: UnitOfWork,
  { environmentId }: InEnvironment,
  data: ResourceCommand,
): Promise<Resource> {
  const { tx, now } = unit;
  const parent = await tx
    .updateTable('environments')
    .set((eb) => ({ resources: eb('resources', '+', 1) }))
    .where('id', '=', environmentId)
    .returning('id')
    .executeTakeFirst();
  if (parent === undefined) throw notFound();
  checkNoTag(unit);
  const row = await tx
    .insertInto('resources')
    .values({ ...newRow(unit.newId(), now), environment_id: environmentId, ...fromResource(data) })
    .onConflict((conflict) => conflict.columns(['environment_id', 'name']).doNothing())
    .returningAll()
    .executeTakeFirst();
  if (row === undefined) {
    const taken = await findResource(tx, environmentId, { name: data.name });
    throw duplicateName('name', 'A resource', taken?.id);
  }
  const resource = toResource(row);
  await unit.record({
    type: 'RESOURCE.CREATED',
    environmentId,
    targetId: row.id,
    after: resource,
    affectsEnvironment: await affectsOthersInReach(tx, undefined, resource),
  });
  return resource;
}

export async function replaceResource(unit: UnitOfWork, at: ResourcePath, data: ResourceCommand): Promise<Resource> {
  const row = await readRowToChange(unit, at);
  const columns = fromResource(data);
  if (isUnchanged(row, columns)) return toResource(row);
  // All but the description changes what a grant of the resource permits.
  if (!isUnchanged({ ...row, description: columns.description }, columns)) {
    await forbidOwnScopeChange(unit, 'resource_id', row.id);
  }
  const changed = await unit.tx
    .updateTable('resources')
    .set({ ...changedRow(row.version, unit.now), ...columns })
    .where('environment_id', '=', at.environmentId)
    .where('id', '=', at.resourceId)
    .returningAll()
    .executeTakeFirstOrThrow();
  const [before, resource] = [toResource(row), toResource(changed)];
  const hasOtherAudiences =
    before.audience !== resource.audience || row.secondary_audiences !== changed.secondary_audiences;
  await unit.record({
    type: 'RESOURCE.UPDATED',
    environmentId: at.environmentId,
    targetId: row.id,
    before,
    after: resource,
    affectsEnvironment: await affectsOthersInReach(unit.tx, before, resource),
    ...(hasOtherAudiences && { held: { resourceId: row.id } }), // their status names them
  });
  return resource;
}

export async function deleteResource(unit: UnitOfWork, at: ResourcePath): Promise<undefined> {
  const { tx } = unit;
  const row = await readRowToChange(unit, at);
  await forbidOwnScopeChange(unit, 'resource_id', row.id);
  await unit.record({
    type: 'RESOURCE.DELETED',
    environmentId: at.environmentId,
    targetId: row.id,
    before: toResource(row),
    held: { resourceId: row.id },
    affectsEnvironment: await affectsOthersInReach(tx, toResource(row), undefined),
  });
  await forEachHolder(tx, { resourceId: row.id }, async (applicationIds) => {
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

function deleteScopes(tx: Queryable, resourceId: string): Promise<void> {
  return inBatches(
    async (after, limit) => {
      const rows = await tx
        .selectFrom('scopes')
        .select('id')
        .where('resource_id', '=', resourceId)
        .where('id', '>', after)
        .orderBy('id')
        .limit(limit)
        .execute();
      return rows.map(({ id }) => id);
    },
    (ids) => tx.deleteFrom('scopes').where('resource_id', '=', resourceId).where('id', 'in', ids).execute(),
  );
}

/** @throws {AdminError} `invalid_data` for a built-in resource, `stale` where the tag does not match */
async function readRowToChange(unit: UnitOfWork, at: ResourcePath) {
  const row = await selectRow(unit.tx, at);
  if (row === undefined) throw notFound();
  checkTag(unit, toResource(row));
  if (row.type !== 'CUSTOM') {
    throw invalidData({
      code: 'CONSTRAINT_VIOLATION',
      target: 'type',
      message: `The resource ${row.name} is built in and cannot be changed or deleted.`,
    });
  }
  return row;
}

function selectRow(tx: Queryable, { environmentId, resourceId }: ResourcePath) {
  return tx
    .selectFrom('resources')
    .selectAll()
    .where('environment_id', '=', environmentId)
    .where('id', '=', resourceId)
    .executeTakeFirst();
}

export async function readResource(db: Queryable, at: ResourcePath): Promise<Resource | undefined> {
  const row = await selectRow(db, at);
  return row && toResource(row);
}

export async function readResources(
  db: Queryable,
  { environmentId }: InEnvironment,
  request: ListRequest,
): Promise<Page<Resource> | undefined> {
  const parent = await db
    .selectFrom('environments')
    .select('resources')
    .where('id', '=', environmentId)
    .executeTakeFirst();
  if (parent === undefined) return undefined;
  const rows = db.selectFrom('resources').selectAll().where('environment_id', '=', environmentId);
  return readNamedList({ db, rows, rule: ANY_CASE, count: parent.resources, toItem: toResource }, request);
}
