import type { ApplicationCommand, NewApplicationCommand } from '../grants/commands.js';
import type { Application, SecretState } from '../grants/model.js';
import { invalidData, notFound } from '../grants/problem.js';
import { DEFAULT_OVERLAP, isSecret, LONGEST_OVERLAP, secretHash } from '../grants/secret.js';
import type { ApplicationPath, InEnvironment, Page, PageRequest } from '../grants/store.js';
import { checkNoVersion, checkVersion, idTaken, refuseOwn } from './conditions.js';
import { grantsOf } from './grants.js';
import { pageOf, windowOf } from './paging.js';
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

async function ownRow(turn: Turn, at: ApplicationPath) {
  const row = await rowOf(turn.tx, at);
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

/** The secret so far becomes the one before, which stays good for a while; what was before it goes. */
export async function rotateSecret(
  turn: Turn,
  at: ApplicationPath,
  secret: string,
  previousExpiresAt: string | undefined,
): Promise<SecretState> {
  const { tx, now } = turn;
  const application = await rowOf(tx, at);
  if (application === undefined) throw notFound();
  refuseOwn(turn, application.id);
  checkNoVersion(turn);
  const moment = new Date(turn.time).toISOString();
  const before = await secretState(tx, at, moment);
  const expiresAt = overlapEnd(turn.time, previousExpiresAt);
  await tx
    .deleteFrom('application_secrets')
    .where('application_id', '=', at.applicationId)
    .where('is_current', '=', 0)
    .execute();
  await tx
    .updateTable('application_secrets')
    .set({ is_current: 0, expires_at: expiresAt })
    .where('application_id', '=', at.applicationId)
    .execute();
  await tx
    .insertInto('application_secrets')
    .values({
      application_id: at.applicationId,
      is_current: 1,
      hash: secretHash(secret),
      created_at: now,
      expires_at: null,
    })
    .execute();
  const state = (await secretState(tx, at, moment)) as SecretState;
  await turn.record({
    type: before === undefined ? 'SECRET.CREATED' : 'SECRET.UPDATED',
    environmentId: at.environmentId,
    targetId: at.applicationId,
    before,
    after: state,
    applicationId: at.applicationId,
  });
  return state;
}

/** A moment that has passed ends the secret before at once. */
function overlapEnd(start: number, wanted: string | undefined): string {
  if (wanted === undefined) return new Date(start + DEFAULT_OVERLAP).toISOString();
  const end = Date.parse(wanted);
  if (end - start > LONGEST_OVERLAP) {
    throw invalidData({
      code: 'OUT_OF_RANGE',
      target: 'previous.expiresAt',
      message: 'previous.expiresAt must lie within 30 days.',
      innerError: { rangeMaximumValue: new Date(start + LONGEST_OVERLAP).toISOString() },
    });
  }
  return new Date(end).toISOString();
}

function rowOf(tx: Tx, { environmentId, applicationId }: ApplicationPath) {
  return tx
    .selectFrom('applications')
    .selectAll()
    .where('environment_id', '=', environmentId)
    .where('id', '=', applicationId)
    .executeTakeFirst();
}

export async function readApplication(db: Tx, at: ApplicationPath): Promise<Application | undefined> {
  const row = await rowOf(db, at);
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
  const { rows, order, comparison, key } = windowOf(request);
  const found = await db
    .selectFrom('applications')
    .selectAll()
    .where('environment_id', '=', environmentId)
    .$if(key !== undefined, (query) => query.where('id', comparison, key as string))
    .orderBy('id', order)
    .limit(rows)
    .execute();
  return pageOf(found, request, (row) => row.id, applicationOf, parent.applications);
}

function secretRows(db: Tx, { environmentId, applicationId }: ApplicationPath) {
  return db
    .selectFrom('application_secrets')
    .innerJoin('applications', 'applications.id', 'application_secrets.application_id')
    .select([
      'application_secrets.is_current',
      'application_secrets.hash',
      'application_secrets.created_at',
      'application_secrets.expires_at',
    ])
    .where('applications.environment_id', '=', environmentId)
    .where('applications.id', '=', applicationId)
    .execute();
}

/** What is known of the secret at the moment `now`. */
export async function secretState(db: Tx, at: ApplicationPath, now: string): Promise<SecretState | undefined> {
  const rows = await secretRows(db, at);
  const current = rows.find((row) => row.is_current === 1);
  const previous = rows.find((row) => row.is_current === 0);
  if (current === undefined) return undefined;
  const { environmentId, applicationId } = at;
  return {
    environmentId,
    applicationId,
    createdAt: current.created_at,
    ...(previous?.expires_at &&
      previous.expires_at > now && {
        previous: { createdAt: previous.created_at, expiresAt: previous.expires_at },
      }),
  };
}

export async function hasSecret(db: Tx, at: ApplicationPath, candidate: string, now: string): Promise<boolean> {
  const rows = await secretRows(db, at);
  return rows
    .filter(({ expires_at: expiresAt }) => expiresAt === null || expiresAt > now)
    .some(({ hash }) => isSecret(candidate, hash));
}
