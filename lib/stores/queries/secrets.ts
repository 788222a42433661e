import { DEFAULT_OVERLAP, isSecret, MAX_OVERLAP, secretHash } from '../../grants/client-secret.js';
import { invalidData, notFound } from '../../grants/errors.js';
import type { SecretState } from '../../grants/model.js';
import type { ApplicationPath } from '../../grants/store.js';
import type { Queryable } from '../schema.js';
import type { UnitOfWork } from '../unit-of-work.js';
import { applicationRow } from './applications.js';
import { checkNoVersion, forbidSelfChange } from './preconditions.js';

/** The secret so far becomes the one before, which stays good for a while; what was before it goes. */
export async function rotateSecret(
  unit: UnitOfWork,
  at: ApplicationPath,
  secret: string,
  previousExpiresAt: string | undefined,
): Promise<SecretState> {
  const { tx, now } = unit;
  const application = await applicationRow(tx, at);
  if (application === undefined) throw notFound();
  forbidSelfChange(unit, application.id);
  checkNoVersion(unit);
  const moment = new Date(unit.time).toISOString();
  const before = await secretState(tx, at, moment);
  const expiresAt = overlapEnd(unit.time, previousExpiresAt);
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
  await unit.record({
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
  if (end - start > MAX_OVERLAP) {
    throw invalidData({
      code: 'OUT_OF_RANGE',
      target: 'previous.expiresAt',
      message: 'previous.expiresAt must lie within 30 days.',
      innerError: { rangeMaximumValue: new Date(start + MAX_OVERLAP).toISOString() },
    });
  }
  return new Date(end).toISOString();
}

function secretRows(db: Queryable, { environmentId, applicationId }: ApplicationPath) {
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
export async function secretState(db: Queryable, at: ApplicationPath, now: string): Promise<SecretState | undefined> {
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

export async function hasSecret(db: Queryable, at: ApplicationPath, candidate: string, now: string): Promise<boolean> {
  const rows = await secretRows(db, at);
  return rows
    .filter(({ expires_at: expiresAt }) => expiresAt === null || expiresAt > now)
    .some(({ hash }) => isSecret(candidate, hash));
}
