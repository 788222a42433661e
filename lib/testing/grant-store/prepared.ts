import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { AdminErrorKind } from '../../grants/errors.js';
import type { Application, Environment, Resource, ResourceScope } from '../../grants/model.js';
import type { ApplicationPath, ChangeContext, GrantStore, InEnvironment, ResourcePath } from '../../grants/store.js';

/** What each check starts with: an environment of its own, a resource with the scopes `a` and `b`, an application. */
export interface Prepared {
  readonly store: GrantStore;
  readonly context: ChangeContext;
  readonly environment: Environment;
  readonly at: InEnvironment;
  readonly resource: Resource;
  readonly resourceAt: ResourcePath;
  readonly a: ResourceScope;
  readonly b: ResourceScope;
  readonly application: Application;
  readonly applicationAt: ApplicationPath;
}

export type Checks = Readonly<Record<string, (prepared: Prepared) => Promise<void>>>;

/** An id that no object has. */
export const NO_ID = '00000000-0000-4000-8000-00000000dead';

/** A name that no other check has given. */
export function newName(): string {
  return `contract ${randomUUID()}`;
}

export async function prepare(store: GrantStore): Promise<Prepared> {
  const context: ChangeContext = { actor: { client: 'contract', subject: 'tester' }, correlationId: randomUUID() };
  const { value: environment } = await store.environments.create({ name: newName() }, context);
  const at = { environmentId: environment.id };
  const { value: resource } = await store.resources.create(at, { name: 'reports' }, context);
  const resourceAt = { ...at, resourceId: resource.id };
  const { value: a } = await store.scopes.create(resourceAt, { name: 'a' }, context);
  const { value: b } = await store.scopes.create(resourceAt, { name: 'b' }, context);
  const { value: application } = await store.applications.create(at, { name: 'reader' }, context);
  const applicationAt = { ...at, applicationId: application.id };
  return { store, context, environment, at, resource, resourceAt, a, b, application, applicationAt };
}

/** A command for a grant of the prepared resource. */
export function toGrantCommand({ resource }: Pick<Prepared, 'resource'>, ...scopes: readonly string[]) {
  return { resource: { id: resource.id }, scopes: scopes.map((name) => ({ name })) };
}

/** Compares clones, since a test runner may run the check and a native driver in two realms, each with its own `Array`. */
export function assertEqual(actual: unknown, expected: unknown, message?: string): void {
  assert.deepEqual(structuredClone(actual), structuredClone(expected), message);
}

/** Checks that a change is refused with an `AdminError` of this kind. */
export async function assertRefused(change: Promise<unknown>, kind: AdminErrorKind): Promise<void> {
  await assert.rejects(change, { name: 'AdminError', kind });
}

/** Checks that `change` leaves the lists and the history of the environment as they were. */
export async function assertUnchanged<Value>(prepared: Prepared, change: () => Promise<Value>): Promise<Value> {
  const before = await readContents(prepared);
  const value = await change();
  assertEqual(await readContents(prepared), before);
  return value;
}

const ALL = { limit: 1000 };

async function readContents({ store, at, applicationAt }: Prepared) {
  return {
    environment: await store.environments.get(at.environmentId),
    resources: await store.resources.list(at, ALL),
    scopes: await store.scopes.list(at, ALL),
    applications: await store.applications.list(at, ALL),
    grants: await store.grants.list(applicationAt, ALL),
    activities: await store.activities.list(at, {}, ALL),
  };
}
