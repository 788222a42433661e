import type { EnvironmentCommand, NewEnvironmentCommand } from '../../grants/commands.js';
import { completeResource } from '../../grants/defaults.js';
import { notFound } from '../../grants/errors.js';
import type { ListRequest } from '../../grants/list-request.js';
import { BUILT_IN_RESOURCES, type Environment } from '../../grants/model.js';
import type { Page } from '../../grants/store.js';
import { inBatches } from '../batches.js';
import { changedRow, fromEnvironment, fromResource, isUnchanged, newRow, toEnvironment } from '../mappers.js';
import { ANY_CASE } from '../name-order.js';
import type { Queryable } from '../schema.js';
import type { UnitOfWork } from '../unit-of-work.js';
import { recordTombstones } from './applications.js';
import { readNamedList } from './named-list.js';
import { checkNoTag, checkTag, duplicateId, duplicateName, forbidOwnEnvironmentChange } from './preconditions.js';

export async function createEnvironment(
  unit: UnitOfWork,
  { id, ...data }: NewEnvironmentCommand,
): Promise<Environment> {
  checkNoTag(unit);
  const { tx, now } = unit;
  const row = await tx
    .insertInto('environments')
    .values({ ...newRow(id ?? unit.newId(), now), ...fromEnvironment(data) })
    .onConflict((conflict) => conflict.doNothing())
    .returningAll()
    .executeTakeFirst();
  if (row === undefined) {
    if (id !== undefined && (await selectRow(tx, id)) !== undefined) throw duplicateId('An environment', id);
    const taken = await tx.selectFrom('environments').select('id').where('name', '=', data.name).executeTakeFirst();
    throw duplicateName('name', 'An environment', taken?.id);
  }
  await unit.waitForAll();
  await tx
    .updateTable('ledger')
    .set((eb) => ({ environments: eb('environments', '+', 1) }))
    .where('id', '=', 1)
    .execute();
  await createBuiltInResources(unit, row.id);
  const environment = toEnvironment(row);
  await unit.record({
    type: 'ENVIRONMENT.CREATED',
    environmentId: row.id,
    targetId: row.id,
    after: environment,
  });
  return environment;
}

async function createBuiltInResources({ tx, now, newId }: UnitOfWork, environmentId: string): Promise<void> {
  for (const { scopes, type, ...data } of BUILT_IN_RESOURCES) {
    const resource = { ...completeResource(data), type };
    const id = newId();
    await tx
      .insertInto('resources')
      .values({
        ...newRow(id, now),
        environment_id: environmentId,
        ...fromResource(resource),
        scopes: scopes.length,
      })
      .execute();
    await tx
      .insertInto('scopes')
      .values(
        scopes.map((name) => ({
          ...newRow(newId(), now),
          environment_id: environmentId,
          resource_id: id,
          name,
          description: null,
        })),
      )
      .execute();
  }
  const scopes = BUILT_IN_RESOURCES.reduce((sum, resource) => sum + resource.scopes.length, 0);
  await tx
    .updateTable('environments')
    .set({ resources: BUILT_IN_RESOURCES.length, scopes })
    .where('id', '=', environmentId)
    .execute();
}

export async function replaceEnvironment(unit: UnitOfWork, id: string, data: EnvironmentCommand): Promise<Environment> {
  const row = await selectRow(unit.tx, id);
  if (row === undefined) throw notFound();
  checkTag(unit, toEnvironment(row));
  const columns = fromEnvironment(data);
  if (isUnchanged(row, columns)) return toEnvironment(row);
  const changed = await unit.tx
    .updateTable('environments')
    .set({ ...changedRow(row.version, unit.now), ...columns })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow();
  const environment = toEnvironment(changed);
  await unit.record({
    type: 'ENVIRONMENT.UPDATED',
    environmentId: id,
    targetId: id,
    before: toEnvironment(row),
    after: environment,
  });
  return environment;
}

export async function deleteEnvironment(unit: UnitOfWork, id: string): Promise<undefined> {
  const row = await selectRow(unit.tx, id);
  if (row === undefined) throw notFound();
  checkTag(unit, toEnvironment(row));
  await forbidOwnEnvironmentChange(unit, id);
  await deleteContents(unit, id);
  await unit.tx.deleteFrom('environments').where('id', '=', id).execute();
  await unit.waitForAll();
  await unit.tx
    .updateTable('ledger')
    .set((eb) => ({ environments: eb('environments', '-', 1) }))
    .where('id', '=', 1)
    .execute();
  await unit.record({
    type: 'ENVIRONMENT.DELETED',
    environmentId: id,
    targetId: id,
    before: toEnvironment(row),
    affectsEnvironment: true,
  });
}

/** Deletes the contents of an environment: applications with their grants, then scopes, then resources. */
async function deleteContents(unit: UnitOfWork, environmentId: string): Promise<void> {
  const { tx } = unit;
  for (const table of ['applications', 'scopes', 'resources'] as const) {
    await inBatches(
      async (after, limit) => {
        const rows = await tx
          .selectFrom(table)
          .select('id')
          .where('environment_id', '=', environmentId)
          .where('id', '>', after)
          .orderBy('id')
          .limit(limit)
          .execute();
        return rows.map(({ id }) => id);
      },
      async (ids) => {
        if (table === 'applications') await recordTombstones(unit, ids);
        await tx.deleteFrom(table).where('environment_id', '=', environmentId).where('id', 'in', ids).execute();
      },
    );
  }
}

function selectRow(tx: Queryable, id: string) {
  return tx.selectFrom('environments').selectAll().where('id', '=', id).executeTakeFirst();
}

export async function readEnvironment(db: Queryable, id: string): Promise<Environment | undefined> {
  const row = await selectRow(db, id);
  return row && toEnvironment(row);
}

export async function readEnvironments(db: Queryable, request: ListRequest): Promise<Page<Environment>> {
  const ledger = await db.selectFrom('ledger').select('environments').where('id', '=', 1).executeTakeFirstOrThrow();
  const rows = db.selectFrom('environments').selectAll();
  return readNamedList({ db, rows, rule: ANY_CASE, count: ledger.environments, toItem: toEnvironment }, request);
}
