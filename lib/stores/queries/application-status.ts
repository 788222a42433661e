import type { Tag } from '../../grants/commands.js';
import type { ApplicationStatus, ReachableResource, StatusGrant } from '../../grants/store.js';
import { encodePosition, toOriginMark } from '../feed-position.js';
import type { Queryable } from '../schema.js';
import { type Fact, selectFacts } from './application-facts.js';

/** The subject of a revocation that applies to every subject. */
export const EVERY_SUBJECT = '';

export async function readApplicationStatus(db: Queryable, applicationId: string): Promise<ApplicationStatus> {
  const rows = [...(await selectStatus(db, applicationId).execute())];
  const [first] = rows;
  if (first === undefined) throw new SyntaxError('The ledger has no row.'); // damage, to the store
  const facts = rows.filter((row): row is typeof row & Fact => row.kind !== null);
  const allowedTags: readonly Tag[] = first.allowed_tags === null ? [] : JSON.parse(first.allowed_tags);
  const trustScope = first.trust_scope as ApplicationStatus['trustScope'] | null;
  const reachable = collectReachable(facts, trustScope === 'Tags' ? allowedTags : undefined);
  return {
    number: first.number,
    position: encodePosition({ number: first.number, mark: first.latest_mark ?? toOriginMark(first) }),
    state: toState(first.enabled, first.departed),
    environmentId: first.environment_id ?? undefined,
    grants: facts.filter(({ kind }) => kind === 'grant').map(toGrant),
    ...(trustScope !== null && { trustScope }),
    ...(trustScope === 'Tags' && { allowedTags }),
    ...(reachable.length > 0 && { reachable }),
    ...collectRevocations(facts),
  };
}

/**
 * One statement, so that everything is of one moment: a row for each granted scope, for each revocation and for each scope
 * in reach, or a single row where there are none. Each row repeats the number of the ledger and the application.
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
      'applications.trust_scope',
      'applications.allowed_tags',
      'departed.application_id as departed',
      'facts.kind',
      'facts.fact',
      'facts.audience',
      'facts.not_before',
      'facts.grant_begins',
      'facts.grant_ends',
      'facts.scope_begins',
      'facts.scope_ends',
      'facts.secondary_audiences',
      'facts.is_for_every_audience',
      'facts.tags',
    ])
    .where('ledger.id', '=', 1);
}

function toGrant(row: Fact): StatusGrant {
  const { fact, audience, secondary_audiences, is_for_every_audience } = row;
  const secondaryAudiences: readonly string[] = JSON.parse(secondary_audiences ?? '[]');
  return {
    audience: audience ?? '',
    scope: fact ?? '',
    ...(secondaryAudiences.length > 0 && { secondaryAudiences }),
    ...(is_for_every_audience === 1 && { isForEveryAudience: true }),
    ...toDates(row),
  };
}

/** Within the dates of both, the grant and its scope. */
function toDates({ grant_begins, scope_begins, grant_ends, scope_ends }: Fact): Partial<StatusGrant> {
  const begins = [grant_begins, scope_begins].flatMap((date) => (date === null ? [] : [Date.parse(date)]));
  const ends = [grant_ends, scope_ends].flatMap((date) => (date === null ? [] : [Date.parse(date)]));
  return {
    ...(begins.length > 0 && { notBefore: Math.max(...begins) }),
    ...(ends.length > 0 && { expiresAt: Math.min(...ends) }),
  };
}

/** @param allowedTags one of which a resource must have; `undefined`: every resource counts */
function collectReachable(facts: readonly Fact[], allowedTags: readonly Tag[] | undefined): ReachableResource[] {
  const byResource = new Map<string, { readonly audiences: readonly string[]; readonly scopes: string[] }>();
  for (const { kind, fact, audience, secondary_audiences, tags } of facts) {
    if (kind !== 'reachable' || !hasAllowedTag(tags, allowedTags)) continue;
    const key = JSON.stringify([audience, secondary_audiences]);
    const resource = byResource.get(key) ?? {
      audiences: [audience ?? '', ...(JSON.parse(secondary_audiences ?? '[]') as string[])],
      scopes: [],
    };
    byResource.set(key, resource);
    if (fact !== null) resource.scopes.push(fact);
  }
  return [...byResource.values()];
}

function hasAllowedTag(tags: string | null, allowed: readonly Tag[] | undefined): boolean {
  if (allowed === undefined) return true;
  const own: readonly Tag[] = JSON.parse(tags ?? '[]');
  return own.some(({ key, value }) => allowed.some((each) => each.key === key && each.value === value));
}

function collectRevocations(facts: readonly Fact[]): Pick<ApplicationStatus, 'notBefore' | 'subjectsNotBefore'> {
  const revocations = facts.filter(({ kind }) => kind === 'revocation');
  const moments = new Map(revocations.map(({ fact, not_before }) => [fact ?? EVERY_SUBJECT, Number(not_before)]));
  const notBefore = moments.get(EVERY_SUBJECT);
  moments.delete(EVERY_SUBJECT);
  return { ...(notBefore !== undefined && { notBefore }), subjectsNotBefore: moments };
}

function toState(enabled: number | null, departed: string | null): ApplicationStatus['state'] {
  if (enabled !== null) return enabled === 1 ? 'enabled' : 'disabled';
  return departed === null ? 'unknown' : 'gone';
}
