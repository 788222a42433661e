import type { ScopeCommand } from '../../grants/commands.js';
import { notFound } from '../../grants/errors.js';
import type { ScopeListRequest } from '../../grants/list-request.js';
import type { ResourceScope } from '../../grants/model.js';
import type { InEnvironment, Page, ResourcePath, ScopePath } from '../../grants/store.js';
import { forEachHolder } from '../batches.js';
import { changedRow, fromScope, isUnchanged, newRow, toScope } from '../mappers.js';
import { EXACT } from '../name-order.js';
import type { Queryable } from '../schema.js';
import type { UnitOfWork } from '../unit-of-work.js';
import { affectsOtherHolders } from './affected-applications.js';
import { readNamedList } from './named-list.js';
import { countRows, selectScopes } from './narrowed-lists.js';
import { checkNoTag, checkTag, duplicateName, forbidOwnScopeChange } from './preconditions.js';

export async function createScope(unit: UnitOfWork, at: ResourcePath, data: ScopeCommand): Promise<ResourceScope> {
  const { tx, now } = unit;
  const parent = await countScopes(unit, at, 1);
  if (parent === undefined) throw notFound();
  checkNoTag(unit);
  const row = await tx
    .insertInto('scopes')
    .values({
      ...newRow(unit.newId(), now),
      environment_id: at.environmentId,
      resource_id: at.resourceId,
      ...fromScope(data),
    })
    .onConflict((conflict) => conflict.columns(['resource_id', 'name']).doNothing())
    .returningAll()
    .executeTakeFirst();
  if (row === undefined) {
    const taken = await tx
      .selectFrom('scopes')
      .select('id')
      .where('resource_id', '=', at.resourceId)
      .where('name', '=', data.name)
      .executeTakeFirst();
    throw duplicateName('name', 'A scope of this resource', taken?.id);
  }
  const scope = toScope(row);
  await unit.record({
    type: 'SCOPE.CREATED',
    environmentId: at.environmentId,
    targetId: row.id,
    after: scope,
    affectsEnvironment: await affectsOtherHolders(tx, at, [data.name]),
  });
  return scope;
}

export async function replaceScope(unit: UnitOfWork, at: ScopePath, data: ScopeCommand): Promise<ResourceScope> {
  const row = await selectRow(unit.tx, at);
  if (row === undefined) throw notFound();
  checkTag(unit, toScope(row));
  const columns = fromScope(data);
  if (isUnchanged(row, columns)) return toScope(row);
  const isRenamed = row.name !== data.name;
  if (isRenamed) await forbidOwnScopeChange(unit, 'scope_id', row.id);
  const changed = await unit.tx
    .updateTable('scopes')
    .set({ ...changedRow(row.version, unit.now), ...columns })
    .where('resource_id', '=', at.resourceId)
    .where('id', '=', at.scopeId)
    .returningAll()
    .executeTakeFirstOrThrow();
  const scope = toScope(changed);
  await unit.record({
    type: 'SCOPE.UPDATED',
    environmentId: at.environmentId,
    targetId: row.id,
    before: toScope(row),
    after: scope,
    ...(isRenamed && {
      held: { scopeId: row.id },
      affectsEnvironment: await affectsOtherHolders(unit.tx, at, [row.name, data.name]),
    }),
  });
  return scope;
}

export async function deleteScope(unit: UnitOfWork, at: ScopePath): Promise<undefined> {
  const { tx } = unit;
  const row = await selectRow(tx, at);
  if (row === undefined) throw notFound();
  checkTag(unit, toScope(row));
  await forbidOwnScopeChange(unit, 'scope_id', row.id);
  await unit.record({
    type: 'SCOPE.DELETED',
    environmentId: at.environmentId,
    targetId: row.id,
    before: toScope(row),
    held: { scopeId: row.id },
    affectsEnvironment: await affectsOtherHolders(tx, at, [row.name]),
  });
  await dropFromGrants(unit, at);
  await tx.deleteFrom('scopes').where('resource_id', '=', at.resourceId).where('id', '=', row.id).execute();
  await countScopes(unit, at, -1);
}

