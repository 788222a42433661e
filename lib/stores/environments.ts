import { type EnvironmentCommand, type NewEnvironmentCommand, resourceCommand } from '../grants/commands.js';
import { BUILT_IN_RESOURCES, type Environment } from '../grants/model.js';
import { notFound } from '../grants/problem.js';
import type { Page, PageRequest } from '../grants/store.js';
import { noteDepartures } from './applications.js';
import { checkNoVersion, checkVersion, idTaken, nameTaken, refuseOwnEnvironment } from './conditions.js';
import { inWindow, pageOf, windowOf } from './paging.js';
import { inPortions } from './portions.js';
import { changedRow, environmentColumns, environmentOf, isSame, newRow, resourceColumns } from './rows.js';
import type { Tx } from './tables.js';
import type { Turn } from './turn.js';

export async function createEnvironment(turn: Turn, { id, ...data }: NewEnvironmentCommand): Promise<Environment> {
  checkNoVersion(turn);
  const { tx, now } = turn;
  const row = await tx
    .insertInto('environments')
    .values({ ...newRow(id ?? turn.newId(), now), ...environmentColumns(data) })
    .onConflict((conflict) => conflict.doNothing())
    .returningAll()
    .executeTakeFirst();
  if (row === undefined) {
    if (id !== undefined && (await rowOf(tx, id)) !== undefined) throw idTaken('An environment', id);
    const taken = await tx.selectFrom('environments').select('id').where('name', '=', data.name).executeTakeFirst();
    throw nameTaken('name', 'An environment', taken?.id);
  }
  await tx
    .updateTable('ledger')
    .set((eb) => ({ environments: eb('environments', '+', 1) }))
    .where('id', '=', 1)
    .execute();
  await createBuiltInResources(turn, row.id);
  const environment = environmentOf(row);
  await turn.record({
    type: 'ENVIRONMENT.CREATED',
    environmentId: row.id,
    targetId: row.id,
    after: environment,
  });
  return environment;
}

async function createBuiltInResources({ tx, now, newId }: Turn, environmentId: string): Promise<void> {
  for (const { scopes, type, ...data } of BUILT_IN_RESOURCES) {
    const resource = { ...resourceCommand.parse(data), type };
    const id = newId();
    await tx
      .insertInto('resources')
      .values({
        ...newRow(id, now),
        environment_id: environmentId,
        ...resourceColumns(resource),
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

export async function replaceEnvironment(turn: Turn, id: string, data: EnvironmentCommand): Promise<Environment> {
  const row = await rowOf(turn.tx, id);
  if (row === undefined) throw notFound();
  checkVersion(turn, row.version);
  const columns = environmentColumns(data);
  if (isSame(row, columns)) return environmentOf(row);
  const changed = await turn.tx
    .updateTable('environments')
    .set({ ...changedRow(row.version, turn.now), ...columns })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow();
  const environment = environmentOf(changed);
  await turn.record({
    type: 'ENVIRONMENT.UPDATED',
    environmentId: id,
    targetId: id,
    before: environmentOf(row),
    after: environment,
  });
  return environment;
}

export async function deleteEnvironment(turn: Turn, id: string): Promise<undefined> {
  const row = await rowOf(turn.tx, id);
  if (row === undefined) throw notFound();
  checkVersion(turn, row.version);
  await refuseOwnEnvironment(turn, id);
  await empty(turn, id);
  await turn.tx.deleteFrom('environments').where('id', '=', id).execute();
  await turn.tx
    .updateTable('ledger')
    .set((eb) => ({ environments: eb('environments', '-', 1) }))
    .where('id', '=', 1)
    .execute();
  await turn.record({
    type: 'ENVIRONMENT.DELETED',
    environmentId: id,
    targetId: id,
    before: environmentOf(row),
    isWide: true,
  });
}

/** Removes what lies in an environment: grants with their applications, then scopes, then resources. */
async function empty(turn: Turn, environmentId: string): Promise<void> {
  const { tx } = turn;
  for (const table of ['applications', 'scopes', 'resources'] as const) {
    await inPortions(
      async (behind, limit) => {
        const rows = await tx
          .selectFrom(table)
          .select('id')
          .where('environment_id', '=', environmentId)
          .where('id', '>', behind)
          .orderBy('id')
          .limit(limit)
          .execute();
        return rows.map(({ id }) => id);
      },
      async (ids) => {
        if (table === 'applications') await noteDepartures(turn, ids);
        await tx.deleteFrom(table).where('environment_id', '=', environmentId).where('id', 'in', ids).execute();
      },
    );
  }
}

function rowOf(tx: Tx, id: string) {
  return tx.selectFrom('environments').selectAll().where('id', '=', id).executeTakeFirst();
}

export async function readEnvironment(db: Tx, id: string): Promise<Environment | undefined> {
  const row = await rowOf(db, id);
  return row && environmentOf(row);
}

export async function readEnvironments(db: Tx, request: PageRequest): Promise<Page<Environment>> {
  const ledger = await db.selectFrom('ledger').select('environments').where('id', '=', 1).executeTakeFirstOrThrow();
  const all = db.selectFrom('environments').selectAll();
  const found = await inWindow(all, 'id', windowOf(request)).execute();
  return pageOf(found, request, (row) => row.id, environmentOf, ledger.environments);
}
