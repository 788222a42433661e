import { DEFAULT_OVERLAP, MAX_EARLIER_SECRETS, MAX_OVERLAP } from '../../grants/client-secret.js';
import { invalidData, notFound } from '../../grants/errors.js';
import type { SecretState } from '../../grants/model.js';
import type { ApplicationPath } from '../../grants/store.js';
import type { Queryable } from '../schema.js';
import type { SecretCipher } from '../secret-cipher.js';
import type { UnitOfWork } from '../unit-of-work.js';
import { selectApplicationRow } from './applications.js';
import { checkNoTag, forbidSelfChange } from './preconditions.js';
import {
  deleteSecretRows,
  insertSecret,
  isValidAt,
  nextGeneration,
  readSecretRows,
  type SecretRow,
  showSecret,
} from './secret-rows.js';

/**
 * The current secret stays valid for a while, and earlier ones until their own end: where the response with a new secret is
 * lost, another rotation does not void the one in use. An end that is not in the future ends them all. Those with a name
 * are not touched.
 */
export async function rotateSecret(
  unit: UnitOfWork,
  at: ApplicationPath,
  secret: string,
  previousExpiresAt: string | undefined,
  cipher: SecretCipher | undefined,
): Promise<SecretState> {
  await checkSecretChange(unit, at);
  const now = new Date(unit.time).toISOString();
  const rows = await readSecretRows(unit.tx, at);
  await retireSecrets(unit.tx, at, rows.filter(isRotated), toPreviousExpiry(unit.time, previousExpiresAt), now);
  const added = { secret, generation: nextGeneration(rows), name: null, expiresAt: null };
  await insertSecret(unit, at, added, cipher);
  const after = toSecretState(at, await readSecretRows(unit.tx, at), now);
  if (after === undefined) throw new Error('The secret was not stored.');
  const before = toSecretState(at, rows, now);
  await recordRotation(unit, at, before, after);
  return after;
}

/** Ends what has been replaced and is still valid. */
export async function endPreviousSecrets(unit: UnitOfWork, at: ApplicationPath): Promise<undefined> {
  await checkSecretChange(unit, at);
  const now = new Date(unit.time).toISOString();
  const rows = await readSecretRows(unit.tx, at);
  const earlier = rows.filter((row) => isRotated(row) && row.expires_at !== null);
  if (!earlier.some((row) => isValidAt(row, now))) throw notFound();
  await deleteSecretRows(unit.tx, at, earlier);
  const kept = rows.filter((row) => !earlier.includes(row));
  await recordRotation(unit, at, toSecretState(at, rows, now), toSecretState(at, kept, now));
}

/** What every change of a secret begins with. */
export async function checkSecretChange(unit: UnitOfWork, at: ApplicationPath): Promise<void> {
  const application = await selectApplicationRow(unit.tx, at);
  if (application === undefined) throw notFound();
  forbidSelfChange(unit, application.id);
  checkNoTag(unit);
}

function recordRotation(
  unit: UnitOfWork,
  { environmentId, applicationId }: ApplicationPath,
  before: SecretState | undefined,
  after: SecretState | undefined,
): Promise<void> {
  const type = before === undefined ? 'SECRET.CREATED' : after === undefined ? 'SECRET.DELETED' : 'SECRET.UPDATED';
  return unit.record({ type, environmentId, targetId: applicationId, before, after, applicationId });
}

/** Gives the current secret its end, and deletes those that have ended. */
async function retireSecrets(
  tx: Queryable,
  at: ApplicationPath,
  rows: readonly SecretRow[],
  expiresAt: string,
  now: string,
): Promise<void> {
  await tx
    .updateTable('application_secrets')
    .set({ expires_at: expiresAt })
    .where('application_id', '=', at.applicationId)
    .where('name', 'is', null)
    .where('expires_at', 'is', null)
    .execute();
  const retired = rows.map((row) => ({ ...row, expires_at: row.expires_at ?? expiresAt }));
  const endsLast = retired.filter((row) => expiresAt > now && isValidAt(row, now)).sort(compareEnds);
  const kept = new Set<SecretRow>(endsLast.slice(0, MAX_EARLIER_SECRETS));
  await deleteSecretRows(
    tx,
    at,
    retired.filter((row) => !kept.has(row)),
  );
}

interface Retired {
  readonly generation: number;
  readonly expires_at: string;
}

/** The one that ends last comes first; of two that end at once, the newer. */
function compareEnds(one: Retired, other: Retired): number {
  const [end, otherEnd] = [one.expires_at, other.expires_at];
  return end === otherEnd ? other.generation - one.generation : end < otherEnd ? 1 : -1;
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

/** Without a name: the application's own, which is rotated, or one that it has replaced. */
function isRotated({ name }: SecretRow): boolean {
  return name === null;
}

/** Reads the secret that is rotated, at the time `now`; with the secret itself where there is a cipher. */
export async function readSecretState(
  db: Queryable,
  at: ApplicationPath,
  now: string,
  cipher?: SecretCipher,
): Promise<SecretState | undefined> {
  return toSecretState(at, await readSecretRows(db, at), now, cipher);
}

/** @param rows the newest first */
function toSecretState(
  { environmentId, applicationId }: ApplicationPath,
  rows: readonly SecretRow[],
  now: string,
  cipher?: SecretCipher,
): SecretState | undefined {
  const rotated = rows.filter(isRotated);
  const current = rotated.find((row) => row.expires_at === null);
  if (current === undefined) return undefined;
  const previous = rotated.find((row) => row !== current);
  const { expires_at: expiresAt = null, last_used_at: lastUsedAt } = previous ?? {};
  return {
    environmentId,
    applicationId,
    ...showSecret(current, cipher),
    createdAt: current.created_at,
    ...(previous &&
      expiresAt !== null &&
      isValidAt(previous, now) && {
        previous: {
          ...showSecret(previous, cipher),
          createdAt: previous.created_at,
          expiresAt,
          ...(lastUsedAt && { lastUsedAt }),
        },
      }),
  };
}
