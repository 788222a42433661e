import assert from 'node:assert/strict';
import { setImmediate as pause } from 'node:timers/promises';
import { covers } from 'scopegate';
import { applicationNamed } from './common/application.mjs';

/**
 * What is measured: an environment with as many applications as grants. Every fourth application has four grants of two
 * scopes each; the first of them is of one resource that all these applications share, and half of them hold the scope
 * {@link POPULAR} directly.
 *
 * The first {@link BLOCK} applications and grants are made through the store. The rest are copies of the rows that this
 * left in the tables, audit records and change events included, with ids, numbers and times of their own: whatever shape
 * the store writes, they have it.
 */

export const BLOCK = 40;
export const POPULAR = 'urn:opc:resource:consumer:paas:analytics::read';
/** The scopes that cover it, from any resource. */
export const COVERING = ['paas:analytics', 'paas', ''].flatMap((path) =>
  ['read', 'all'].map((qualifier) => `urn:opc:resource:consumer${path && `:${path}`}::${qualifier}`),
);
assert(COVERING.every((scope) => covers(scope, POPULAR)));

export const context = { actor: { client: 'bench' }, correlationId: '00000000-0000-4000-8000-000000000000' };
const COPIES_AT_ONCE = 250;

/**
 * Fills an empty database; returns where things are, and how long the bulk load took. The ids that a process makes never go
 * back in time, and this one dates what it makes in the past: call it for the largest database first, and make nothing
 * else before the last call.
 *
 * @param block what is copied: how many applications, with as many grants, and what makes them in a new store
 */
export async function load(database, grants, { size, create } = { size: BLOCK, create: createBlock }) {
  const copies = grants / size;
  const start = Date.now() - copies - 60_000;
  const store = await database.open({ clock: { now: () => start } });
  const setting = await create(store);
  await store.close();

  const raw = await database.raw();
  try {
    const block = await readBlock(raw, setting, start, size);
    const began = performance.now();
    let rows = 0;
    for (let first = 1; first < copies; first += COPIES_AT_ONCE) {
      rows += await insertCopies(raw, block, first, Math.min(first + COPIES_AT_ONCE, copies));
      await pause(); // for signals
    }
    await raw.query('update environments set applications = applications + ? where id = ?', [
      (copies - 1) * size,
      setting.at.environmentId,
    ]);
    await raw.query('update ledger set number = number + ?, changed_at = ?', [
      (copies - 1) * block.numbers,
      new Date(start + copies - 1).toISOString(),
    ]);
    await raw.settle();
    const seconds = (performance.now() - began) / 1000;
    return { ...setting, ...places(block, copies), grants, bulk: { how: raw.bulk, rows, seconds } };
  } finally {
    await raw.close();
  }
}

async function createBlock(store) {
  const { value: environment } = await store.environments.create({ name: 'bench', type: 'SANDBOX' }, context);
  const at = { environmentId: environment.id };
  const resources = [];
  for (let i = 0; i <= 30; i++) {
    const name = i === 0 ? 'analytics' : `service-${i}`;
    const { value } = await store.resources.create(at, resourceNamed(name), context);
    const scopes = i === 0 ? [POPULAR, COVERING[1], COVERING[2], COVERING[3]] : [`${name}:read`, `${name}:write`];
    for (const scope of scopes) await store.scopes.create({ ...at, resourceId: value.id }, { name: scope }, context);
    resources.push({ resource: { id: value.id }, scopes: scopes.map((scope) => ({ name: scope })) });
  }
  const [shared, ...others] = resources;
  for (let family = 0; family < BLOCK / 4; family++) {
    const members = [];
    for (let i = 0; i < 4; i++) {
      const { value } = await store.applications.create(at, applicationNamed(`app ${family}.${i}`), context);
      members.push(value);
    }
    const applicationAt = { ...at, applicationId: members[0].id };
    const scopes = family % 2 === 0 ? shared.scopes.slice(0, 2) : shared.scopes.slice(2);
    for (const grant of [{ ...shared, scopes }, ...others.slice(family * 3, family * 3 + 3)]) {
      await store.grants.create(applicationAt, grant, context);
    }
  }
  const { items } = await store.scopes.list({ ...at, resourceId: shared.resource.id }, { limit: 100 });
  return {
    at,
    popularId: items.find(({ name }) => name === POPULAR).id,
    others: others.map(({ resource, scopes }) => ({ resource, scopes })),
  };
}

