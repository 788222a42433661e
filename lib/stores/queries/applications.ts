import type { ApplicationCommand, NewApplicationCommand } from '../../grants/commands.js';
import { notFound } from '../../grants/errors.js';
import type { ApplicationListRequest } from '../../grants/list-request.js';
import type { Application } from '../../grants/model.js';
import type { ApplicationPath, InEnvironment, Page } from '../../grants/store.js';
import { changedRow, fromApplication, isUnchanged, newRow, toApplication } from '../mappers.js';
import { ANY_CASE } from '../name-order.js';
import type { Queryable } from '../schema.js';
import type { UnitOfWork } from '../unit-of-work.js';
import { readNamedList } from './named-list.js';
import { countRows, selectApplications } from './narrowed-lists.js';
import { checkNoTag, checkTag, duplicateId, forbidSelfChange } from './preconditions.js';
import { readAllGrants } from './read-grants.js';
import { readNotBefore, revokeBefore } from './revocations.js';

export async function createApplication(
  unit: UnitOfWork,
  { environmentId }: InEnvironment,
  { id, ...data }: NewApplicationCommand,
): Promise<Application> {
  if (id !== undefined) forbidSelfChange(unit, id);
  const parent = await countApplications(unit, environmentId, 1);
  if (parent === undefined) throw notFound();
  checkNoTag(unit);
  const row = await unit.tx
    .insertInto('applications')
    .values({ ...newRow(id ?? unit.newId(), unit.now), environment_id: environmentId, ...fromApplication(data) })
    .onConflict((conflict) => conflict.doNothing())
    .returningAll()
    .executeTakeFirst();
  if (row === undefined) throw duplicateId('An application', id as string);
  if (id !== undefined) await revokeEarlierTokens(unit, id);
  const application = toApplication(row);
  await unit.record({
    type: 'APPLICATION.CREATED',
    environmentId,
    targetId: row.id,
    after: application,
    applicationId: row.id,
  });
  return application;
}

export async function replaceApplication(
  unit: UnitOfWork,
  at: ApplicationPath,
  data: ApplicationCommand,
): Promise<Application> {
  const row = await readRowToChange(unit, at);
  const columns = fromApplication(data);
  if (isUnchanged(row, columns)) return toApplication(row);
  const changed = await unit.tx
    .updateTable('applications')
    .set({ ...changedRow(row.version, unit.now), ...columns })
    .where('environment_id', '=', at.environmentId)
    .where('id', '=', row.id)
    .returningAll()
    .executeTakeFirstOrThrow();
  const application = toApplication(changed);
  await unit.record({
    type: 'APPLICATION.UPDATED',
    environmentId: at.environmentId,
    targetId: row.id,
    before: toApplication(row),
    after: application,
    applicationId: row.id,
  });
  return application;
}

export async function deleteApplication(unit: UnitOfWork, at: ApplicationPath): Promise<undefined> {
  const row = await readRowToChange(unit, at);
  await recordTombstones(unit, [row.id]);
  const grants = await readAllGrants(unit.tx, row.id);
  await unit.tx
    .deleteFrom('applications')
    .where('environment_id', '=', at.environmentId)
    .where('id', '=', row.id)
    .execute();
  await countApplications(unit, at.environmentId, -1);
  await unit.record({
    type: 'APPLICATION.DELETED',
    environmentId: at.environmentId,
    targetId: row.id,
    before: { ...toApplication(row), grants },
    applicationId: row.id,
  });
}

/** Tokens issued to a deleted application stay revoked when an application with its id is created. */
async function revokeEarlierTokens({ tx, now }: UnitOfWork, applicationId: string): Promise<void> {
  const departed = await tx
    .deleteFrom('departed_applications')
    .where('application_id', '=', applicationId)
    .returning('not_before')
    .executeTakeFirst();
  if (departed === undefined) return;
  await revokeBefore(tx, applicationId, undefined, Math.max(Date.parse(now), departed.not_before));
}

/** Remembers deleted applications, so that their tokens are refused even where unknown applications are trusted. */
export async function recordTombstones({ tx, now }: UnitOfWork, ids: readonly string[]): Promise<void> {
  const notBefore = await readNotBefore(tx, ids);
  await tx
    .insertInto('departed_applications')
    .values(ids.map((id) => ({ application_id: id, not_before: Math.max(Date.parse(now), notBefore.get(id) ?? 0) })))
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

async function readRowToChange(unit: UnitOfWork, at: ApplicationPath) {
  const row = await selectApplicationRow(unit.tx, at);
  if (row === undefined) throw notFound();
  forbidSelfChange(unit, row.id);
  checkTag(unit, toApplication(row));
  return row;
}

function countApplications({ tx }: UnitOfWork, environmentId: string, difference: 1 | -1) {
  return tx
    .updateTable('environments')
    .set((eb) => ({ applications: eb('applications', '+', difference) }))
    .where('id', '=', environmentId)
    .returning('id')
    .executeTakeFirst();
}

export function selectApplicationRow(tx: Queryable, { environmentId, applicationId }: ApplicationPath) {
  return tx
    .selectFrom('applications')
    .selectAll()
    .where('environment_id', '=', environmentId)
    .where('id', '=', applicationId)
    .executeTakeFirst();
}

export async function readApplication(db: Queryable, at: ApplicationPath): Promise<Application | undefined> {
  const row = await selectApplicationRow(db, at);
  return row && toApplication(row);
}

export async function readApplications(
  db: Queryable,
  { environmentId }: InEnvironment,
  request: ApplicationListRequest,
  time: string,
): Promise<Page<Application> | undefined> {
  const parent = await db
    .selectFrom('environments')
    .select('applications')
    .where('id', '=', environmentId)
    .executeTakeFirst();
  if (parent === undefined) return undefined;
  const all = db.selectFrom('applications').where('environment_id', '=', environmentId);
  const rows = selectApplications(all, environmentId, request, time);
  const count = rows === all || request.filter !== undefined ? parent.applications : await countRows(db, rows, request);
  return readNamedList({ db, rows: rows.selectAll(), rule: ANY_CASE, count, toItem: toApplication }, request);
}
