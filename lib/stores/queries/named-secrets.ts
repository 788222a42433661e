import { MAX_NAMED_SECRETS } from '../../grants/client-secret.js';
import type { NewSecretCommand } from '../../grants/commands.js';
import { DATE_EXPECTATION, normalizeDate } from '../../grants/dates.js';
import { invalidData, notFound } from '../../grants/errors.js';
import type { ApplicationSecret } from '../../grants/model.js';
import type { ApplicationPath, Page, PageRequest, SecretPath } from '../../grants/store.js';
import { applyWindow, keysetWindow, toPage } from '../pagination.js';
import type { Queryable } from '../schema.js';
import type { SecretCipher } from '../secret-cipher.js';
import type { UnitOfWork } from '../unit-of-work.js';
import { selectApplicationRow } from './applications.js';
import { describeTooMany } from './grant-scopes.js';
import { duplicateName } from './preconditions.js';
import {
  deleteSecretRows,
  insertSecret,
  isValidAt,
  nextGeneration,
  readSecretRows,
  type SecretRow,
  showSecret,
} from './secret-rows.js';
import { checkSecretChange } from './secrets.js';

export async function createSecret(
  unit: UnitOfWork,
  at: ApplicationPath,
  { name, expiresAt }: NewSecretCommand,
  secret: string,
  cipher: SecretCipher | undefined,
): Promise<ApplicationSecret> {
  await checkSecretChange(unit, at);
  const now = new Date(unit.time).toISOString();
  const end = toExpiry(expiresAt, now);
  const rows = await readSecretRows(unit.tx, at);
  const named = rows.filter((row) => row.name !== null);
  const valid = named.filter((row) => isValidAt(row, now));
  const other = valid.find((row) => row.name === name);
  if (other !== undefined) throw duplicateName('name', 'A secret', other.id);
  if (valid.length >= MAX_NAMED_SECRETS) {
    throw describeTooMany('name', MAX_NAMED_SECRETS, 'An application', 'secrets with a name');
  }
  await deleteSecretRows(
    unit.tx,
    at,
    named.filter((row) => !valid.includes(row)),
  );
  const row = await insertSecret(unit, at, { secret, generation: nextGeneration(rows), name, expiresAt: end }, cipher);
  const after = toSecret(at, row);
  await unit.record({ type: 'SECRET.CREATED', ...toTarget(at, row), after });
  return after;
}

export async function deleteSecret(unit: UnitOfWork, at: SecretPath): Promise<undefined> {
  await checkSecretChange(unit, at);
  const row = await selectValid(unit.tx, at, new Date(unit.time).toISOString())
    .where('id', '=', at.secretId)
    .executeTakeFirst();
  if (row === undefined) throw notFound();
  await deleteSecretRows(unit.tx, at, [row]);
  await unit.record({ type: 'SECRET.DELETED', ...toTarget(at, row), before: toSecret(at, row) });
}

/** With the secret itself where there is a cipher. */
export async function readSecret(
  db: Queryable,
  at: SecretPath,
  now: string,
  cipher: SecretCipher | undefined,
): Promise<ApplicationSecret | undefined> {
  if ((await selectApplicationRow(db, at)) === undefined) return undefined;
  const row = await selectValid(db, at, now).where('id', '=', at.secretId).executeTakeFirst();
  return row && { ...toSecret(at, row), ...showSecret(row, cipher) };
}

export async function readSecrets(
  db: Queryable,
  at: ApplicationPath,
  request: PageRequest,
  now: string,
): Promise<Page<ApplicationSecret> | undefined> {
  if ((await selectApplicationRow(db, at)) === undefined) return undefined;
  const rows = await applyWindow(selectValid(db, at, now), 'id', keysetWindow(request)).execute();
  const { count } = await selectValid(db, at, now)
    .clearSelect()
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return toPage(
    rows,
    request,
    ({ id }) => id,
    (row) => toSecret(at, row),
    count,
  );
}

function selectValid(db: Queryable, { applicationId }: ApplicationPath, now: string) {
  return db
    .selectFrom('application_secrets')
    .selectAll()
    .where('application_id', '=', applicationId)
    .where(({ or, eb }) => or([eb('expires_at', 'is', null), eb('expires_at', '>', now)]));
}

function toTarget({ environmentId, applicationId }: ApplicationPath, { id }: SecretRow) {
  return { environmentId, targetId: id, applicationId };
}

function toSecret({ environmentId, applicationId }: ApplicationPath, row: SecretRow): ApplicationSecret {
  const { id, name, created_at: createdAt, expires_at: expiresAt, last_used_at: lastUsedAt } = row;
  return {
    id,
    environmentId,
    applicationId,
    ...(name !== null && { name }),
    createdAt,
    ...(expiresAt !== null && { expiresAt }),
    ...(lastUsedAt !== null && { lastUsedAt }),
  };
}

/** @throws {AdminError} for a moment that is not in the future */
function toExpiry(requested: string | undefined, now: string): string | null {
  if (requested === undefined) return null;
  const expiresAt = normalizeDate(requested);
  if (expiresAt === undefined) {
    throw invalidData({ code: 'INVALID_VALUE', target: 'expiresAt', message: `expiresAt ${DATE_EXPECTATION}.` });
  }
  if (expiresAt > now) return expiresAt;
  throw invalidData({
    code: 'OUT_OF_RANGE',
    target: 'expiresAt',
    message: 'expiresAt must lie in the future.',
    innerError: { rangeMinimumValue: now },
  });
}
