import { notFound } from '../../grants/errors.js';
import type { Application, Environment, Grant, Resource, ResourceScope } from '../../grants/model.js';
import type { GrantTransaction, InEnvironment, Page, PageRequest } from '../../grants/store.js';

/** What an environment holds, by name. */
export interface State {
  readonly environment: Environment;
  readonly resources: ReadonlyMap<string, ResourceState>;
  /** Several may have one name. */
  readonly applications: ReadonlyMap<string, readonly ApplicationState[]>;
}

export interface ResourceState {
  readonly stored: Resource;
  readonly scopes: ReadonlyMap<string, ResourceScope>;
}

export interface ApplicationState {
  readonly stored: Application;
  /** By the name of the resource. */
  readonly grants: ReadonlyMap<string, Grant>;
}

const PAGE_SIZE = 1000;

/** Reads all of it in pages. @returns `undefined` where no environment has the name */
export async function readState(tx: GrantTransaction, name: string): Promise<State | undefined> {
  const found = await readAll((page) => tx.environments.list({ ...page, filter: [{ name }] }));
  const environment = found.find((each) => each.name === name); // the filter does not regard case
  if (environment === undefined) return undefined;
  const at = { environmentId: environment.id };
  const stored = await readAll((page) => tx.resources.list(at, page));
  const scopes = groupBy(await readAll((page) => tx.scopes.list(at, page)), ({ resourceId }) => resourceId);
  const grants = await readGrants(tx, at, stored);
  const applications = await readAll((page) => tx.applications.list(at, page));
  return {
    environment,
    resources: new Map(
      stored.map((resource) => [
        resource.name,
        { stored: resource, scopes: new Map((scopes.get(resource.id) ?? []).map((scope) => [scope.name, scope])) },
      ]),
    ),
    applications: groupBy(
      applications.map((each) => ({ stored: each, grants: new Map(grants.get(each.id) ?? []) })),
      (each) => each.stored.name,
    ),
  };
}

/** By application, each with the name of its resource: by resource, since an environment has many more applications. */
async function readGrants(tx: GrantTransaction, at: InEnvironment, resources: readonly Resource[]) {
  const byApplication = new Map<string, (readonly [string, Grant])[]>();
  for (const { id, name } of resources) {
    for (const grant of await readAll((page) => tx.grants.listOfResource({ ...at, resourceId: id }, page))) {
      const own = byApplication.get(grant.applicationId);
      if (own === undefined) byApplication.set(grant.applicationId, [[name, grant]]);
      else own.push([name, grant]);
    }
  }
  return byApplication;
}

async function readAll<Item>(read: (request: PageRequest) => Promise<Page<Item> | undefined>): Promise<Item[]> {
  const items: Item[] = [];
  let position: PageRequest['position'];
  do {
    const page = await read({ limit: PAGE_SIZE, position });
    if (page === undefined) throw notFound();
    for (const item of page.items) items.push(item);
    position = page.next;
  } while (position !== undefined);
  return items;
}

function groupBy<Item>(items: readonly Item[], key: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group === undefined) groups.set(key(item), [item]);
    else group.push(item);
  }
  return groups;
}
