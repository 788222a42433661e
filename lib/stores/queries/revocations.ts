import { notFound } from '../../grants/errors.js';
import type { Revocation } from '../../grants/model.js';
import type { ApplicationPath } from '../../grants/store.js';
import { MAX_TOKEN_LIFETIME_SECONDS } from '../../scope/grammar.js';
import type { Queryable } from '../schema.js';
import type { UnitOfWork } from '../unit-of-work.js';
import { EVERY_SUBJECT } from './application-status.js';
import { checkNoTag } from './preconditions.js';

/** Subjects of one application that have a "not before" of their own; beyond, the application's own is moved. */
const MAX_SUBJECTS = 500;

export async function revokeTokens(
  unit: UnitOfWork,
  { environmentId, applicationId }: ApplicationPath,
  wanted: string | undefined,
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
  const isOneMore = wanted !== undefined && (await subjectsOf(tx, applicationId, wanted)) < MAX_SUBJECTS;
  const subject = isOneMore ? wanted : undefined;
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

/** Until which moment everything is void that was issued to these applications; in milliseconds. */
export async function toNotBefore(tx: Queryable, applicationIds: readonly string[]): Promise<Map<string, number>> {
  const rows = await tx
    .selectFrom('revocations')
    .select(['application_id', 'not_before'])
    .where('application_id', 'in', applicationIds)
    .where('subject', '=', EVERY_SUBJECT)
    .execute();
  return new Map(rows.map(({ application_id: id, not_before: moment }) => [id, moment]));
}

/** What is void already stays so, whatever the clock of this machine says. */
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

/** How many others there are. */
async function subjectsOf(tx: Queryable, applicationId: string, besides: string): Promise<number> {
  const { subjects } = await tx
    .selectFrom('revocations')
    .select((eb) => eb.fn.countAll<number>().as('subjects'))
    .where('application_id', '=', applicationId)
    .where('subject', 'not in', [EVERY_SUBJECT, besides])
    .executeTakeFirstOrThrow();
  return subjects;
}
