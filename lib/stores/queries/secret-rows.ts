import type { Selectable } from 'kysely';
import { isSecret, secretHash } from '../../grants/client-secret.js';
import type { ApplicationPath } from '../../grants/store.js';
import type { ApplicationSecretTable, Queryable } from '../schema.js';
import type { SecretCipher } from '../secret-cipher.js';
import type { UnitOfWork } from '../unit-of-work.js';

export type SecretRow = Selectable<ApplicationSecretTable>;

/** The newest first. */
export function readSecretRows(db: Queryable, { environmentId, applicationId }: ApplicationPath): Promise<SecretRow[]> {
  return db
    .selectFrom('application_secrets')
    .innerJoin('applications', 'applications.id', 'application_secrets.application_id')
    .selectAll('application_secrets')
    .where('applications.environment_id', '=', environmentId)
    .where('applications.id', '=', applicationId)
    .orderBy('application_secrets.generation', 'desc')
    .execute();
}

/** A secret that expires is valid until just before that moment. */
export function isValidAt({ expires_at: expiresAt }: Pick<SecretRow, 'expires_at'>, now: string): boolean {
  return expiresAt === null || expiresAt > now;
}

/** The valid secret that `candidate` is. Compares it with all of them, so that the time does not tell which one it is. */
export async function findValidSecret(
  db: Queryable,
  at: ApplicationPath,
  candidate: string,
  now: string,
): Promise<SecretRow | undefined> {
  const rows = await readSecretRows(db, at);
  const equal = rows.map((row) => isSecret(candidate, row.hash));
  return rows.find((row, i) => equal[i] && isValidAt(row, now));
}

/** A secret to add. */
export interface AddedSecret {
  readonly secret: string;
  readonly generation: number;
  readonly name: string | null;
  readonly expiresAt: string | null;
}

/** @param cipher where the store is to show it again */
export function insertSecret(
  { tx, now, newId }: UnitOfWork,
  { applicationId }: ApplicationPath,
  { secret, generation, name, expiresAt }: AddedSecret,
  cipher: SecretCipher | undefined,
): Promise<SecretRow> {
  const id = newId();
  return tx
    .insertInto('application_secrets')
    .values({
      application_id: applicationId,
      id,
      generation,
      name,
      hash: secretHash(secret),
      encrypted: cipher?.encrypt(secret, { applicationId, id }) ?? null,
      created_at: now,
      expires_at: expiresAt,
      last_used_at: null,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
}

export function deleteSecretRows(
  tx: Queryable,
  { applicationId }: ApplicationPath,
  rows: readonly SecretRow[],
): Promise<unknown> {
  if (rows.length === 0) return Promise.resolve();
  return tx
    .deleteFrom('application_secrets')
    .where('application_id', '=', applicationId)
    .where(
      'generation',
      'in',
      rows.map(({ generation }) => generation),
    )
    .execute();
}

/** The generation of the next secret. */
export function nextGeneration(rows: readonly SecretRow[]): number {
  return Math.max(0, ...rows.map(({ generation }) => generation)) + 1;
}

/** The secret itself, as a member, where the cipher has the key that it was encrypted with. */
export function showSecret(row: SecretRow, cipher: SecretCipher | undefined): { readonly secret?: string } {
  if (cipher === undefined || row.encrypted === null) return {};
  const secret = cipher.decrypt(row.encrypted, { applicationId: row.application_id, id: row.id });
  return secret === undefined ? {} : { secret };
}
