import type { ApplicationStatus } from '../../grants/store.js';
import type { Queryable } from '../schema.js';

/**
 * One statement, so that everything is of one moment: a row for each granted scope and for each subject with a "not
 * before", one row at least, and in each the ledger's number and what is known of the application.
 */
export async function readApplicationStatus(db: Queryable, applicationId: string): Promise<ApplicationStatus> {
  const rows = await db
    .selectFrom('ledger')
    .leftJoin('applications', (join) => join.on('applications.id', '=', applicationId))
    .leftJoin('departed_applications as departed', (join) => join.on('departed.application_id', '=', applicationId))
    .leftJoin(
      (eb) =>
        eb
          .selectFrom('grant_scopes')
          .select(['application_id', 'scope_name', 'scope_name as subject', (each) => each.lit(null).as('not_before')])
          .where('application_id', '=', applicationId)
          .unionAll(
            eb
              .selectFrom('revocations')
              .select(['application_id', 'subject as scope_name', 'subject', 'not_before'])
              .where('application_id', '=', applicationId) as never,
          )
          .as('facts'),
      (join) => join.onRef('facts.application_id', '=', 'applications.id'),
    )
    .select([
      'ledger.number',
      'applications.enabled',
      'applications.environment_id',
      'departed.application_id as departed',
      'facts.scope_name',
      'facts.not_before',
    ])
    .where('ledger.id', '=', 1)
    .execute();
  const [first] = rows;
  const scopes: string[] = [];
  const subjectsNotBefore = new Map<string, number>();
  let notBefore: number | undefined;
  for (const { scope_name: text, not_before: moment } of rows) {
    if (text === null) continue;
    if (moment === null) scopes.push(text);
    else if (text === EVERY_SUBJECT) notBefore = Number(moment);
    else subjectsNotBefore.set(text, Number(moment));
  }
  return {
    number: first?.number ?? 0,
    state: toState(first?.enabled ?? null, first?.departed ?? null),
    environmentId: first?.environment_id ?? undefined,
    scopes,
    ...(notBefore !== undefined && { notBefore }),
    subjectsNotBefore,
  };
}

/** The subject of a revocation that means all of them. */
export const EVERY_SUBJECT = '';

function toState(enabled: number | null, departed: string | null): ApplicationStatus['state'] {
  if (enabled !== null) return enabled === 1 ? 'enabled' : 'disabled';
  return departed === null ? 'unknown' : 'gone';
}
