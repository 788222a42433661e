import type { Selectable } from 'kysely';
import { type GrantCommand, LIMITS, type ResourceReference, type ScopeReference } from '../grants/commands.js';
import type { Grant, GrantedScope } from '../grants/model.js';
import { AdminProblem, type Detail, invalidData, notFound } from '../grants/problem.js';
import type { ApplicationPath, GrantPath, Page, PageRequest } from '../grants/store.js';
import { checkNoVersion, checkVersion, refuseOwn } from './conditions.js';
import { pageOf, windowOf } from './paging.js';
import { changedRow, grantOf, newRow } from './rows.js';
import type { GrantTable, Tx } from './tables.js';
import type { Turn } from './turn.js';

/** A command with its references resolved; `target` says where in the request it stands. */
interface Wanted {
  readonly resource: { readonly id: string; readonly name: string };
  readonly scopes: readonly GrantedScope[];
  readonly target: string;
}

export async function createGrant(turn: Turn, at: ApplicationPath, data: GrantCommand): Promise<Grant> {
  await ownApplication(turn, at);
  return insertGrant(turn, at, await resolve(turn.tx, at, data, ''));
}

export async function replaceGrant(turn: Turn, at: GrantPath, data: GrantCommand): Promise<Grant> {
  const before = await ownGrant(turn, at);
  const wanted = await resolve(turn.tx, at, data, '');
  if (wanted.resource.id !== before.resourceId) {
    throw invalidData({
      code: 'INVALID_VALUE',
      target: 'resource.id',
      message: 'resource.id must be that of the grant: another resource is another grant.',
      innerError: { allowedValues: [before.resourceId] },
    });
  }
  return giveScopes(turn, before, wanted);
}

export async function deleteGrant(turn: Turn, at: GrantPath): Promise<undefined> {
  await removeGrant(turn, await ownGrant(turn, at));
}

export async function addGrantScopes(turn: Turn, at: GrantPath, scopes: readonly ScopeReference[]): Promise<Grant> {
  const before = await ownGrant(turn, at);
  const resource = { id: before.resourceId };
  const added = await resolve(turn.tx, at, { resource, scopes: [...scopes] }, '');
  return giveScopes(turn, before, { ...added, scopes: distinct([...before.scopes, ...added.scopes]) });
}

export async function removeGrantScope(turn: Turn, at: GrantPath, scopeId: string): Promise<undefined> {
  const before = await ownGrant(turn, at);
  const scopes = before.scopes.filter((scope) => scope.id !== scopeId);
  if (scopes.length === before.scopes.length) throw notFound();
  if (scopes.length === 0) {
    throw invalidData({
      code: 'CONSTRAINT_VIOLATION',
      target: 'scopes',
      message: 'A grant has at least one scope, and this is its last. Delete the grant.',
    });
  }
  await giveScopes(turn, before, { resource: { id: before.resourceId, name: '' }, scopes, target: '' });
}

/** What is to go goes first, so that a scope's name may move from one resource's grant to another's. */
export async function setGrants(turn: Turn, at: ApplicationPath, data: readonly GrantCommand[]): Promise<Grant[]> {
  await ownApplication(turn, at);
  checkNoVersion(turn);
  const wanted = await resolveAll(turn.tx, at, data);
  const present = await grantsOf(turn.tx, at.applicationId);
  const presentBy = new Map(present.map((grant) => [grant.resourceId, grant]));
  const wantedIds = new Set(wanted.map(({ resource }) => resource.id));

  for (const grant of present) if (!wantedIds.has(grant.resourceId)) await removeGrant(turn, grant);
  const changing = wanted.flatMap((each) => {
    const grant = presentBy.get(each.resource.id);
    return grant !== undefined && !isSameSet(grant.scopes, each.scopes) ? [{ grant, each }] : [];
  });
  for (const { grant, each } of changing) await dropScopes(turn.tx, grant, without(grant.scopes, each.scopes));

  const grants: Grant[] = [];
  for (const each of wanted) {
    const grant = presentBy.get(each.resource.id);
    grants.push(grant === undefined ? await insertGrant(turn, at, each) : await giveScopes(turn, grant, each));
  }
  return grants.sort((a, b) => (a.id < b.id ? -1 : 1));
}

