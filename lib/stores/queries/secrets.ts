import { DEFAULT_OVERLAP, isSecret, MAX_OVERLAP, secretHash } from '../../grants/client-secret.js';
import { invalidData, notFound } from '../../grants/errors.js';
import type { SecretState } from '../../grants/model.js';
import type { ApplicationPath } from '../../grants/store.js';
import type { Queryable } from '../schema.js';
import type { UnitOfWork } from '../unit-of-work.js';
import { selectApplicationRow } from './applications.js';
import { checkNoTag, forbidSelfChange } from './preconditions.js';

/** The current secret becomes the previous one, which stays valid for a while; the one before that is deleted. */
export async function rotateSecret(
  unit: UnitOfWork,
  at: ApplicationPath,
  secret: string,
  previousExpiresAt: string | undefined,
): Promise<SecretState> {
  const { tx, time } = unit;
  const application = await selectApplicationRow(tx, at);
  if (application === undefined) throw notFound();
  forbidSelfChange(unit, application.id);
  checkNoTag(unit);
  const now = new Date(time).toISOString();
  const before = await readSecretState(tx, at, now);
  await retireSecrets(tx, at, toPreviousExpiry(time, previousExpiresAt));
  await insertSecret(unit, at, secret);
  const after = await readSecretState(tx, at, now);
  if (after === undefined) throw new Error('The secret was not stored.');
  await unit.record({
    type: before === undefined ? 'SECRET.CREATED' : 'SECRET.UPDATED',
    environmentId: at.environmentId,
    targetId: at.applicationId,
    before,
    after,
    applicationId: at.applicationId,
  });
  return after;
}

/** Deletes the previous secret, and makes the current one the previous. */
async function retireSecrets(tx: Queryable, { applicationId }: ApplicationPath, expiresAt: string): Promise<void> {
  await tx
    .deleteFrom('application_secrets')
    .where('application_id', '=', applicationId)
    .where('is_current', '=', 0)
    .execute();
  await tx
    .updateTable('application_secrets')
    .set({ is_current: 0, expires_at: expiresAt })
    .where('application_id', '=', applicationId)
    .execute();
}

async function insertSecret(
  { tx, now }: UnitOfWork,
  { applicationId }: ApplicationPath,
  secret: string,
): Promise<void> {
  await tx
    .insertInto('application_secrets')
    .values({
      application_id: applicationId,
      is_current: 1,
      hash: secretHash(secret),
      created_at: now,
      expires_at: null,
    })
    .execute();
}

/** A time in the past ends the previous secret at once. */
function toPreviousExpiry(start: number, requested: string | undefined): string {
  if (requested === undefined) return new Date(start + DEFAULT_OVERLAP).toISOString();
  const end = Date.parse(requested);
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

function readSecretRows(db: Queryable, { environmentId, applicationId }: ApplicationPath) {
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

/** Reads everything about the secret but the secret, at the time `now`. */
export async function readSecretState(
  db: Queryable,
  at: ApplicationPath,
  now: string,
): Promise<SecretState | undefined> {
  const rows = await readSecretRows(db, at);
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
  const rows = await readSecretRows(db, at);
  return rows
    .filter(({ expires_at: expiresAt }) => expiresAt === null || expiresAt > now)
    .some(({ hash }) => isSecret(candidate, hash));
}