export function resourceNamed(name) {
  return {
    name,
    audience: `https://${name}.example`,
    type: 'CUSTOM',
    accessTokenValiditySeconds: 3600,
    introspectEndpointAuthMethod: 'CLIENT_SECRET_BASIC',
    applicationPermissionsSettings: { claimEnabled: false },
    tags: [],
    secondaryAudiences: [],
  };
}

const OF_APPLICATIONS = "(type like 'APPLICATION.%' or type like 'GRANT.%')";
const TABLES = {
  applications: 'select * from applications order by id',
  grants: 'select * from grants order by id',
  grant_scopes: 'select * from grant_scopes order by application_id, scope_name',
  activities: `select * from activities where ${OF_APPLICATIONS} order by number`,
  activity_applications: 'select * from activity_applications order by number',
  changes: `select * from changes where number in (select number from activities where ${OF_APPLICATIONS}) order by number`,
};

/** The rows to copy, each value as a function of the number of the copy. */
async function readBlock(raw, { at }, start, size) {
  const rows = {};
  for (const [table, sql] of Object.entries(TABLES)) rows[table] = await raw.query(sql);
  assert.equal(rows.applications.length, size);
  assert.equal(rows.grants.length, size);
  const numbers = rows.changes.length;
  assert(rows.activities.length === numbers && rows.activity_applications.length === numbers);
  assert(rows.applications.every(({ environment_id: id }) => id === at.environmentId));

  const ids = [...rows.applications, ...rows.grants, ...rows.activities].map(({ id }) => id).sort();
  assert(ids.at(-1) < toId(1, 0, start), 'copies come later than what they are copies of');
  const toCopy = new Map(ids.map((id, i) => [id, (copy) => toId(copy, i, start)]));
  toCopy.set(new Date(start).toISOString(), (copy) => new Date(start + copy).toISOString());
  const changing = new RegExp(`(${[...toCopy.keys()].join('|')})`);

  const inCopy = (value, column) => {
    if (column === 'number') return (copy) => value + copy * numbers;
    if (typeof value !== 'string') return () => value;
    const parts = value.split(changing).filter(Boolean);
    const pieces = parts.map((part) => toCopy.get(part) ?? (() => part));
    return pieces.length === 1 ? pieces[0] : (copy) => pieces.map((piece) => piece(copy)).join('');
  };
  const tables = Object.entries(rows).map(([table, found]) => {
    const columns = Object.keys(found[0]);
    return { table, columns, rows: found.map((row) => columns.map((column) => inCopy(row[column], column))) };
  });
  return { rows, tables, numbers, toCopy, size };
}

async function insertCopies(raw, { tables }, first, end) {
  let count = 0;
  await raw.query('begin');
  for (const { table, columns, rows } of tables) {
    const copies = [];
    for (let copy = first; copy < end; copy++) {
      for (const row of rows) copies.push(row.map((value) => value(copy)));
    }
    await raw.insert(table, columns, copies);
    count += copies.length;
  }
  await raw.query('commit');
  return count;
}

