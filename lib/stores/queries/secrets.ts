import { DEFAULT_OVERLAP, isSecret, MAX_EARLIER_SECRETS, MAX_OVERLAP, secretHash } from '../../grants/client-secret.js';
import { invalidData, notFound } from '../../grants/errors.js';
import type { SecretState } from '../../grants/model.js';
import type { ApplicationPath } from '../../grants/store.js';
import type { Queryable } from '../schema.js';
import type { UnitOfWork } from '../unit-of-work.js';
import { selectApplicationRow } from './applications.js';
import { checkNoTag, forbidSelfChange } from './preconditions.js';

/**
 * The current secret stays valid for a while, and earlier ones until their own end: where the response with a new secret is
 * lost, another rotation does not void the one in use. An end that is not in the future ends them all.
 */
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
  const generation = await retireSecrets(tx, at, { now, expiresAt: toPreviousExpiry(time, previousExpiresAt) });
  await insertSecret(unit, at, { secret, generation: generation + 1 });
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

/**
 * Gives the current secret its end, and deletes those that have ended.
 *
 * @returns the generation of the current secret; 0 where there is none
 */
async function retireSecrets(
  tx: Queryable,
  { applicationId }: ApplicationPath,
  { now, expiresAt }: { readonly now: string; readonly expiresAt: string },
): Promise<number> {
  await tx
    .updateTable('application_secrets')
    .set({ expires_at: expiresAt })
    .where('application_id', '=', applicationId)
    .where('expires_at', 'is', null)
    .execute();
  const rows = await tx
    .selectFrom('application_secrets')
    .select(['generation', 'expires_at'])
    .where('application_id', '=', applicationId)
    .execute();
  const endsLast = rows.filter((row) => expiresAt > now && (row.expires_at ?? '') > now).sort(compareEnds);
  const kept = new Set(endsLast.slice(0, MAX_EARLIER_SECRETS).map(({ generation }) => generation));
  const ended = rows.map(({ generation }) => generation).filter((generation) => !kept.has(generation));
  if (ended.length > 0) {
    await tx
      .deleteFrom('application_secrets')
      .where('application_id', '=', applicationId)
      .where('generation', 'in', ended)
      .execute();
  }
  return rows.reduce((latest, { generation }) => Math.max(latest, generation), 0);
}

interface Retired {
  readonly generation: number;
  readonly expires_at: string | null;
}

/** The one that ends last comes first; of two that end at once, the newer. */
function compareEnds(one: Retired, other: Retired): number {
  const [end, otherEnd] = [one.expires_at ?? '', other.expires_at ?? ''];
  return end === otherEnd ? other.generation - one.generation : end < otherEnd ? 1 : -1;
}

async function insertSecret(
  { tx, now }: UnitOfWork,
  { applicationId }: ApplicationPath,
  { secret, generation }: { readonly secret: string; readonly generation: number },
): Promise<void> {
  await tx
    .insertInto('application_secrets')
    .values({
      application_id: applicationId,
      generation,
      hash: secretHash(secret),
      created_at: now,
      expires_at: null,
    })
    .execute();
}

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
      'application_secrets.generation',
      'application_secrets.hash',
      'application_secrets.created_at',
      'application_secrets.expires_at',
    ])
    .where('applications.environment_id', '=', environmentId)
    .where('applications.id', '=', applicationId)
    .orderBy('application_secrets.generation', 'desc')
    .execute();
}

/** Reads everything about the secret but the secret, at the time `now`. */
export async function readSecretState(
  db: Queryable,
  at: ApplicationPath,
  now: string,
): Promise<SecretState | undefined> {
  const rows = await readSecretRows(db, at);
  const [current, previous] = rows;
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
