import type { Selectable, SelectQueryBuilder } from 'kysely';
import type { GrantCondition, GrantListRequest } from '../../grants/list-request.js';
import type { Grant, GrantedScope } from '../../grants/model.js';
import type { ApplicationPath, GrantPath, Page, PageRequest, ResourcePath } from '../../grants/store.js';
import { toDates, toGrant } from '../mappers.js';
import { applyWindow, keysetWindow, toPage } from '../pagination.js';
import type { GrantTable, Queryable, Tables } from '../schema.js';
import { countWholeList } from './named-list.js';
import { findResource } from './resolve-references.js';

export async function readGrantCount(
  db: Queryable,
  { environmentId, applicationId }: ApplicationPath,
): Promise<number | undefined> {
  const parent = await db
    .selectFrom('applications')
    .select('grants')
    .where('environment_id', '=', environmentId)
    .where('id', '=', applicationId)
    .executeTakeFirst();
  return parent?.grants;
}

export async function readGrant(db: Queryable, at: GrantPath): Promise<Grant | undefined> {
  const row = await db
    .selectFrom('grants')
    .selectAll()
    .where('application_id', '=', at.applicationId)
    .where('id', '=', at.grantId)
    .where('environment_id', '=', at.environmentId)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const [grant] = await readWithScopes(db, [row]);
  return grant;
}

export async function readGrants(
  db: Queryable,
  at: ApplicationPath,
  request: GrantListRequest,
): Promise<Page<Grant> | undefined> {
  const count = await readGrantCount(db, at);
  if (count === undefined) return undefined;
  const all = db.selectFrom('grants').selectAll().where('application_id', '=', at.applicationId);
  const { filter } = request;
  if (filter === undefined)
    return toGrantPage(db, await applyWindow(all, 'id', keysetWindow(request)).execute(), request, count);
  const found = filter.every(isSelective) ? await selectMatching(all, filter) : await all.execute();
  return countWholeList(await toGrantPage(db, selectWindow(found, request), request), request);
}

function isSelective({ id, resourceId }: GrantCondition): boolean {
  return id !== undefined || resourceId !== undefined;
}

type GrantQuery = SelectQueryBuilder<Tables, 'grants', Selectable<GrantTable>>;

/** Each condition is met by one grant at most: an application has one for each resource. */
async function selectMatching(all: GrantQuery, filter: readonly GrantCondition[]) {
  const ids = filter.flatMap(({ id }) => id ?? []);
  const resourceIds = filter.flatMap(({ id, resourceId }) => (id === undefined ? (resourceId ?? []) : []));
  const found = [
    ...(ids.length > 0 ? await all.where('id', 'in', ids).execute() : []),
    ...(resourceIds.length > 0 ? await all.where('resource_id', 'in', resourceIds).execute() : []),
  ];
  const matches = (row: Selectable<GrantTable>) =>
    filter.some(({ id = row.id, resourceId = row.resource_id }) => id === row.id && resourceId === row.resource_id);
  return [...new Map(found.filter(matches).map((row) => [row.id, row])).values()];
}

/** The rows of the page, as a query with this window would give them. */
function selectWindow(rows: readonly Selectable<GrantTable>[], request: PageRequest): Selectable<GrantTable>[] {
  const { order, key, rows: limit } = keysetWindow(request);
  const sign = order === 'asc' ? 1 : -1;
  const compare = (one: string, other: string) => sign * (one < other ? -1 : Number(one > other));
  return rows
    .filter(({ id }) => key === undefined || compare(id, key) > 0)
    .sort((one, other) => compare(one.id, other.id))
    .slice(0, limit);
}

/** In the order of the applications, since there is an index for that: each has one grant of the resource at most. */
export async function readGrantsOfResource(
  db: Queryable,
  { environmentId, resourceId }: ResourcePath,
  request: PageRequest,
): Promise<Page<Grant> | undefined> {
  const resource = await findResource(db, environmentId, { id: resourceId });
  if (resource === undefined) return undefined;
  const all = db.selectFrom('grants').selectAll().where('resource_id', '=', resourceId);
  const found = await applyWindow(all, 'application_id', keysetWindow(request)).execute();
  const grants = await readWithScopes(db, found);
  return countWholeList(
    toPage(
      grants,
      request,
      ({ applicationId }) => applicationId,
      (grant) => grant,
    ),
    request,
  );
}

async function toGrantPage(
  db: Queryable,
  rows: readonly Selectable<GrantTable>[],
  request: PageRequest,
  count?: number,
): Promise<Page<Grant>> {
  const grants = await readWithScopes(db, rows);
  return toPage(
    grants,
    request,
    ({ id }) => id,
    (grant) => grant,
    count,
  );
}

export async function readAllGrants(db: Queryable, applicationId: string): Promise<Grant[]> {
  const rows = await db.selectFrom('grants').selectAll().where('application_id', '=', applicationId).execute();
  return readWithScopes(db, rows);
}

async function readWithScopes(db: Queryable, rows: readonly Selectable<GrantTable>[]): Promise<Grant[]> {
  if (rows.length === 0) return [];
  const scopes = await db
    .selectFrom('grant_scopes')
    .select(['grant_id', 'scope_id as id', 'scope_name as name', 'not_before', 'expires_at'])
    .where(
      'grant_id',
      'in',
      rows.map(({ id }) => id),
    )
    .orderBy('grant_id')
    .orderBy('scope_id')
    .execute();
  const byGrant = new Map<string, GrantedScope[]>(rows.map(({ id }) => [id, []]));
  for (const { grant_id: grantId, id, name, ...dates } of scopes)
    byGrant.get(grantId)?.push({ id, name, ...toDates(dates) });
  return rows.map((row) => toGrant(row, byGrant.get(row.id) ?? []));
}