async function insertGrant(turn: Turn, at: ApplicationPath, { resource, scopes, target }: Wanted): Promise<Grant> {
  const { tx, now } = turn;
  const { environmentId, applicationId } = at;
  const row = await tx
    .insertInto('grants')
    .values({
      ...newRow(turn.newId(), now),
      environment_id: environmentId,
      application_id: applicationId,
      resource_id: resource.id,
    })
    .onConflict((conflict) => conflict.columns(['resource_id', 'application_id']).doNothing())
    .returningAll()
    .executeTakeFirst();
  if (row === undefined) throw await grantExists(tx, at, resource, target);
  await countGrants(turn, at, 1);
  const grant = grantOf(row, sorted(scopes));
  await insertScopes(tx, grant, scopes, target);
  await turn.record({ type: 'GRANT.CREATED', environmentId, targetId: row.id, after: grant, applicationId });
  return grant;
}

async function grantExists(tx: Tx, at: ApplicationPath, resource: Wanted['resource'], target: string) {
  const existing = await tx
    .selectFrom('grants')
    .select('id')
    .where('application_id', '=', at.applicationId)
    .where('resource_id', '=', resource.id)
    .executeTakeFirst();
  return invalidData({
    code: 'UNIQUENESS_VIOLATION',
    target: `${target}resource.id`,
    message: `The application has a grant of the resource ${resource.name} already. Change that one.`,
    ...(existing && { innerError: { existingId: existing.id } }),
  });
}

/** Makes `wanted` the scopes of a grant; a grant that has just these is not touched. */
async function giveScopes(turn: Turn, before: Grant, { scopes, target }: Wanted): Promise<Grant> {
  if (isSameSet(before.scopes, scopes)) return before;
  const { tx } = turn;
  const { id, environmentId, applicationId } = before;
  if (scopes.length > LIMITS.scopesOfGrant) throw tooMany(`${target}scopes`, LIMITS.scopesOfGrant, 'A grant', 'scopes');
  await dropScopes(tx, before, without(before.scopes, scopes));
  await insertScopes(tx, before, without(scopes, before.scopes), target);
  const row = await tx
    .updateTable('grants')
    .set(changedRow(before.version, turn.now))
    .where('application_id', '=', applicationId)
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow();
  const after = grantOf(row, sorted(scopes));
  await turn.record({ type: 'GRANT.UPDATED', environmentId, targetId: id, before, after, applicationId });
  return after;
}

async function removeGrant(turn: Turn, grant: Grant): Promise<void> {
  const { id, environmentId, applicationId } = grant;
  await turn.tx.deleteFrom('grants').where('application_id', '=', applicationId).where('id', '=', id).execute();
  await countGrants(turn, grant, -1);
  await turn.record({ type: 'GRANT.DELETED', environmentId, targetId: id, before: grant, applicationId });
}

async function countGrants({ tx }: Turn, { environmentId, applicationId }: ApplicationPath, difference: 1 | -1) {
  const { grants } = await tx
    .updateTable('applications')
    .set((eb) => ({ grants: eb('grants', '+', difference) }))
    .where('environment_id', '=', environmentId)
    .where('id', '=', applicationId)
    .returning('grants')
    .executeTakeFirstOrThrow();
  if (grants > LIMITS.grantsOfApplication) {
    throw tooMany('resource', LIMITS.grantsOfApplication, 'An application', 'grants');
  }
}

/** The database refuses a name that the application holds already, through whichever grant. */
async function insertScopes(tx: Tx, grant: Grant, scopes: readonly GrantedScope[], target: string): Promise<void> {
  if (scopes.length === 0) return;
  const { id, environmentId, applicationId, resourceId } = grant;
  const inserted = await tx
    .insertInto('grant_scopes')
    .values(
      scopes.map((scope) => ({
        application_id: applicationId,
        scope_name: scope.name,
        scope_id: scope.id,
        grant_id: id,
        resource_id: resourceId,
        environment_id: environmentId,
      })),
    )
    .onConflict((conflict) => conflict.columns(['application_id', 'scope_name']).doNothing())
    .returning('scope_name')
    .execute();
  if (inserted.length < scopes.length) {
    const names = new Set(inserted.map(({ scope_name: name }) => name));
    throw await namesHeld(
      tx,
      applicationId,
      scopes.filter(({ name }) => !names.has(name)),
      target,
    );
  }
  const { held } = await tx
    .selectFrom('grant_scopes')
    .select((eb) => eb.fn.countAll<number>().as('held'))
    .where('application_id', '=', applicationId)
    .executeTakeFirstOrThrow();
  if (held > LIMITS.scopesOfApplication) {
    throw tooMany(`${target}scopes`, LIMITS.scopesOfApplication, 'An application', 'granted scopes');
  }
}

