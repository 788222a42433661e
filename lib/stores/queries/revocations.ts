import { notFound } from '../../grants/errors.js';
import type { Revocation } from '../../grants/model.js';
import type { ApplicationPath } from '../../grants/store.js';
import { MAX_TOKEN_LIFETIME_SECONDS } from '../../scope/grammar.js';
import type { Queryable } from '../schema.js';
import type { UnitOfWork } from '../unit-of-work.js';
import { EVERY_SUBJECT } from './application-status.js';
import { checkNoTag } from './preconditions.js';

/** How many subjects of one application have a revocation of their own. One more revokes all tokens of the application. */
const MAX_SUBJECTS = 500;

export async function revokeTokens(
  unit: UnitOfWork,
  { environmentId, applicationId }: ApplicationPath,
  requested: string | undefined,
): Promise<Revocation> {
  const { tx } = unit;
  const application = await tx
    .selectFrom('applications')
    .select('id')
    .where('environment_id', '=', environmentId)
    .where('id', '=', applicationId)
    .executeTakeFirst();
  if (application === undefined) throw notFound();
  checkNoTag(unit);
  const notBefore = unit.time;
  await deleteExpiredSubjects(tx, applicationId, notBefore - MAX_TOKEN_LIFETIME_SECONDS * 1000);
  const hasRoom = requested !== undefined && (await countOtherSubjects(tx, applicationId, requested)) < MAX_SUBJECTS;
  const subject = hasRoom ? requested : undefined;
  if (subject === undefined) await deleteExpiredSubjects(tx, applicationId, notBefore);
  await revokeBefore(tx, applicationId, subject, notBefore);
  const revocation: Revocation = {
    environmentId,
    applicationId,
    ...(subject !== undefined && { subject }),
    notBefore: new Date(notBefore).toISOString(),
  };
  await unit.record({
    type: 'REVOCATION.CREATED',
    environmentId,
    targetId: applicationId,
    after: revocation,
    applicationId,
  });
  return revocation;
}

/** The time before which all tokens of each application are revoked, in milliseconds since the epoch. */
export async function readNotBefore(tx: Queryable, applicationIds: readonly string[]): Promise<Map<string, number>> {
  const rows = await tx
    .selectFrom('revocations')
    .select(['application_id', 'not_before'])
    .where('application_id', 'in', applicationIds)
    .where('subject', '=', EVERY_SUBJECT)
    .execute();
  return new Map(rows.map(({ application_id: id, not_before: moment }) => [id, moment]));
}

/** Never moves a revocation to an earlier time, whatever the clock of this machine says. */
export async function revokeBefore(tx: Queryable, applicationId: string, subject: string | undefined, moment: number) {
  await tx
    .insertInto('revocations')
    .values({ application_id: applicationId, subject: subject ?? EVERY_SUBJECT, not_before: moment })
    .onConflict((conflict) => {
      const later = conflict.columns(['application_id', 'subject']).doUpdateSet({ not_before: moment });
      return later.where('revocations.not_before', '<', moment);
    })
    .execute();
}

async function deleteExpiredSubjects(tx: Queryable, applicationId: string, before: number): Promise<void> {
  await tx
    .deleteFrom('revocations')
    .where('application_id', '=', applicationId)
    .where('subject', '<>', EVERY_SUBJECT)
    .where('not_before', '<=', before)
    .execute();
}

async function countOtherSubjects(tx: Queryable, applicationId: string, subject: string): Promise<number> {
  const { subjects } = await tx
    .selectFrom('revocations')
    .select((eb) => eb.fn.countAll<number>().as('subjects'))
    .where('application_id', '=', applicationId)
    .where('subject', 'not in', [EVERY_SUBJECT, subject])
    .executeTakeFirstOrThrow();
  return subjects;
}
