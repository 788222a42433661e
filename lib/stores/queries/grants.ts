import { type GrantCommand, LIMITS, type ScopeReference } from '../../grants/commands.js';
import { haveSameDates } from '../../grants/dates.js';
import { invalidData, notFound } from '../../grants/errors.js';
import type { Grant } from '../../grants/model.js';
import type { ApplicationPath, GrantPath } from '../../grants/store.js';
import { changedRow, fromDates, newRow, toGrant } from '../mappers.js';
import type { Queryable } from '../schema.js';
import type { UnitOfWork } from '../unit-of-work.js';
import {
  checkScopeCount,
  checkScopesOfApplication,
  countScopes,
  describeTooMany,
  dropScopes,
  insertScopeRows,
  insertScopes,
  isSameSet,
  removeDuplicates,
  sortById,
  subtract,
} from './grant-scopes.js';
import { checkNoTag, checkTag, forbidSelfChange } from './preconditions.js';
import { readAllGrants, readGrant, readGrantCount } from './read-grants.js';
import { findGrantOf, resolve, resolveAll, type Wanted } from './resolve-references.js';

export async function createGrant(unit: UnitOfWork, at: ApplicationPath, data: GrantCommand): Promise<Grant> {
  const { tx } = unit;
  const [grants, scopes, existingId, getWanted] = await Promise.all([
    readGrantCount(tx, at),
    countScopes(tx, at.applicationId),
    findGrantOf(tx, at, data.resource),
    resolve(tx, at, data, '').then(
      (wanted) => () => wanted,
      (error: unknown) => () => {
        throw error; // once the application is known to exist
      },
    ),
  ]);
  checkApplication(unit, at, grants);
  checkNoTag(unit);
  return insertGrant(unit, at, getWanted(), { grants, scopes, existingId });
}

export async function replaceGrant(unit: UnitOfWork, at: GrantPath, data: GrantCommand): Promise<Grant> {
  const before = await readGrantToChange(unit, at);
  const wanted = await resolve(unit.tx, at, data, '');
  if (wanted.resource.id !== before.resourceId) {
    throw invalidData({
      code: 'INVALID_VALUE',
      target: 'resource.id',
      message: 'resource.id cannot be changed. Create a grant of the other resource.',
      innerError: { allowedValues: [before.resourceId] },
    });
  }
  return assign(unit, before, wanted);
}

export async function deleteGrant(unit: UnitOfWork, at: GrantPath): Promise<undefined> {
  await removeGrant(unit, await readGrantToChange(unit, at));
}

export async function addGrantScopes(
  unit: UnitOfWork,
  at: GrantPath,
  scopes: readonly ScopeReference[],
): Promise<Grant> {
  const before = await readGrantToChange(unit, at);
  const resource = { id: before.resourceId };
  const added = await resolve(unit.tx, at, { resource, scopes: [...scopes] }, '', before.scopes);
  return assign(unit, before, {
    ...added,
    dates: before,
    scopes: removeDuplicates([...before.scopes, ...added.scopes]),
  });
}

export async function removeGrantScope(unit: UnitOfWork, at: GrantPath, scopeId: string): Promise<undefined> {
  const before = await readGrantToChange(unit, at);
  const scopes = before.scopes.filter((scope) => scope.id !== scopeId);
  if (scopes.length === before.scopes.length) throw notFound();
  if (scopes.length === 0) {
    throw invalidData({
      code: 'CONSTRAINT_VIOLATION',
      target: 'scopes',
      message: 'A grant has at least one scope, and this is its last. Delete the grant.',
    });
  }
  await assign(unit, before, { resource: { id: before.resourceId, name: '' }, dates: before, scopes, target: '' });
}

