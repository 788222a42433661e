import { NoResultError } from 'kysely';
import { AdminProblem, invalidData, notFound, StoreOutage } from '../grants/problem.js';
import type { Change, ChangeContext, ChangeEvent, GrantStore } from '../grants/store.js';
import * as activities from './activities.js';
import * as applications from './applications.js';
import { nameTaken } from './conditions.js';
import type { Engine } from './engine.js';
import * as environments from './environments.js';
import { readChanges, watchers } from './feed.js';
import * as grants from './grants.js';
import { readHolders } from './holders.js';
import { migrate } from './migrations.js';
import * as resources from './resources.js';
import { revokeTokens } from './revocations.js';
import * as scopes from './scopes.js';
import * as secrets from './secrets.js';
import { readStanding } from './standing.js';
import type { Db, Tx } from './tables.js';
import { type Turn, takeTurn } from './turn.js';
import { turnQueue } from './turn-queue.js';

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
      (run) => engine.alone(run),
      engine.clustered,
      () => new Date(clock.now()).toISOString(),
    );
    const { cursor_key: cursorKey } = await engine.reader
      .selectFrom('ledger')
      .select('cursor_key')
      .where('id', '=', 1)
      .executeTakeFirstOrThrow();
    if (!/^[0-9a-f]{64}$/.test(cursorKey)) throw new Error('it is damaged: the key of its cursors cannot be read');
    return sqlStore(engine, () => clock.now(), Buffer.from(cursorKey, 'hex'));
  } catch (error) {
    await engine.close().catch(() => undefined);
    throw error;
  }
}

