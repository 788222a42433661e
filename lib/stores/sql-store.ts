import { AsyncLocalStorage } from 'node:async_hooks';
import { NoResultError } from 'kysely';
import { completeApplication, completeEnvironment, completeResource } from '../grants/defaults.js';
import { AdminError, invalidData, notFound, StoreUnavailableError } from '../grants/errors.js';
import { createIdGenerator } from '../grants/ids.js';
import type {
  ActivityStore,
  ApplicationStore,
  Change,
  ChangeContext,
  ChangeEvent,
  EnvironmentStore,
  GrantStore,
  GrantSubStore,
  GrantTransaction,
  ResourceStore,
  ScopeStore,
} from '../grants/store.js';
import { readChanges, subscribers } from './change-feed.js';
import type { Engine } from './engine.js';
import { migrate } from './migrations/migrate.js';
import { mutex } from './mutex.js';
import * as activities from './queries/activities.js';
import { readApplicationStatus } from './queries/application-status.js';
import * as applications from './queries/applications.js';
import * as environments from './queries/environments.js';
import * as grants from './queries/grants.js';
import { duplicateName } from './queries/preconditions.js';
import * as resources from './queries/resources.js';
import { revokeTokens } from './queries/revocations.js';
import { readScopeHolders } from './queries/scope-holders.js';
import * as scopes from './queries/scopes.js';
import * as secrets from './queries/secrets.js';
import type { Queryable } from './schema.js';
import { runChange, type UnitOfWork } from './unit-of-work.js';

/** What both kinds of store take. */
export interface SqlStoreOptions {
  /** The clock that changes are dated by: `now()` in milliseconds since the epoch. Default the system's. */
  readonly clock?: { now(): number } | undefined;
}

/**
 * The one store: the same statements on either engine. Brings the tables up to date, then answers.
 *
 * @throws {Error} where the database cannot be opened, is damaged as far as that is seen, or was made by a later version;
 *   the engine is closed then
 */
export async function openSqlStore(engine: Engine, { clock = Date }: SqlStoreOptions): Promise<GrantStore> {
  try {
    await migrate(
      (run) => engine.withMigrationLock(run),
      engine.clusterByPrimaryKey,
      () => new Date(clock.now()).toISOString(),
    );
    await engine.reader.selectFrom('ledger').select('id').where('id', '=', 1).executeTakeFirstOrThrow();
    return createSqlStore(engine, () => clock.now());
  } catch (error) {
    await engine.close().catch(() => undefined);
    throw error;
  }
}

function createSqlStore(engine: Engine, now: () => number): GrantStore {
  const newId = createIdGenerator();
  const queue = mutex(engine.lockTimeout);
  const watching = subscribers(() => engine.listen(() => watching.publish([])));
  const pending = new Set<Promise<unknown>>();
  const transactions = new AsyncLocalStorage<OpenTransaction>();
  let closing: Promise<void> | undefined;

  function change<Value>(context: ChangeContext, make: (unit: UnitOfWork) => Promise<Value>): Promise<Change<Value>> {
    return run(async () => {
      const { change, events } = await queue(() => runChange(engine, now, newId, context, make));
      if (events.length > 0) publish(events);
      return change;
    });
  }

  function publish(events: readonly ChangeEvent[]): void {
    watching.publish(events);
    const announced = engine.notify().catch(() => undefined); // other processes poll as well
    pending.add(announced);
    announced.finally(() => pending.delete(announced)).catch(() => undefined);
  }

  /** By a single statement. */
  function read<Value>(find: (db: Queryable) => Promise<Value>): Promise<Value> {
    return run(() => find(engine.reader));
  }

  /** By several statements, of one state. */
  function readAll<Value>(find: (db: Queryable) => Promise<Value>): Promise<Value> {
    return run(() => engine.readTransaction(find));
  }

  async function run<Value>(start: () => Promise<Value>): Promise<Value> {
    if (transactions.getStore()?.isOpen) throw new TypeError('Within a transaction, use its tx, not the store.');
    if (closing !== undefined) throw new StoreUnavailableError('The store is closed.');
    const running = start();
    pending.add(running);
    try {
      return await running;
    } catch (error) {
      throw toStoreError(engine, error);
    } finally {
      pending.delete(running);
    }
  }

  const runner: Runner = { change, read, readAll, moment: () => new Date(now()).toISOString() };
  return {
    ...createSubStores(runner),
    changes: {
      since: (position) => read((db) => readChanges(db, position)),
      subscribe: (listener) => (closing === undefined ? watching.add(listener) : () => undefined),
    },
    transaction: (context, work) => {
      return change(context, (unit) => {
        const own = new OpenTransaction(unit, runner.moment);
        return transactions.run(own, () => own.complete(work));
      });
    },
    applicationStatus: (applicationId) => read((db) => readApplicationStatus(db, applicationId)),
    close: () => {
      closing ??= Promise.allSettled(pending).then(() => engine.close());
      watching.close();
      return closing;
    },
  };
}

