import type { ExpressionBuilder } from 'kysely';
import type { ScopeHolder } from '../../grants/model.js';
import type { InEnvironment, Page, PageRequest } from '../../grants/store.js';
import { toApplication } from '../mappers.js';
import { applyWindow, keysetWindow, toPage, type Window } from '../pagination.js';
import type { Queryable, Tables } from '../schema.js';

/** A scope, or the scopes with one of these names. */
export type HeldScopes = { readonly scopeId: string } | { readonly scopeNames: readonly string[] };

/**
 * Looks up each name separately, and reads no further than the page: the cost depends on the names, not on the holders.
 *
 * @param time RFC 3339, UTC, with milliseconds: what has begun and not ended by then counts
 */
export async function readScopeHolders(
  db: Queryable,
  { environmentId }: InEnvironment,
  held: HeldScopes,
  request: PageRequest,
  time: string,
): Promise<Page<ScopeHolder>> {
  const condition: Condition =
    'scopeId' in held
      ? { column: 'scope_id', values: [held.scopeId], time }
      : { column: 'scope_name', values: held.scopeNames, time };
  const window = keysetWindow(request);
  const ids = await readHolderIds(db, environmentId, condition, window);
  if (ids.length === 0) return toPage([], request, String, (never) => never);
  const applications = await db
    .selectFrom('applications')
    .selectAll()
    .where('environment_id', '=', environmentId)
    .where('id', 'in', ids)
    .orderBy('id', window.order)
    .execute();
  const scopes = await readHeldScopes(db, ids, condition);
  return toPage(
    applications,
    request,
    ({ id }) => id,
    (row) => ({ application: toApplication(row), by: scopes.get(row.id) ?? [] }),
  );
}

interface Condition {
  readonly column: 'scope_id' | 'scope_name';
  readonly values: readonly string[];
  readonly time: string;
}

/** Whether a granted scope counts: it has begun and not ended, and so has its grant. */
export function isActiveAt(time: string) {
  return ({ and, or, eb, exists, selectFrom }: ExpressionBuilder<Tables, 'grant_scopes'>) => {
    const grant = selectFrom('grants')
      .select('grants.id')
      .whereRef('grants.application_id', '=', 'grant_scopes.application_id')
      .whereRef('grants.id', '=', 'grant_scopes.grant_id')
      .where(({ or, eb }) => or([eb('grants.not_before', 'is', null), eb('grants.not_before', '<=', time)]))
      .where(({ or, eb }) => or([eb('grants.expires_at', 'is', null), eb('grants.expires_at', '>', time)]));
    return and([
      or([eb('grant_scopes.not_before', 'is', null), eb('grant_scopes.not_before', '<=', time)]),
      or([eb('grant_scopes.expires_at', 'is', null), eb('grant_scopes.expires_at', '>', time)]),
      exists(grant),
    ]);
  };
}

/** The ids of the page, in its order. */
async function readHolderIds(
  db: Queryable,
  environmentId: string,
  { column, values, time }: Condition,
  window: Window,
): Promise<string[]> {
  const ids = new Set<string>();
  for (const value of values) {
    const holders = db
      .selectFrom('grant_scopes')
      .select('application_id')
      .distinct() // it may hold the name in several resources
      .where('environment_id', '=', environmentId)
      .where(column, '=', value)
      .where(isActiveAt(time));
    const found = await applyWindow(holders, 'application_id', window).execute();
    for (const { application_id: id } of found) ids.add(id);
  }
  return [...ids].sort((a, b) => (a < b === (window.order === 'asc') ? -1 : 1)).slice(0, window.rows);
}

/** The scopes that meet the condition, by application. */
async function readHeldScopes(db: Queryable, applicationIds: readonly string[], { column, values, time }: Condition) {
  const rows = await db
    .selectFrom('grant_scopes')
    .select(['application_id', 'scope_id', 'scope_name', 'grant_id', 'resource_id'])
    .where('application_id', 'in', applicationIds)
    .where(column, 'in', values)
    .where(isActiveAt(time))
    .orderBy('application_id')
    .orderBy('scope_name')
    .orderBy('resource_id')
    .execute();
  const byApplication = new Map<string, ScopeHolder['by'][number][]>(applicationIds.map((id) => [id, []]));
  for (const row of rows) {
    const scope = { id: row.scope_id, name: row.scope_name, grantId: row.grant_id, resourceId: row.resource_id };
    byApplication.get(row.application_id)?.push(scope);
  }
  return byApplication;
}

/**
 * Counts in the index of the holders of each scope, and stops at `most` whose grants count at `time`. Grants that have
 * ended or not begun are passed on the way: where there are many, the cost grows with them.
 */
export async function countScopeHolders(
  db: Queryable,
  { environmentId }: InEnvironment,
  scopeIds: readonly string[],
  most: number,
  time: string,
): Promise<ReadonlyMap<string, number>> {
  if (scopeIds.length === 0) return new Map();
  const rows = await db
    .selectFrom('scopes')
    .select(({ selectFrom, fn }) => [
      'id',
      selectFrom(
        selectFrom('grant_scopes')
          .select('application_id')
          .whereRef('grant_scopes.scope_id', '=', 'scopes.id')
          .where(isActiveAt(time))
          .limit(most)
          .as('holders'),
      )
        .select(fn.countAll<number>().as('count'))
        .as('count'),
    ])
    .where('environment_id', '=', environmentId)
    .where('id', 'in', scopeIds)
    .execute();
  return new Map(rows.flatMap(({ id, count }) => (Number(count) > 0 ? [[id, Number(count)] as const] : [])));
}
