import { applyDocument } from 'scopegate/admin';

/**
 * What the screens of the console are measured with: an environment that has grown. Some 1,400 scopes of twelve resources
 * in a hierarchy of five levels, eight resources whose scopes cover only themselves, and ten grants for each application.
 * Every application holds a scope of the first resource, so that thousands reach the scopes below it.
 */

/** The demo's own environment, which it takes for its own where it is there. */
const ENVIRONMENT = { name: 'demo', description: 'As large as the bench makes it', type: 'SANDBOX' };

const AREAS = [
  'paas',
  'saas',
  'iaas',
  'billing',
  'identity',
  'network',
  'storage',
  'media',
  'search',
  'mail',
  'iot',
  'ml',
];
const CHILDREN = [
  ['analytics', 'stack', 'events'],
  ['reports', 'jobs'],
  ['daily', 'archive'],
  ['rows', 'totals'],
];
const FLAT = ['orders', 'invoices', 'customers', 'parcels', 'tickets', 'prices', 'returns', 'stock'];
const GRANTS = 10;

export const TOP = 'urn:opc:resource:consumer:paas';

/** The paths of an area, from itself down. */
function pathsBelow(path, [children, ...deeper] = CHILDREN) {
  if (children === undefined) return [path];
  return [path, ...children.flatMap((child) => pathsBelow(`${path}:${child}`, deeper))];
}

/** Leaves have no `::all`. */
function scopesBelow(area) {
  return pathsBelow(area).flatMap((path) => {
    const qualifiers = path.split(':').length > CHILDREN.length ? ['read', 'write'] : ['all', 'read', 'write'];
    return qualifiers.map((qualifier) => `urn:opc:resource:consumer:${path}::${qualifier}`);
  });
}

const RESOURCES = new Map([
  ...AREAS.map((area) => [area, scopesBelow(area)]),
  ...FLAT.map((name) => [name, ['read', 'write', 'list'].map((act) => `${name}:${act}`)]),
]);

/** Ten grants: one of the first resource, the others in turn. */
function grantsOf(number) {
  const names = [...RESOURCES.keys()];
  return Array.from({ length: GRANTS }, (_, i) => {
    const name = i === 0 ? names[0] : names[1 + ((number + i * 2) % (names.length - 1))];
    const scopes = RESOURCES.get(name);
    const held =
      i === 0 ? [scopes[1]] : [scopes[(number * 7 + i) % scopes.length], scopes[(number * 3 + 1) % scopes.length]];
    return { resource: name, scopes: [...new Set(held)] };
  });
}

const JOBS = ['report', 'import', 'export', 'worker', 'portal', 'gateway', 'sync', 'mailer'];

function nameOf(number) {
  return `${JOBS[number % JOBS.length]}-${String(number).padStart(5, '0')}`;
}

/** Fills an empty store. Every application but the last hundred has called four routes, and the first one many. */
export async function fill(store, applications) {
  await applyDocument(store, {
    environment: ENVIRONMENT,
    resources: [...RESOURCES].map(([name, scopes]) => ({
      name,
      audience: `https://${name}.example/`,
      scopes: scopes.map((scope) => ({ name: scope, description: `What ${scope} is for` })),
    })),
    applications: Array.from({ length: applications }, (_, i) => ({ name: nameOf(i), grants: grantsOf(i) })),
  });
  const at = await findEnvironment(store);
  await addUsage(store, await readAll((page) => store.applications.list(at, page)));
}

/** What the screens are opened with. */
export async function findPlaces(store) {
  const at = await findEnvironment(store);
  const applications = await store.applications.list(at, { limit: 1 });
  const scopes = await readAll((page) => store.scopes.list(at, page));
  return {
    ...at,
    applications: applications.count,
    scopes: scopes.length,
    /** The first one, which called many routes. */
    applicationId: applications.items[0].id,
    /** One that every application reaches. */
    scopeId: scopes.find(({ name }) => name === `${TOP}:analytics::read`).id,
  };
}

async function findEnvironment(store) {
  const { items } = await store.environments.list({ limit: 10 });
  return { environmentId: items.find(({ name }) => name === ENVIRONMENT.name).id };
}

async function readAll(list) {
  const all = [];
  for (let position; ; ) {
    const { items, next } = await list({ limit: 1000, position });
    all.push(...items);
    if (next === undefined) return all;
    position = next;
  }
}

/** How many routes the application called that is looked at. */
const MANY_ROUTES = 1000;

async function addUsage(store, applications) {
  const ids = applications.map(({ id }) => id);
  const callOf = (applicationId, route) => ({
    applicationId,
    audience: ['https://paas.example/'],
    route: `GET /analytics/reports/${route}`,
    required: `${TOP}:analytics:reports::read`,
    covered: [`${TOP}:analytics:reports::read`],
    time: Date.now() - route * 60_000,
    calls: 1 + (route % 50),
  });
  const counts = ids.slice(0, -100).flatMap((id) => Array.from({ length: 4 }, (_, route) => callOf(id, route)));
  await store.usage.add([...counts, ...Array.from({ length: MANY_ROUTES }, (_, route) => callOf(ids[0], route))]);
}