/** Runs the changes and reads of one `transaction()` in its unit of work. */
class OpenTransaction {
  isOpen = true;
  readonly #errors: unknown[] = [];

  constructor(
    private readonly unit: UnitOfWork,
    private readonly moment: () => string,
  ) {}

  /** @throws the first error of a change, also where `work` caught it: what that change did would be stored otherwise */
  async complete<Value>(work: (tx: GrantTransaction) => Promise<Value>): Promise<Value> {
    const run: Runner['read'] = (find) => this.#run(() => find(this.unit.tx));
    const change = (
      conditions: Pick<ChangeContext, 'ifMatch'> | undefined,
      make: (unit: UnitOfWork) => Promise<unknown>,
    ) => {
      const context = { ...this.unit.context, ifMatch: conditions?.ifMatch };
      return this.#run(() => make({ ...this.unit, context }));
    };
    const runner = { change, read: run, readAll: run, moment: this.moment } as unknown as Runner;
    try {
      const value = await work(createSubStores(runner) as unknown as GrantTransaction);
      if (this.#errors.length > 0) throw this.#errors[0];
      return value;
    } finally {
      this.isOpen = false;
    }
  }

  async #run<Value>(start: () => Promise<Value>): Promise<Value> {
    if (!this.isOpen) throw new TypeError('The transaction has ended.');
    try {
      return await start();
    } catch (error) {
      this.#errors.push(error);
      throw error;
    }
  }
}

/** How the parts of a store run their statements. */
interface Runner {
  change<Value>(context: ChangeContext, make: (unit: UnitOfWork) => Promise<Value>): Promise<Change<Value>>;
  /** By a single statement. */
  read<Value>(find: (db: Queryable) => Promise<Value>): Promise<Value>;
  /** By several statements, of one state. */
  readAll<Value>(find: (db: Queryable) => Promise<Value>): Promise<Value>;
  /** The current time, RFC 3339. */
  moment(): string;
}

function createSubStores(runner: Runner) {
  return {
    environments: createEnvironmentStore(runner),
    resources: createResourceStore(runner),
    scopes: createScopeStore(runner),
    applications: createApplicationStore(runner),
    grants: createGrantSubStore(runner),
    activities: createActivityStore(runner),
  };
}

function createEnvironmentStore({ change, read, readAll }: Runner): EnvironmentStore {
  return {
    create: (data, context) =>
      change(context, (unit) => environments.createEnvironment(unit, completeEnvironment(data))),
    replace: (id, data, context) => change(context, (unit) => environments.replaceEnvironment(unit, id, data)),
    delete: (id, context) => change(context, (unit) => environments.deleteEnvironment(unit, id)),
    get: (id) => read((db) => environments.readEnvironment(db, id)),
    list: (request) => readAll((db) => environments.readEnvironments(db, request)),
  };
}

function createResourceStore({ change, read, readAll }: Runner): ResourceStore {
  return {
    create: (at, data, context) =>
      change(context, (unit) => resources.createResource(unit, at, completeResource(data))),
    replace: (at, data, context) => change(context, (unit) => resources.replaceResource(unit, at, data)),
    delete: (at, context) => change(context, (unit) => resources.deleteResource(unit, at)),
    get: (at) => read((db) => resources.readResource(db, at)),
    list: (at, request) => readAll((db) => resources.readResources(db, at, request)),
  };
}