/** Removes first: not even in between does the application have more grants or scopes than the limits allow. */
export async function setGrants(
  unit: UnitOfWork,
  at: ApplicationPath,
  data: readonly GrantCommand[],
): Promise<Grant[]> {
  checkApplication(unit, at, await readGrantCount(unit.tx, at));
  checkNoTag(unit);
  const wanted = await resolveAll(unit.tx, at, data);
  const present = await readAllGrants(unit.tx, at.applicationId);
  const presentBy = new Map(present.map((grant) => [grant.resourceId, grant]));
  const wantedIds = new Set(wanted.map(({ resource }) => resource.id));

  for (const grant of present) if (!wantedIds.has(grant.resourceId)) await removeGrant(unit, grant);
  const changing = wanted.flatMap((each) => {
    const grant = presentBy.get(each.resource.id);
    return grant !== undefined && !isSameSet(grant.scopes, each.scopes) ? [{ grant, each }] : [];
  });
  for (const { grant, each } of changing) await dropScopes(unit.tx, grant, subtract(grant.scopes, each.scopes));

  const grants: Grant[] = [];
  for (const each of wanted) {
    const grant = presentBy.get(each.resource.id);
    grants.push(
      grant === undefined
        ? await insertGrant(unit, at, each, await readHeld(unit.tx, at))
        : await assign(unit, grant, each),
    );
  }
  return grants.sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** What an application is granted already. */
interface Held {
  readonly grants: number;
  readonly scopes: number;
  /** The grant of the same resource. */
  readonly existingId?: string | undefined;
}

async function readHeld(tx: Queryable, at: ApplicationPath): Promise<Held> {
  const [grants, scopes] = await Promise.all([readGrantCount(tx, at), countScopes(tx, at.applicationId)]);
  return { grants: grants ?? 0, scopes };
}

/** All is checked before the first row is written: no statement waits for the response to another. */
async function insertGrant(
  unit: UnitOfWork,
  at: ApplicationPath,
  { resource, dates, scopes, target }: Wanted,
  held: Held,
): Promise<Grant> {
  const { environmentId, applicationId } = at;
  if (held.existingId !== undefined) throw describeExistingGrant(held.existingId, resource, target);
  checkScopeCount(scopes, target);
  checkGrantCount(held.grants + 1);
  checkScopesOfApplication(held.scopes + scopes.length, target);
  const row = {
    ...newRow(unit.newId(), unit.now),
    environment_id: environmentId,
    application_id: applicationId,
    resource_id: resource.id,
    ...fromDates(dates),
  };
  const grant = toGrant(row, sortById(scopes));
  await unit.send(unit.tx.insertInto('grants').values(row));
  await unit.send(countGrants(unit, at, 1));
  await unit.send(insertScopeRows(unit.tx, grant, scopes));
  await unit.record({ type: 'GRANT.CREATED', environmentId, targetId: row.id, after: grant, applicationId });
  return grant;
}

function describeExistingGrant(existingId: string, resource: Wanted['resource'], target: string) {
  return invalidData({
    code: 'UNIQUENESS_VIOLATION',
    target: `${target}resource.id`,
    message: `The application has a grant of the resource ${resource.name} already. Change that grant.`,
    innerError: { existingId },
  });
}

/** Gives a grant these dates and scopes; a grant that has exactly these is not changed. */
async function assign(unit: UnitOfWork, before: Grant, { dates, scopes, target }: Wanted): Promise<Grant> {
  if (haveSameDates(before, dates) && isSameSet(before.scopes, scopes)) return before;
  const { tx } = unit;
  const { id, environmentId, applicationId } = before;
  checkScopeCount(scopes, target);
  await dropScopes(tx, before, subtract(before.scopes, scopes));
  await insertScopes(tx, before, subtract(scopes, before.scopes), target);
  const row = await tx
    .updateTable('grants')
    .set({ ...changedRow(before.version, unit.now), ...fromDates(dates) })
    .where('application_id', '=', applicationId)
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow();
  const after = toGrant(row, sortById(scopes));
  await unit.record({ type: 'GRANT.UPDATED', environmentId, targetId: id, before, after, applicationId });
  return after;
}

async function removeGrant(unit: UnitOfWork, grant: Grant): Promise<void> {
  const { id, environmentId, applicationId } = grant;
  await unit.send(unit.tx.deleteFrom('grants').where('application_id', '=', applicationId).where('id', '=', id));
  await unit.send(countGrants(unit, grant, -1));
  await unit.record({ type: 'GRANT.DELETED', environmentId, targetId: id, before: grant, applicationId });
}

function countGrants({ tx }: UnitOfWork, { environmentId, applicationId }: ApplicationPath, difference: 1 | -1) {
  return tx
    .updateTable('applications')
    .set((eb) => ({ grants: eb('grants', '+', difference) }))
    .where('environment_id', '=', environmentId)
    .where('id', '=', applicationId);
}

function checkGrantCount(grants: number): void {
  if (grants <= LIMITS.grantsOfApplication) return;
  throw describeTooMany('resource', LIMITS.grantsOfApplication, 'An application', 'grants');
}

function checkApplication(
  unit: UnitOfWork,
  { applicationId }: ApplicationPath,
  grants: number | undefined,
): asserts grants is number {
  if (grants === undefined) throw notFound();
  forbidSelfChange(unit, applicationId);
}

/** Reads the grant that will be changed, after checking that the caller may, and that the tag matches. */
async function readGrantToChange(unit: UnitOfWork, at: GrantPath): Promise<Grant> {
  const grant = await readGrant(unit.tx, at);
  if (grant === undefined) throw notFound();
  forbidSelfChange(unit, at.applicationId);
  checkTag(unit, grant);
  return grant;
}
