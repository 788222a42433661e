import type { ApplicationStatus, StatusGrant } from '../../grants/store.js';
import { encodePosition, toOriginMark } from '../feed-position.js';
import type { Queryable } from '../schema.js';

/** The subject of a revocation that applies to every subject. */
export const EVERY_SUBJECT = '';

export async function readApplicationStatus(db: Queryable, applicationId: string): Promise<ApplicationStatus> {
  const rows = await selectStatus(db, applicationId).execute();
  const [first] = rows;
  if (first === undefined) throw new SyntaxError('The ledger has no row.'); // damage, to the store
  const grants: StatusGrant[] = [];
  const subjectsNotBefore = new Map<string, number>();
  let notBefore: number | undefined;
  for (const { fact, audience, not_before: moment } of rows) {
    if (fact === null) continue;
    if (moment === null) grants.push({ audience: audience ?? '', scope: fact });
    else if (fact === EVERY_SUBJECT) notBefore = Number(moment);
    else subjectsNotBefore.set(fact, Number(moment));
  }
  return {
    number: first.number,
    position: encodePosition({ number: first.number, mark: first.latest_mark ?? toOriginMark(first) }),
    state: toState(first.enabled, first.departed),
    environmentId: first.environment_id ?? undefined,
    grants,
    ...(notBefore !== undefined && { notBefore }),
    subjectsNotBefore,
  };
}

/**
 * One statement, so that everything is of one moment: a row for each granted scope and for each revocation, or a single
 * row where there are none. Each row repeats the number of the ledger and the state of the application.
 */
function selectStatus(db: Queryable, applicationId: string) {
  return db
    .selectFrom('ledger')
    .leftJoin('changes as last', 'last.number', 'ledger.number')
    .leftJoin('applications', (join) => join.on('applications.id', '=', applicationId))
    .leftJoin('departed_applications as departed', (join) => join.on('departed.application_id', '=', applicationId))
    .leftJoin(
      () => selectFacts(db, applicationId).as('facts'),
      (join) => join.onRef('facts.application_id', '=', 'applications.id'),
    )
    .select([
      'ledger.number',
      'ledger.cursor_key',
      'last.mark as latest_mark',
      'applications.enabled',
      'applications.environment_id',
      'departed.application_id as departed',
      'facts.fact',
      'facts.audience',
      'facts.not_before',
    ])
    .where('ledger.id', '=', 1);
}

/** A granted scope with its audience, or a subject with the time before which its tokens are revoked. */
interface Fact {
  application_id: string;
  fact: string;
  audience: string | null;
  not_before: number | null;
}

function selectFacts(db: Queryable, applicationId: string) {
  const revocations = db
    .selectFrom('revocations')
    .select(['application_id', 'subject as fact', ({ lit }) => lit(null).as('audience'), 'not_before'])
    .where('application_id', '=', applicationId)
    .$castTo<Fact>();
  return db
    .selectFrom('grant_scopes')
    .innerJoin('resources', 'resources.id', 'grant_scopes.resource_id')
    .select(['grant_scopes.application_id', 'grant_scopes.scope_name as fact', 'resources.audience'])
    .select(({ lit }) => lit(null).as('not_before'))
    .where('grant_scopes.application_id', '=', applicationId)
    .$castTo<Fact>()
    .unionAll(revocations);
}

function toState(enabled: number | null, departed: string | null): ApplicationStatus['state'] {
  if (enabled !== null) return enabled === 1 ? 'enabled' : 'disabled';
  return departed === null ? 'unknown' : 'gone';
}
