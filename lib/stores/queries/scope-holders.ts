import type { ScopeHolder } from '../../grants/model.js';
import type { InEnvironment, Page, PageRequest } from '../../grants/store.js';
import { toApplication } from '../mappers.js';
import { applyWindow, keysetWindow, toPage, type Window } from '../pagination.js';
import type { Queryable } from '../schema.js';

/** A scope, or the scopes with one of these names. */
export type HeldScopes = { readonly scopeId: string } | { readonly scopeNames: readonly string[] };

/** Looks up each name separately, and reads no further than the page: the cost depends on the names, not on the holders. */
export async function readScopeHolders(
  db: Queryable,
  { environmentId }: InEnvironment,
  held: HeldScopes,
  request: PageRequest,
): Promise<Page<ScopeHolder>> {
  const condition: Condition =
    'scopeId' in held
      ? { column: 'scope_id', values: [held.scopeId] }
      : { column: 'scope_name', values: held.scopeNames };
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
}

/** The ids of the page, in its order. */
async function readHolderIds(
  db: Queryable,
  environmentId: string,
  { column, values }: Condition,
  window: Window,
): Promise<string[]> {
  const ids = new Set<string>();
  for (const value of values) {
    const holders = db
      .selectFrom('grant_scopes')
      .select('application_id')
      .distinct() // it may hold the name in several resources
      .where('environment_id', '=', environmentId)
      .where(column, '=', value);
    const found = await applyWindow(holders, 'application_id', window).execute();
    for (const { application_id: id } of found) ids.add(id);
  }
  return [...ids].sort((a, b) => (a < b === (window.order === 'asc') ? -1 : 1)).slice(0, window.rows);
}

/** The scopes that meet the condition, by application. */
async function readHeldScopes(db: Queryable, applicationIds: readonly string[], { column, values }: Condition) {
  const rows = await db
    .selectFrom('grant_scopes')
    .select(['application_id', 'scope_id', 'scope_name', 'grant_id', 'resource_id'])
    .where('application_id', 'in', applicationIds)
    .where(column, 'in', values)
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
