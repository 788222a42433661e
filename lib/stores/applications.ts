import type { ApplicationCommand, NewApplicationCommand } from '../grants/commands.js';
import type { Application } from '../grants/model.js';
import { notFound } from '../grants/problem.js';
import type { ApplicationPath, InEnvironment, Page, PageRequest } from '../grants/store.js';
import { checkNoVersion, checkVersion, idTaken, refuseOwn } from './conditions.js';
import { grantsOf } from './grants.js';
import { inWindow, pageOf, windowOf } from './paging.js';
import { notBeforeOf, voidUntil } from './revocations.js';
import { applicationColumns, applicationOf, changedRow, isSame, newRow } from './rows.js';
import type { Tx } from './tables.js';
import type { Turn } from './turn.js';

export async function createApplication(
  turn: Turn,
  { environmentId }: InEnvironment,
  { id, ...data }: NewApplicationCommand,
): Promise<Application> {
  if (id !== undefined) refuseOwn(turn, id);
  const parent = await countApplications(turn, environmentId, 1);
  if (parent === undefined) throw notFound();
  checkNoVersion(turn);
  const row = await turn.tx
    .insertInto('applications')
    .values({ ...newRow(id ?? turn.newId(), turn.now), environment_id: environmentId, ...applicationColumns(data) })
    .onConflict((conflict) => conflict.doNothing())
    .returningAll()
    .executeTakeFirst();
  if (row === undefined) throw idTaken('An application', id as string);
  if (id !== undefined) await voidEarlierTokens(turn, id);
  const application = applicationOf(row);
  await turn.record({
    type: 'APPLICATION.CREATED',
    environmentId,
    targetId: row.id,
    after: application,
    applicationId: row.id,
  });
  return application;
}

export async function replaceApplication(
  turn: Turn,
  at: ApplicationPath,
  data: ApplicationCommand,
): Promise<Application> {
  const row = await ownRow(turn, at);
  const columns = applicationColumns(data);
  if (isSame(row, columns)) return applicationOf(row);
  const changed = await turn.tx
    .updateTable('applications')
    .set({ ...changedRow(row.version, turn.now), ...columns })
    .where('environment_id', '=', at.environmentId)
    .where('id', '=', row.id)
    .returningAll()
    .executeTakeFirstOrThrow();
  const application = applicationOf(changed);
  await turn.record({
    type: 'APPLICATION.UPDATED',
    environmentId: at.environmentId,
    targetId: row.id,
    before: applicationOf(row),
    after: application,
    applicationId: row.id,
  });
  return application;
}

export async function deleteApplication(turn: Turn, at: ApplicationPath): Promise<undefined> {
  const row = await ownRow(turn, at);
  await noteDepartures(turn, [row.id]);
  const grants = await grantsOf(turn.tx, row.id);
  await turn.tx
    .deleteFrom('applications')
    .where('environment_id', '=', at.environmentId)
    .where('id', '=', row.id)
    .execute();
  await countApplications(turn, at.environmentId, -1);
  await turn.record({
    type: 'APPLICATION.DELETED',
    environmentId: at.environmentId,
    targetId: row.id,
    before: { ...applicationOf(row), grants },
    applicationId: row.id,
  });
}

/** What was issued to an application of that id before it was deleted does not come back with it. */
async function voidEarlierTokens({ tx, time }: Turn, applicationId: string): Promise<void> {
  const departed = await tx
    .deleteFrom('departed_applications')
    .where('application_id', '=', applicationId)
    .returning('not_before')
    .executeTakeFirst();
  if (departed === undefined) return;
  await voidUntil(tx, applicationId, undefined, Math.max(time, departed.not_before));
}

/** An application that is gone is not one that was never heard of: its tokens are refused wherever they turn up. */
export async function noteDepartures({ tx, time }: Turn, ids: readonly string[]): Promise<void> {
  const notBefore = await notBeforeOf(tx, ids);
  await tx
    .insertInto('departed_applications')
    .values(ids.map((id) => ({ application_id: id, not_before: Math.max(time, notBefore.get(id) ?? 0) })))
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

async function ownRow(turn: Turn, at: ApplicationPath) {
  const row = await applicationRow(turn.tx, at);
  if (row === undefined) throw notFound();
  refuseOwn(turn, row.id);
  checkVersion(turn, row.version);
  return row;
}

function countApplications({ tx }: Turn, environmentId: string, difference: 1 | -1) {
  return tx
    .updateTable('environments')
    .set((eb) => ({ applications: eb('applications', '+', difference) }))
    .where('id', '=', environmentId)
    .returning('id')
    .executeTakeFirst();
}

export function applicationRow(tx: Tx, { environmentId, applicationId }: ApplicationPath) {
  return tx
    .selectFrom('applications')
    .selectAll()
    .where('environment_id', '=', environmentId)
    .where('id', '=', applicationId)
    .executeTakeFirst();
}

export async function readApplication(db: Tx, at: ApplicationPath): Promise<Application | undefined> {
  const row = await applicationRow(db, at);
  return row && applicationOf(row);
}

export async function readApplications(
  db: Tx,
  { environmentId }: InEnvironment,
  request: PageRequest,
): Promise<Page<Application> | undefined> {
  const parent = await db
    .selectFrom('environments')
    .select('applications')
    .where('id', '=', environmentId)
    .executeTakeFirst();
  if (parent === undefined) return undefined;
  const all = db.selectFrom('applications').selectAll().where('environment_id', '=', environmentId);
  const found = await inWindow(all, 'id', windowOf(request)).execute();
  return pageOf(found, request, (row) => row.id, applicationOf, parent.applications);
}