/** Deletes the grants that have no other scope; each of the others gets a new version. */
function dropFromGrants(unit: UnitOfWork, at: ScopePath): Promise<void> {
  return forEachHolder(unit.tx, at, async (applicationIds) => {
    await deleteGrantedScope(unit, at, applicationIds);
    await deleteEmptyGrants(unit, at, applicationIds);
    await raiseGrantVersions(unit, at, applicationIds);
  });
}

async function deleteGrantedScope(
  { tx }: UnitOfWork,
  { scopeId }: ScopePath,
  applicationIds: readonly string[],
): Promise<void> {
  await tx
    .deleteFrom('grant_scopes')
    .where('scope_id', '=', scopeId)
    .where('application_id', 'in', applicationIds)
    .execute();
}

async function deleteEmptyGrants(
  { tx }: UnitOfWork,
  { environmentId, resourceId }: ScopePath,
  applicationIds: readonly string[],
): Promise<void> {
  const deleted = await tx
    .deleteFrom('grants')
    .where('resource_id', '=', resourceId)
    .where('application_id', 'in', applicationIds)
    .where(({ not, exists, selectFrom }) => {
      const scopes = selectFrom('grant_scopes').select('scope_id').whereRef('grant_scopes.grant_id', '=', 'grants.id');
      return not(exists(scopes));
    })
    .returning('application_id as id')
    .execute();
  if (deleted.length === 0) return;
  const ids = deleted.map(({ id }) => id);
  await tx
    .updateTable('applications')
    .set((eb) => ({ grants: eb('grants', '-', 1) }))
    .where('environment_id', '=', environmentId)
    .where('id', 'in', ids)
    .execute();
}

async function raiseGrantVersions(
  { tx, now }: UnitOfWork,
  { resourceId }: ScopePath,
  applicationIds: readonly string[],
): Promise<void> {
  await tx
    .updateTable('grants')
    .set((eb) => ({ version: eb('version', '+', 1), updated_at: now }))
    .where('resource_id', '=', resourceId)
    .where('application_id', 'in', applicationIds)
    .execute();
}

async function countScopes({ tx }: UnitOfWork, { environmentId, resourceId }: ResourcePath, difference: 1 | -1) {
  const parent = await tx
    .updateTable('resources')
    .set((eb) => ({ scopes: eb('scopes', '+', difference) }))
    .where('environment_id', '=', environmentId)
    .where('id', '=', resourceId)
    .returning('id')
    .executeTakeFirst();
  await tx
    .updateTable('environments')
    .set((eb) => ({ scopes: eb('scopes', '+', difference) }))
    .where('id', '=', environmentId)
    .execute();
  return parent;
}

function selectRow(tx: Queryable, { environmentId, resourceId, scopeId }: ScopePath) {
  return tx
    .selectFrom('scopes')
    .selectAll()
    .where('environment_id', '=', environmentId)
    .where('resource_id', '=', resourceId)
    .where('id', '=', scopeId)
    .executeTakeFirst();
}

export async function readScope(db: Queryable, at: ScopePath): Promise<ResourceScope | undefined> {
  const row = await selectRow(db, at);
  return row && toScope(row);
}

export async function readScopes(
  db: Queryable,
  at: InEnvironment | ResourcePath,
  request: ScopeListRequest,
  time: string,
): Promise<Page<ResourceScope> | undefined> {
  const kept = await readScopeCount(db, at);
  if (kept === undefined) return undefined;
  const listed = db.selectFrom('scopes');
  const all =
    'resourceId' in at
      ? listed.where('resource_id', '=', at.resourceId)
      : listed.where('environment_id', '=', at.environmentId);
  const rows = selectScopes(all, request, time);
  const count = rows === all || request.filter !== undefined ? kept : await countRows(db, rows, request);
  return readNamedList({ db, rows: rows.selectAll(), rule: EXACT, count, toItem: toScope }, request);
}

async function readScopeCount(db: Queryable, at: InEnvironment | ResourcePath): Promise<number | undefined> {
  const parent = await ('resourceId' in at
    ? db
        .selectFrom('resources')
        .select('scopes')
        .where('environment_id', '=', at.environmentId)
        .where('id', '=', at.resourceId)
        .executeTakeFirst()
    : db.selectFrom('environments').select('scopes').where('id', '=', at.environmentId).executeTakeFirst());
  return parent?.scopes;
}