/** A UUID of version 7, as the store makes them: one millisecond for each copy; the rest is mixed from the numbers. */
function toId(copy, i, start) {
  const time = (start + copy).toString(16).padStart(12, '0');
  const low = (Math.imul(copy + 1, 0x9e3779b1) ^ Math.imul(i + 1, 0x85ebca6b)) >>> 0;
  const high = (Math.imul(low ^ (low >>> 15), 0x2c1b3c6d) + i) >>> 0;
  const tail = low.toString(16).padStart(8, '0') + high.toString(16).padStart(8, '0').slice(0, 7);
  const sequence = i.toString(16).padStart(3, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${sequence}-8${tail.slice(0, 3)}-${tail.slice(3)}0`.slice(0, 36);
}

/** Where the measurements go. */
function places({ rows, toCopy, size }, copies) {
  const anyCopy = () => 1 + Math.floor(Math.random() * (copies - 1));
  const pickRandom = (list) => list[Math.floor(Math.random() * list.length)];
  const granted = new Set(rows.grants.map(({ application_id: id }) => id));
  const idle = rows.applications.map(({ id }) => id).filter((id) => !granted.has(id));
  return {
    /** A grant and its application. */
    anyGrant() {
      const [copy, grant] = [anyCopy(), pickRandom(rows.grants)];
      return { applicationId: toCopy.get(grant.application_id)(copy), grantId: toCopy.get(grant.id)(copy) };
    },
    /** The id of the application with this number in the list. */
    applicationId(number) {
      const [copy, i] = [Math.floor(number / size), number % size];
      const { id } = rows.applications[i];
      return copy === 0 ? id : toCopy.get(id)(copy);
    },
    /** Applications without a grant, each once. */
    *idleApplications() {
      for (;;) for (let copy = 1; copy < copies; copy++) for (const id of idle) yield toCopy.get(id)(copy);
    },
  };
}

/** That the store takes what was loaded for its own. */
export async function verify(world) {
  await verifyRows(world);
  await verifyPages(world);
  await verifyChanges(world);
}

async function verifyRows({ database, grants }) {
  const raw = await database.raw();
  for (const table of ['applications', 'grants']) {
    const [{ count }] = await raw.query(`select count(*) as count from ${table}`);
    assert.equal(count, grants, table);
  }
  const [{ wrong }] = await raw.query(
    'select count(*) as wrong from applications where grants <> (select count(*) from grants where grants.application_id = applications.id)',
  );
  assert.equal(wrong, 0, 'kept counts of grants');
  const [{ number }] = await raw.query('select number from ledger');
  const [{ last }] = await raw.query('select max(number) as last from activities');
  assert.equal(number, last, 'the ledger');
  await raw.close();
}

async function verifyPages({ store, at, grants, popularId, applicationId }) {
  const lastPage = await store.applications.list(at, {
    limit: 100,
    position: { direction: 'after', key: applicationId(grants - 101) },
  });
  assert.equal(lastPage.count, grants);
  assert.equal(lastPage.items.length, 100);
  assert.equal(lastPage.next, undefined);
  for (const held of [{ scopeId: popularId }, { scopeNames: COVERING }]) {
    assert.equal((await store.scopes.holders(at, held, { limit: 100 })).items.length, 100);
  }
}

async function verifyChanges({ store, at, grants, anyGrant }) {
  const grantAt = { ...at, ...anyGrant() };
  const grant = await store.grants.get(grantAt);
  assert.equal(grant.scopes.length, 2);
  const page = await store.grants.list(grantAt, { limit: 100 });
  assert.equal(page.count, 4);
  assert(page.items.some(({ id }) => id === grant.id));
  const [scope] = grant.scopes;
  await store.grants.removeScope(grantAt, scope.id, context);
  const { value: again } = await store.grants.addScopes(grantAt, [{ id: scope.id }], context);
  assert.deepEqual(again.scopes, grant.scopes);
  assert.equal(again.version, grant.version + 2);
  const history = await store.activities.list(at, { applicationId: grant.applicationId }, { limit: 100 });
  assert.equal(history.items.length, 7, 'one application, four grants, two changes');

  const { value: application } = await store.applications.create(at, applicationNamed('new'), context);
  assert.equal((await store.applications.list(at, { limit: 1 })).count, grants + 1);
  await store.applications.delete({ ...at, applicationId: application.id }, context);
}
