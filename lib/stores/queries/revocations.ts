import type { RevocationCommand } from '../../grants/commands.js';
import { invalidData, notFound } from '../../grants/errors.js';
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
  requested: RevocationCommand,
): Promise<Revocation> {
  const { tx, time } = unit;
  const application = await tx
    .selectFrom('applications')
    .select('id')
    .where('environment_id', '=', environmentId)
    .where('id', '=', applicationId)
    .executeTakeFirst();
  if (application === undefined) throw notFound();
  checkNoTag(unit);
  const moment = toMoment(unit, requested.notBefore);
  await deleteExpiredSubjects(tx, applicationId, time - MAX_TOKEN_LIFETIME_SECONDS * 1000);
  const hasRoom =
    requested.subject !== undefined && (await countOtherSubjects(tx, applicationId, requested.subject)) < MAX_SUBJECTS;
  const subject = hasRoom ? requested.subject : undefined;
  if (requested.notBefore !== undefined) await correctFutureRevocations(unit, applicationId, subject);
  if (subject === undefined) await deleteExpiredSubjects(tx, applicationId, moment);
  const notBefore = await revokeBefore(tx, applicationId, subject, moment);
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

/** Without a requested moment that of this change, which is no earlier than the last one, whatever this clock says. */
function toMoment({ now, time }: UnitOfWork, requested: string | undefined): number {
  if (requested === undefined) return Date.parse(now);
  const moment = Date.parse(requested);
  if (moment <= time) return moment;
  throw invalidData({
    code: 'OUT_OF_RANGE',
    target: 'notBefore',
    message: 'notBefore must not lie in the future.',
    innerError: { rangeMaximumValue: new Date(time).toISOString() },
  });
}

/** A revocation in the future is the work of a clock that was ahead. Those of the past are never moved or removed. */
async function correctFutureRevocations(
  { tx, time, resetDates }: UnitOfWork,
  applicationId: string,
  subject: string | undefined,
): Promise<void> {
  await tx
    .deleteFrom('revocations')
    .where('application_id', '=', applicationId)
    .where('not_before', '>', time)
    .$if(subject !== undefined, (query) => query.where('subject', '=', subject as string))
    .execute();
  resetDates();
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

/**
 * Never moves a revocation to an earlier time.
 *
 * @returns the time that it has now
 */
export async function revokeBefore(
  tx: Queryable,
  applicationId: string,
  subject: string | undefined,
  moment: number,
): Promise<number> {
  const found = await tx
    .insertInto('revocations')
    .values({ application_id: applicationId, subject: subject ?? EVERY_SUBJECT, not_before: moment })
    .onConflict((conflict) =>
      conflict.columns(['application_id', 'subject']).doUpdateSet((eb) => ({
        not_before: eb
          .case()
          .when('revocations.not_before', '<', moment)
          .then(moment)
          .else(eb.ref('revocations.not_before'))
          .end(),
      })),
    )
    .returning('not_before')
    .executeTakeFirstOrThrow();
  return Number(found.not_before);
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