async function namesHeld(tx: Tx, applicationId: string, scopes: readonly GrantedScope[], target: string) {
  const held = await tx
    .selectFrom('grant_scopes')
    .innerJoin('resources', 'resources.id', 'grant_scopes.resource_id')
    .select(['grant_scopes.scope_name', 'grant_scopes.grant_id', 'resources.name'])
    .where('grant_scopes.application_id', '=', applicationId)
    .where(
      'grant_scopes.scope_name',
      'in',
      scopes.map(({ name }) => name),
    )
    .execute();
  return invalidData(
    ...held.slice(0, 50).map(
      (row): Detail => ({
        code: 'UNIQUENESS_VIOLATION',
        target: `${target}scopes`,
        message: `The application has a scope named ${row.scope_name} already, by its grant of the resource ${row.name}.`,
        innerError: { existingId: row.grant_id },
      }),
    ),
  );
}

async function dropScopes(tx: Tx, { id, applicationId }: Grant, scopes: readonly GrantedScope[]): Promise<void> {
  if (scopes.length === 0) return;
  await tx
    .deleteFrom('grant_scopes')
    .where('application_id', '=', applicationId)
    .where('grant_id', '=', id)
    .where(
      'scope_name',
      'in',
      scopes.map(({ name }) => name),
    )
    .execute();
}

async function resolveAll(tx: Tx, at: ApplicationPath, data: readonly GrantCommand[]): Promise<Wanted[]> {
  const wanted: Wanted[] = [];
  const details: Detail[] = [];
  for (const [i, each] of data.entries()) {
    try {
      const resolved = await resolve(tx, at, each, `grants[${i}].`);
      const twin = wanted.find(({ resource }) => resource.id === resolved.resource.id);
      if (twin === undefined) wanted.push(resolved);
      else details.push(resourceTwice(resolved));
    } catch (problem) {
      if (!(problem instanceof AdminProblem)) throw problem;
      details.push(...problem.details);
    }
  }
  const byName = new Map<string, Wanted>();
  for (const each of wanted) {
    for (const { name } of each.scopes) {
      const other = byName.get(name);
      if (other === undefined) byName.set(name, each);
      else details.push(nameTwice(each, other, name));
    }
  }
  if (details.length > 0) throw invalidData(...details.slice(0, 50));
  return wanted;
}

function resourceTwice({ resource, target }: Wanted): Detail {
  const message = `The resource ${resource.name} stands in the list twice; an application has one grant of it.`;
  return { code: 'UNIQUENESS_VIOLATION', target: `${target}resource`, message };
}

function nameTwice({ resource, target }: Wanted, other: Wanted, name: string): Detail {
  const message = `The scope ${name} of the resource ${resource.name} has the name of one of ${other.resource.name}; an application has each name once.`;
  return { code: 'UNIQUENESS_VIOLATION', target: `${target}scopes`, message };
}

/** Looks up what a command names. Every reference that leads nowhere is a detail. */
async function resolve(tx: Tx, at: ApplicationPath, data: GrantCommand, target: string): Promise<Wanted> {
  const resource = await resourceOf(tx, at, data.resource);
  if (resource === undefined) {
    const member = 'id' in data.resource ? 'id' : 'name';
    throw invalidData({
      code: 'INVALID_VALUE',
      target: `${target}resource.${member}`,
      message: 'There is no such resource in the environment.',
    });
  }
  const ids = data.scopes.flatMap((scope) => ('id' in scope ? [scope.id] : []));
  const names = data.scopes.flatMap((scope) => ('name' in scope ? [scope.name] : []));
  const scopesOf = tx.selectFrom('scopes').select(['id', 'name']).where('resource_id', '=', resource.id);
  const found = [
    ...(ids.length > 0 ? await scopesOf.where('id', 'in', ids).execute() : []),
    ...(names.length > 0 ? await scopesOf.where('name', 'in', names).execute() : []),
  ];
  const known = new Set(found.flatMap(({ id, name }) => [`id ${id}`, `name ${name}`]));
  const details = data.scopes.flatMap((scope, i): Detail[] => {
    const reference = 'id' in scope ? `id ${scope.id}` : `name ${scope.name}`;
    if (known.has(reference)) return [];
    const message = `The resource ${resource.name} has no scope with the ${reference}.`;
    return [{ code: 'INVALID_VALUE', target: `${target}scopes[${i}]`, message }];
  });
  if (details.length > 0) throw invalidData(...details.slice(0, 50));
  return { resource, scopes: distinct(found), target };
}