function sqlStore(engine: Engine, now: () => number, cursorKey: Uint8Array): GrantStore {
  const queue = turnQueue(engine.patience);
  const watching = watchers(() => engine.listen(() => watching.wake([])));
  const underWay = new Set<Promise<unknown>>();
  let closing: Promise<void> | undefined;

  function change<Value>(context: ChangeContext, make: (turn: Turn) => Promise<Value>): Promise<Change<Value>> {
    return answered(async () => {
      const { change, events } = await queue(() => takeTurn(engine, now, context, make));
      if (events.length > 0) tell(events);
      return change;
    });
  }

  function tell(events: readonly ChangeEvent[]): void {
    watching.wake(events);
    const announced = engine.announce().catch(() => undefined); // whoever was not told will look
    underWay.add(announced);
    announced.finally(() => underWay.delete(announced)).catch(() => undefined);
  }

  /** By a single statement. */
  function read<Value>(find: (db: Db) => Promise<Value>): Promise<Value> {
    return answered(() => find(engine.reader));
  }

  /** By several statements, of one state. */
  function readAll<Value>(find: (db: Tx) => Promise<Value>): Promise<Value> {
    return answered(() => engine.snapshot(find));
  }

  async function answered<Value>(ask: () => Promise<Value>): Promise<Value> {
    if (closing !== undefined) throw new StoreOutage('The store is closed.');
    const asked = ask();
    underWay.add(asked);
    try {
      return await asked;
    } catch (error) {
      throw problemOf(engine, error);
    } finally {
      underWay.delete(asked);
    }
  }

  const moment = () => new Date(now()).toISOString();

  return {
    createEnvironment: (data, context) => change(context, (turn) => environments.createEnvironment(turn, data)),
    replaceEnvironment: (id, data, context) => {
      return change(context, (turn) => environments.replaceEnvironment(turn, id, data));
    },
    deleteEnvironment: (id, context) => change(context, (turn) => environments.deleteEnvironment(turn, id)),

    createResource: (at, data, context) => change(context, (turn) => resources.createResource(turn, at, data)),
    replaceResource: (at, data, context) => change(context, (turn) => resources.replaceResource(turn, at, data)),
    deleteResource: (at, context) => change(context, (turn) => resources.deleteResource(turn, at)),

    createScope: (at, data, context) => change(context, (turn) => scopes.createScope(turn, at, data)),
    replaceScope: (at, data, context) => change(context, (turn) => scopes.replaceScope(turn, at, data)),
    deleteScope: (at, context) => change(context, (turn) => scopes.deleteScope(turn, at)),

    createApplication: (at, data, context) => change(context, (turn) => applications.createApplication(turn, at, data)),
    replaceApplication: (at, data, context) => {
      return change(context, (turn) => applications.replaceApplication(turn, at, data));
    },
    deleteApplication: (at, context) => change(context, (turn) => applications.deleteApplication(turn, at)),
    rotateSecret: (at, secret, previousExpiresAt, context) => {
      return change(context, (turn) => secrets.rotateSecret(turn, at, secret, previousExpiresAt));
    },

    revokeTokens: (at, subject, context) => change(context, (turn) => revokeTokens(turn, at, subject)),

    createGrant: (at, data, context) => change(context, (turn) => grants.createGrant(turn, at, data)),
    replaceGrant: (at, data, context) => change(context, (turn) => grants.replaceGrant(turn, at, data)),
    deleteGrant: (at, context) => change(context, (turn) => grants.deleteGrant(turn, at)),
    addGrantScopes: (at, added, context) => change(context, (turn) => grants.addGrantScopes(turn, at, added)),
    removeGrantScope: (at, scopeId, context) => change(context, (turn) => grants.removeGrantScope(turn, at, scopeId)),
    setGrants: (at, wanted, context) => change(context, (turn) => grants.setGrants(turn, at, wanted)),

    environment: (id) => read((db) => environments.readEnvironment(db, id)),
    environments: (request) => readAll((db) => environments.readEnvironments(db, request)),
    resource: (at) => read((db) => resources.readResource(db, at)),
    resources: (at, request) => readAll((db) => resources.readResources(db, at, request)),
    scope: (at) => read((db) => scopes.readScope(db, at)),
    scopes: (at, request) => readAll((db) => scopes.readScopes(db, at, request)),
    application: (at) => read((db) => applications.readApplication(db, at)),
    applications: (at, request) => readAll((db) => applications.readApplications(db, at, request)),
    secret: (at) => read((db) => secrets.secretState(db, at, moment())),
    hasSecret: (at, candidate) => read((db) => secrets.hasSecret(db, at, candidate, moment())),
    grant: (at) => readAll((db) => grants.readGrant(db, at)),
    grants: (at, request) => readAll((db) => grants.readGrants(db, at, request)),
    holders: (at, held, request) => readAll((db) => readHolders(db, at, held, request)),
    activities: (at, filter, request) => readAll((db) => activities.readActivities(db, at, filter, request)),

    standing: (applicationId) => read((db) => readStanding(db, applicationId)),
    changesSince: (position) => read((db) => readChanges(db, position)),
    watch: (wake) => (closing === undefined ? watching.add(wake) : () => undefined),

    cursorKey,
    close: () => {
      closing ??= Promise.allSettled(underWay).then(() => engine.close());
      watching.end();
      return closing;
    },
  };
}

/** What an error of the engine's means to the caller. */
function problemOf(engine: Engine, error: unknown): unknown {
  if (error instanceof AdminProblem || error instanceof StoreOutage) return error;
  if (engine.isOutage(error) || isDamage(error)) {
    return new StoreOutage('The database cannot answer at the moment.', { cause: error });
  }
  return PROBLEM_OF_CONSTRAINT[engine.brokenConstraint(error) ?? '']?.() ?? error;
}

/** Whether JSON that was stored can no longer be read, or a row is missing that must be there. */
function isDamage(error: unknown): boolean {
  return error instanceof SyntaxError || error instanceof NoResultError;
}

/** The constraints that a change of something stored can break. */
const PROBLEM_OF_CONSTRAINT: Readonly<Record<string, () => AdminProblem>> = {
  environments_name: () => nameTaken('name', 'An environment'),
  resources_name: () => nameTaken('name', 'A resource'),
  scopes_name: () => nameTaken('name', 'A scope of this resource'),
  foreign_key: notFound, // somebody removed what it belongs to, behind the store's back
  grant_scopes_pkey: () => {
    const message = 'An application that holds this scope holds another with that name; it has each name once.';
    return invalidData({ code: 'UNIQUENESS_VIOLATION', target: 'name', message });
  },
};
