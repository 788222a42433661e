import { createIdGenerator } from '../grants/ids.js';
import type { ReplayStore } from '../grants/replay-store.js';
import type { ChangeEvent, ChangeStore, GrantStore } from '../grants/store.js';
import type { UsageStore } from '../grants/usage.js';
import { withAudit } from './audit.js';
import type { AuditOptions } from './audit-options.js';
import { readChanges } from './change-feed.js';
import type { Engine } from './engine.js';
import { createHistory } from './history.js';
import { migrate } from './migrations/migrate.js';
import { turns } from './mutex.js';
import { OpenTransaction } from './open-transaction.js';
import { readApplicationStatus } from './queries/application-status.js';
import { addUsage, deleteUsageBefore, readUsageOfApplication, readUsageOfScope } from './queries/usage.js';
import type { Queryable } from './schema.js';
import { createSecretCipher } from './secret-cipher.js';
import { SecretUses } from './secret-uses.js';
import type { ShowSecrets } from './show-secrets.js';
import { StoreCalls } from './store-calls.js';
import { createSubStores, type Runner } from './sub-stores.js';
import { type Subscribers, subscribers } from './subscribers.js';
import { runChange } from './unit-of-work.js';
import { UsedProofs } from './used-proofs.js';

/** Options of both kinds of store. */
export interface SqlStoreOptions extends AuditOptions {
  /** The clock that changes are dated by: `now()` in milliseconds since the epoch. Default the system's. */
  readonly clock?: { now(): number } | undefined;
  /** Keeps new secrets encrypted with `key` beside their digests, and shows them. Default: digests only. */
  readonly showSecrets?: ShowSecrets | undefined;
  /** In place of the migration of the tables. */
  readonly prepare?: ((engine: Engine) => Promise<void>) | undefined;
}

/**
 * Opens the store, which runs the same statements on either engine, after it has migrated the tables.
 *
 * @throws {Error} where the database cannot be opened, is visibly damaged, or was migrated by a later version; the engine
 *   is closed then
 */
export async function openSqlStore(
  engine: Engine,
  { clock = Date, showSecrets, prepare, ...audit }: SqlStoreOptions,
): Promise<GrantStore> {
  const now = () => clock.now();
  try {
    await (prepare?.(engine) ??
      migrate(
        (run) => engine.withMigrationLock(run),
        engine.clusterByPrimaryKey,
        () => toIso(now()),
      ));
    await engine.read(selectLedger);
    return await withAudit(createSqlStore(engine, now, showSecrets), engine, now, audit);
  } catch (error) {
    await engine.close().catch(() => undefined);
    throw error;
  }
}

function createSqlStore(engine: Engine, now: () => number, showSecrets: ShowSecrets | undefined): GrantStore {
  const calls = new StoreCalls(engine);
  const listeners = subscribers(() => engine.listen(() => listeners.publish([])));
  const runner: Runner<'store'> = {
    ...createRunner(engine, now, calls, listeners),
    cipher: showSecrets && createSecretCipher(showSecrets.key),
    uses: new SecretUses(engine, calls, now),
  };
  const subStores = createSubStores(runner);
  return {
    ...subStores,
    activities: { ...subStores.activities, ...createHistory(engine, calls) },
    ping: () => runner.read(undefined, selectLedger),
    changes: createChangeStore(engine, calls, listeners),
    replays: createReplayStore(engine, calls, now),
    usage: createUsageStore(runner, engine, calls),
    transaction: (context, work) =>
      runner.change(undefined, context, (unit) => {
        const transaction = new OpenTransaction(unit, runner);
        return calls.runWithin(transaction, () => transaction.complete(work));
      }),
    applicationStatus: (applicationId) =>
      calls.run(() => engine.read((db) => readApplicationStatus(db, applicationId), 'gate')),
    close: () => {
      listeners.close();
      return calls.close();
    },
  };
}

async function selectLedger(db: Queryable): Promise<void> {
  await db.selectFrom('ledger').select('id').where('id', '=', 1).executeTakeFirstOrThrow();
}

type StatementRunner = Omit<Runner<'store'>, 'cipher' | 'uses'>;

function createRunner(engine: Engine, now: () => number, calls: StoreCalls, listeners: Subscribers): StatementRunner {
  const newId = createIdGenerator();
  const { take } = turns(engine.lockTimeout, engine.maxChanges);
  const notify = coalesce(() => engine.notify());

  function publish(events: readonly ChangeEvent[]): void {
    listeners.publish(events);
    calls.track(notify()).catch(() => undefined); // other processes poll as well
  }

  return {
    change: (environmentId, context, apply) =>
      calls.run(async () => {
        const options = { engine, now, newId, environmentId, context, apply };
        const { change, events, durable } = await take(environmentId, () => runChange(options));
        await durable;
        if (events.length > 0) publish(events);
        return change;
      }),
    read: (_, find) => calls.run(() => engine.read(find)),
    readAll: (_, find) => calls.run(() => engine.readTransaction(find)),
    readHistory: (_, find) => calls.run(() => engine.readTransaction(find)),
    getTime: () => toIso(now()),
  };
}

function createReplayStore(engine: Engine, calls: StoreCalls, now: () => number): ReplayStore {
  const proofs = new UsedProofs(engine, calls, now);
  return { remember: (key, expiresAt) => proofs.remember(key, expiresAt) };
}

/** Counts are no changes, so they wait for no turn. */
function createUsageStore({ readAll }: StatementRunner, engine: Engine, calls: StoreCalls): UsageStore {
  const write = <Value>(apply: (tx: Queryable) => Promise<Value>) => calls.run(() => engine.transaction(apply));
  return {
    add: (counts) => addUsage(write, counts),
    deleteBefore: (time) => write((tx) => deleteUsageBefore(tx, time)),
    ofApplication: (at, from) => readAll(at.environmentId, (db) => readUsageOfApplication(db, at, from)),
    ofScope: (at, from) => readAll(at.environmentId, (db) => readUsageOfScope(db, at, from)),
  };
}

function createChangeStore(engine: Engine, calls: StoreCalls, listeners: Subscribers): ChangeStore {
  return {
    since: (position) => calls.run(() => engine.read((db) => readChanges(db, position), 'feed')),
    subscribe: (listener) => (calls.isClosed ? () => undefined : listeners.add(listener)),
  };
}

/** Runs once at a time; calls that come meanwhile share the next run. */
function coalesce(run: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  const start = () => {
    next = undefined;
    running = run().finally(() => {
      running = undefined;
    });
    return running;
  };
  return () => {
    if (running === undefined) return start();
    next ??= running.then(start, start);
    return next;
  };
}

function toIso(time: number): string {
  return new Date(time).toISOString();
}
