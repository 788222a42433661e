import {
  type Activity,
  AdminError,
  type ApplicationPath,
  type ApplicationSecret,
  type Grant,
  type GrantPath,
  type GrantStore,
  type Page,
  type PageRequest,
  type Resource,
  type ResourcePath,
  type ResourceScope,
  type ScopePath,
} from 'scopegate/admin';
import {
  context,
  createSetting,
  type Engine,
  newResource,
  type Setting,
  type TestDatabase,
} from '../../support/stores.js';

/** What each suite of the contract stands on: a store on a real database, and an environment of its own for each test. */
export interface Contract {
  readonly store: GrantStore;
  readonly database: TestDatabase;
  readonly clock: StandingClock;
  /** An environment as {@link createSetting} makes it, with a grant of `a` and `b` and a second resource. */
  prepare(): Promise<Prepared>;
}

export interface Prepared extends Setting {
  readonly store: GrantStore;
  readonly applicationAt: ApplicationPath;
  readonly resourceAt: ResourcePath;
  /** Of the scope `a`. */
  readonly scopeAt: ScopePath;
  /** `a` and `b` of the resource. */
  readonly grant: Grant;
  readonly grantAt: GrantPath;
  /** Another resource, with the scopes `a` and `d`; nobody has a grant of it. */
  readonly second: Resource;
  readonly secondAt: ResourcePath;
  readonly secondScopes: readonly ResourceScope[];
}

/** A clock that stands still until it is moved. */
export class StandingClock {
  constructor(public time = Date.parse('2031-05-01T12:00:00.000Z')) {}

  now(): number {
    return this.time;
  }

  /** RFC 3339, so many milliseconds from now. */
  text(later = 0): string {
    return new Date(this.time + later).toISOString();
  }
}

export const SECOND = 1000;
export const HOUR = 3600 * SECOND;
export const DAY = 24 * HOUR;

/** An id that nothing has. */
export const NOBODY = '00000000-0000-7000-8000-000000000000';

export function contractStore(engine: Engine): Contract {
  const clock = new StandingClock();
  let database: TestDatabase;
  let store: GrantStore;
  let environments = 0;
  beforeAll(async () => {
    database = await engine.database();
    store = await database.open({ clock });
  });
  afterAll(() => store?.close());
  return {
    get store() {
      return store;
    },
    get database() {
      return database;
    },
    clock,
    prepare: () => prepare(store, `test ${++environments}`),
  };
}

async function prepare(store: GrantStore, name: string): Promise<Prepared> {
  const setting = await createSetting(store, ['a', 'b', 'c'], name);
  const { at, resource, scopes, applicationAt } = setting;
  const { value: more } = await store.transaction(context, async (tx) => {
    const second = await tx.resources.create(at, newResource('stocks'));
    const secondAt = { ...at, resourceId: second.id };
    const secondScopes: ResourceScope[] = [];
    for (const scopeName of ['a', 'd']) secondScopes.push(await tx.scopes.create(secondAt, { name: scopeName }));
    const grant = await tx.grants.create(applicationAt, ofNames(resource, 'a', 'b'));
    return { second, secondAt, secondScopes, grant };
  });
  const resourceAt = { ...at, resourceId: resource.id };
  return {
    ...setting,
    ...more,
    store,
    resourceAt,
    scopeAt: { ...resourceAt, scopeId: (scopes[0] as ResourceScope).id },
    grantAt: { ...applicationAt, grantId: more.grant.id },
  };
}

/** A command for a grant of these scopes. */
export function ofNames(resource: { readonly id: string }, ...names: readonly string[]) {
  return { resource: { id: resource.id }, scopes: names.map((name) => ({ name })) };
}

export const names = (items: readonly { readonly name: string }[]): string[] => items.map(({ name }) => name);
export const ids = (items: readonly { readonly id: string }[]): string[] => items.map(({ id }) => id);

export const all: PageRequest = { limit: 10_000 };

/** All of a list, whose `count` must be its length. */
export async function listed<Item>(list: Promise<Page<Item> | undefined>): Promise<readonly Item[]> {
  const page = await list;
  if (page === undefined) throw new Error('There is no such list.');
  const { items, ...rest } = page;
  expect(rest).toEqual({ count: items.length });
  return items;
}

/** The whole history of an environment, oldest first. */
export async function exported(store: GrantStore, at: { readonly environmentId: string }): Promise<Activity[]> {
  const activities: Activity[] = [];
  for await (const activity of store.activities.export(at)) activities.push(activity);
  return activities;
}

/** All that an environment holds, its history included. Kept counts are compared with the lists on the way. */
export async function contentsOf(store: GrantStore, at: { readonly environmentId: string }) {
  const resources = await listed(store.resources.list(at, all));
  const scopes = await listed(store.scopes.list(at, all));
  for (const { id } of resources) {
    const own = await listed(store.scopes.list({ ...at, resourceId: id }, all));
    expect(own).toEqual(scopes.filter(({ resourceId }) => resourceId === id));
  }
  const applications = await listed(store.applications.list(at, all));
  const grants: Grant[] = [];
  const secrets: unknown[] = [];
  const validSecrets: ApplicationSecret[] = [];
  for (const { id } of applications) {
    grants.push(...(await listed(store.grants.list({ ...at, applicationId: id }, all))));
    secrets.push(await store.applications.secret({ ...at, applicationId: id }));
    validSecrets.push(...(await listed(store.secrets.list({ ...at, applicationId: id }, all))));
  }
  return {
    environments: (await store.environments.list({ limit: 1 })).count,
    environment: await store.environments.get(at.environmentId),
    resources,
    scopes,
    applications,
    grants,
    secrets,
    validSecrets,
    activities: (await store.activities.list(at, {}, all))?.items,
  };
}

/** Makes a change after which all must be as it was before. */
export async function leavingAll<Value>(
  store: GrantStore,
  at: { readonly environmentId: string },
  change: () => Promise<Value>,
): Promise<Value> {
  const before = await contentsOf(store, at);
  const value = await change();
  expect(await contentsOf(store, at)).toEqual(before);
  return value;
}

/** The problem that a change is refused with; the messages are for people. */
export async function refusalOf(change: Promise<unknown>) {
  const problem = await change.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(problem instanceof AdminError)) throw problem ?? new Error('The change was not refused.');
  return {
    kind: problem.kind,
    details: problem.details.map(({ code, target, innerError }) => ({ code, target, innerError })),
  };
}

/** The same, and nothing is written. */
export function refused(store: GrantStore, at: { readonly environmentId: string }, change: () => Promise<unknown>) {
  return leavingAll(store, at, () => refusalOf(change()));
}