function resourceOf(tx: Tx, { environmentId }: ApplicationPath, reference: ResourceReference) {
  const resources = tx.selectFrom('resources').select(['id', 'name']).where('environment_id', '=', environmentId);
  return 'id' in reference
    ? resources.where('id', '=', reference.id).executeTakeFirst()
    : resources.where('name', '=', reference.name).executeTakeFirst();
}

async function ownApplication(turn: Turn, at: ApplicationPath): Promise<void> {
  const count = await grantCount(turn.tx, at);
  if (count === undefined) throw notFound();
  refuseOwn(turn, at.applicationId);
}

/** The grant that is to be changed: of another application than the caller's, of the version asked for. */
async function ownGrant(turn: Turn, at: GrantPath): Promise<Grant> {
  const grant = await readGrant(turn.tx, at);
  if (grant === undefined) throw notFound();
  refuseOwn(turn, at.applicationId);
  checkVersion(turn, grant.version);
  return grant;
}

async function grantCount(db: Tx, { environmentId, applicationId }: ApplicationPath): Promise<number | undefined> {
  const parent = await db
    .selectFrom('applications')
    .select('grants')
    .where('environment_id', '=', environmentId)
    .where('id', '=', applicationId)
    .executeTakeFirst();
  return parent?.grants;
}

export async function readGrant(db: Tx, at: GrantPath): Promise<Grant | undefined> {
  const row = await db
    .selectFrom('grants')
    .selectAll()
    .where('application_id', '=', at.applicationId)
    .where('id', '=', at.grantId)
    .where('environment_id', '=', at.environmentId)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const [grant] = await withScopes(db, [row]);
  return grant;
}

export async function readGrants(db: Tx, at: ApplicationPath, request: PageRequest): Promise<Page<Grant> | undefined> {
  const count = await grantCount(db, at);
  if (count === undefined) return undefined;
  const { rows, order, comparison, key } = windowOf(request);
  const found = await db
    .selectFrom('grants')
    .selectAll()
    .where('application_id', '=', at.applicationId)
    .$if(key !== undefined, (query) => query.where('id', comparison, key as string))
    .orderBy('id', order)
    .limit(rows)
    .execute();
  const grants = await withScopes(db, found);
  return pageOf(
    grants,
    request,
    ({ id }) => id,
    (grant) => grant,
    count,
  );
}

async function grantsOf(db: Tx, applicationId: string): Promise<Grant[]> {
  const rows = await db.selectFrom('grants').selectAll().where('application_id', '=', applicationId).execute();
  return withScopes(db, rows);
}

async function withScopes(db: Tx, rows: readonly Selectable<GrantTable>[]): Promise<Grant[]> {
  if (rows.length === 0) return [];
  const scopes = await db
    .selectFrom('grant_scopes')
    .select(['grant_id', 'scope_id as id', 'scope_name as name'])
    .where(
      'grant_id',
      'in',
      rows.map(({ id }) => id),
    )
    .orderBy('grant_id')
    .orderBy('scope_id')
    .execute();
  const byGrant = new Map<string, GrantedScope[]>(rows.map(({ id }) => [id, []]));
  for (const { grant_id: grantId, id, name } of scopes) byGrant.get(grantId)?.push({ id, name });
  return rows.map((row) => grantOf(row, byGrant.get(row.id) ?? []));
}

function distinct(scopes: readonly GrantedScope[]): GrantedScope[] {
  return [...new Map(scopes.map((scope) => [scope.id, scope])).values()];
}

function sorted(scopes: readonly GrantedScope[]): GrantedScope[] {
  return [...scopes].sort((a, b) => (a.id < b.id ? -1 : 1)).map(({ id, name }) => ({ id, name }));
}

function without(scopes: readonly GrantedScope[], others: readonly GrantedScope[]): GrantedScope[] {
  const ids = new Set(others.map(({ id }) => id));
  return scopes.filter(({ id }) => !ids.has(id));
}

function isSameSet(a: readonly GrantedScope[], b: readonly GrantedScope[]): boolean {
  return a.length === b.length && without(a, b).length === 0;
}

function tooMany(target: string, maximumValue: number, who: string, what: string): AdminProblem {
  const message = `${who} has at most ${maximumValue} ${what}.`;
  return invalidData({ code: 'SIZE_LIMIT_EXCEEDED', target, message, innerError: { maximumValue } });
}
