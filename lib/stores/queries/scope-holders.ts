import type { ScopeHolder } from '../../grants/model.js';
import type { InEnvironment, Page, PageRequest } from '../../grants/store.js';
import { toApplication } from '../mappers.js';
import { applyWindow, keysetWindow, toPage } from '../pagination.js';
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
  const window = keysetWindow(request);
  const { rows, order } = window;
  const wanted = 'scopeId' in held ? [held.scopeId] : held.scopeNames;
  const column = 'scopeId' in held ? 'scope_id' : 'scope_name';
  const ids = new Set<string>();
  for (const value of wanted) {
    const holding = db
      .selectFrom('grant_scopes')
      .select('application_id')
      .where('environment_id', '=', environmentId)
      .where(column, '=', value);
    const found = await applyWindow(holding, 'application_id', window).execute();
    for (const { application_id: id } of found) ids.add(id);
  }
  const sorted = [...ids].sort((a, b) => (a < b === (order === 'asc') ? -1 : 1)).slice(0, rows);
  if (sorted.length === 0) return toPage([], request, String, (never) => never);

  const applications = await db
    .selectFrom('applications')
    .selectAll()
    .where('environment_id', '=', environmentId)
    .where('id', 'in', sorted)
    .orderBy('id', order)
    .execute();
  const scopes = await db
    .selectFrom('grant_scopes')
    .select(['application_id', 'scope_id', 'scope_name', 'grant_id', 'resource_id'])
    .where('application_id', 'in', sorted)
    .where(column, 'in', wanted)
    .orderBy('application_id')
    .orderBy('scope_name')
    .execute();
  return toPage(
    applications,
    request,
    ({ id }) => id,
    (row) => ({
      application: toApplication(row),
      by: scopes
        .filter((scope) => scope.application_id === row.id)
        .map(({ scope_id: id, scope_name: name, grant_id: grantId, resource_id: resourceId }) => {
          return { id, name, grantId, resourceId };
        }),
    }),
  );
}
