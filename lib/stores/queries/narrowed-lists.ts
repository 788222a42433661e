import { type ExpressionBuilder, type SelectQueryBuilder, sql } from 'kysely';
import type { ApplicationListRequest, ScopeListRequest } from '../../grants/list-request.js';
import type { PageRequest } from '../../grants/store.js';
import type { Queryable, Tables } from '../schema.js';
import { isActiveAt } from './scope-holders.js';
import { toHour } from './usage.js';

type Rows<Table extends keyof Tables> = SelectQueryBuilder<Tables, Table, object>;

/**
 * Only the applications that are asked for. What is enabled or used is looked up for each application that the list passes.
 *
 * @param time now: RFC 3339, UTC, with milliseconds
 * @returns `all` itself where nothing is asked for
 */
export function selectApplications(
  all: Rows<'applications'>,
  environmentId: string,
  { enabled, endsBefore, unusedSince }: ApplicationListRequest,
  time: string,
): Rows<'applications'> {
  let rows = all;
  if (enabled !== undefined) rows = rows.where('enabled', '=', enabled ? 1 : 0);
  if (endsBefore !== undefined) rows = rows.where(endsBetween({ environmentId, time, before: endsBefore }));
  if (unusedSince !== undefined) rows = rows.where('created_at', '<=', unusedSince).where(isUnusedSince(unusedSince));
  return rows;
}

interface Ending {
  readonly environmentId: string;
  /** After this one, which is now. */
  readonly time: string;
  readonly before: string;
}

/** Whether a grant or a held scope ends in between; looked up among those that have a date. */
function endsBetween(ending: Ending) {
  return ({ or, eb }: ExpressionBuilder<Tables, 'applications'>) =>
    or([
      eb('applications.id', 'in', (builder) => grantsThatEnd(builder, ending)),
      eb('applications.id', 'in', (builder) => scopesThatEnd(builder, ending)),
    ]);
}

type Builder = ExpressionBuilder<Tables, 'applications'>;

/** Grants of which a scope has not ended before. */
function grantsThatEnd({ selectFrom }: Builder, { environmentId, time, before }: Ending) {
  return selectFrom('grants')
    .select('grants.application_id')
    .where('grants.environment_id', '=', environmentId)
    .where('grants.expires_at', '>', time)
    .where('grants.expires_at', '<', before)
    .where(({ exists, selectFrom }) =>
      exists(
        selectFrom('grant_scopes')
          .select('grant_scopes.scope_id')
          .whereRef('grant_scopes.grant_id', '=', 'grants.id')
          .where(({ or, eb }) =>
            or([eb('grant_scopes.expires_at', 'is', null), eb('grant_scopes.expires_at', '>', time)]),
          ),
      ),
    );
}

/** Scopes whose grant has not ended before. */
function scopesThatEnd({ selectFrom }: Builder, { environmentId, time, before }: Ending) {
  return selectFrom('grant_scopes')
    .select('grant_scopes.application_id')
    .where('grant_scopes.environment_id', '=', environmentId)
    .where('grant_scopes.expires_at', '>', time)
    .where('grant_scopes.expires_at', '<', before)
    .where(({ exists, selectFrom }) =>
      exists(
        selectFrom('grants')
          .select('grants.id')
          .whereRef('grants.application_id', '=', 'grant_scopes.application_id')
          .whereRef('grants.id', '=', 'grant_scopes.grant_id')
          .where(({ or, eb }) => or([eb('grants.expires_at', 'is', null), eb('grants.expires_at', '>', time)])),
      ),
    );
}

/** Where calls are counted for a shorter time, nobody can tell. */
function isUnusedSince(moment: string) {
  const hour = toHour(Date.parse(moment));
  return ({ and, exists, not, selectFrom }: ExpressionBuilder<Tables, 'applications'>) => {
    const counted = selectFrom('usage_starts')
      .select('usage_starts.hour')
      .whereRef('usage_starts.environment_id', '=', 'applications.environment_id')
      .where('usage_starts.hour', '<=', hour);
    const calls = selectFrom('usage_counts')
      .select('usage_counts.hour')
      .whereRef('usage_counts.application_id', '=', 'applications.id')
      .where('usage_counts.hour', '>=', hour);
    return and([exists(counted), not(exists(calls))]);
  };
}

/** Only the scopes that are held, or those that nobody holds; `all` itself where neither is asked for. */
export function selectScopes(all: Rows<'scopes'>, { isHeld }: ScopeListRequest, time: string): Rows<'scopes'> {
  if (isHeld === undefined) return all;
  return all.where(({ exists, not, selectFrom }) => {
    const holders = selectFrom('grant_scopes')
      .select('grant_scopes.application_id')
      .whereRef('grant_scopes.scope_id', '=', 'scopes.id')
      .where(isActiveAt(time));
    return isHeld ? exists(holders) : not(exists(holders));
  });
}

const MAX_COUNTED = 10_000;

/** The length of a list that is kept nowhere, with its first page; `undefined` with others, and where it is long. */
export async function countRows<Table extends 'applications' | 'scopes'>(
  db: Queryable,
  rows: Rows<Table>,
  { position }: PageRequest,
): Promise<number | undefined> {
  if (position !== undefined) return undefined;
  const { n } = await db
    .selectFrom(
      rows
        .select(sql<number>`1`.as('one'))
        .limit(MAX_COUNTED + 1)
        .as('counted'),
    )
    .select(({ fn }) => fn.countAll<number>().as('n'))
    .executeTakeFirstOrThrow();
  return Number(n) > MAX_COUNTED ? undefined : Number(n);
}