function createScopeStore({ change, read, readAll }: Runner): ScopeStore {
  return {
    create: (at, data, context) => change(context, (unit) => scopes.createScope(unit, at, data)),
    replace: (at, data, context) => change(context, (unit) => scopes.replaceScope(unit, at, data)),
    delete: (at, context) => change(context, (unit) => scopes.deleteScope(unit, at)),
    get: (at) => read((db) => scopes.readScope(db, at)),
    list: (at, request) => readAll((db) => scopes.readScopes(db, at, request)),
    holders: (at, held, request) => readAll((db) => readScopeHolders(db, at, held, request)),
  };
}

function createApplicationStore({ change, read, readAll, moment }: Runner): ApplicationStore {
  return {
    create: (at, data, context) =>
      change(context, (unit) => applications.createApplication(unit, at, completeApplication(data))),
    replace: (at, data, context) => change(context, (unit) => applications.replaceApplication(unit, at, data)),
    delete: (at, context) => change(context, (unit) => applications.deleteApplication(unit, at)),
    get: (at) => read((db) => applications.readApplication(db, at)),
    list: (at, request) => readAll((db) => applications.readApplications(db, at, request)),
    rotateSecret: (at, secret, previousExpiresAt, context) => {
      return change(context, (unit) => secrets.rotateSecret(unit, at, secret, previousExpiresAt));
    },
    secret: (at) => read((db) => secrets.secretState(db, at, moment())),
    hasSecret: (at, candidate) => read((db) => secrets.hasSecret(db, at, candidate, moment())),
    revokeTokens: (at, subject, context) => change(context, (unit) => revokeTokens(unit, at, subject)),
  };
}

function createGrantSubStore({ change, readAll }: Runner): GrantSubStore {
  return {
    create: (at, data, context) => change(context, (unit) => grants.createGrant(unit, at, data)),
    replace: (at, data, context) => change(context, (unit) => grants.replaceGrant(unit, at, data)),
    delete: (at, context) => change(context, (unit) => grants.deleteGrant(unit, at)),
    get: (at) => readAll((db) => grants.readGrant(db, at)),
    list: (at, request) => readAll((db) => grants.readGrants(db, at, request)),
    addScopes: (at, added, context) => change(context, (unit) => grants.addGrantScopes(unit, at, added)),
    removeScope: (at, scopeId, context) => change(context, (unit) => grants.removeGrantScope(unit, at, scopeId)),
    setAll: (at, wanted, context) => change(context, (unit) => grants.setGrants(unit, at, wanted)),
  };
}

function createActivityStore({ readAll }: Runner): ActivityStore {
  return {
    list: (at, filter, request) => readAll((db) => activities.readActivities(db, at, filter, request)),
  };
}

/** What an error of the engine's means to the caller. */
function toStoreError(engine: Engine, error: unknown): unknown {
  if (error instanceof AdminError || error instanceof StoreUnavailableError) return error;
  if (engine.isUnavailable(error) || isDamage(error)) {
    return new StoreUnavailableError('The database cannot answer at the moment.', { cause: error });
  }
  return ERROR_FOR_CONSTRAINT[engine.violatedConstraint(error) ?? '']?.() ?? error;
}

/** Whether JSON that was stored can no longer be read, or a row is missing that must be there. */
function isDamage(error: unknown): boolean {
  return error instanceof SyntaxError || error instanceof NoResultError;
}

/** The constraints that a change of something stored can break. */
const ERROR_FOR_CONSTRAINT: Readonly<Record<string, () => AdminError>> = {
  environments_name: () => duplicateName('name', 'An environment'),
  resources_name: () => duplicateName('name', 'A resource'),
  scopes_name: () => duplicateName('name', 'A scope of this resource'),
  foreign_key: notFound, // somebody removed what it belongs to, behind the store's back
  grant_scopes_pkey: () => {
    const message = 'An application that holds this scope holds another with that name; it has each name once.';
    return invalidData({ code: 'UNIQUENESS_VIOLATION', target: 'name', message });
  },
};
