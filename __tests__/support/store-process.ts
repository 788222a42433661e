import { writeSync } from 'node:fs';
import type { LogEvent } from 'kysely';
import type { GrantStore } from 'scopegate/admin';
import { postgresEngine } from '../../lib/stores/postgres/engine.js';
import { openSqlStore } from '../../lib/stores/sql-store.js';
import { loadDatabase } from '../../lib/stores/sqlite/driver.js';
import { sqliteEngine } from '../../lib/stores/sqlite/engine.js';
import { type Call, make, type Outcome, outcomeOf } from './call-results.js';
import { context, newApplication, type Setting, type TestDatabase } from './stores.js';

/**
 * The program of a child process, run by `processes.ts`: it opens a store, makes the calls that its parent asks for, and
 * dies when it is told to, as processes do.
 */
export type Task =
  /** Instead of the one before. `watched` for one that counts its statements. */
  | { readonly do: 'open'; readonly opening: TestDatabase['opening']; readonly watched?: boolean }
  /** Makes them all at once. */
  | { readonly do: 'call'; readonly calls: readonly Call[] }
  /** SIGKILL to itself as soon as the database has run so many more statements. */
  | { readonly do: 'die'; readonly afterStatements: number }
  /** Closes the store, and counts what it has executed. */
  | { readonly do: 'count statements' }
  /** Makes grants as fast as it can, for ever, and prints the id of each that the store has acknowledged. */
  | { readonly do: 'write'; readonly setting: Setting; readonly lanes: number }
  /** On a SQLite connection of its own. */
  | { readonly do: 'run'; readonly file: string; readonly sql: string }
  /** Lets go of the rights of root. */
  | { readonly do: 'drop rights' }
  /** Closes the store. The process ends then, unless something keeps it. */
  | { readonly do: 'end' };

let store: GrantStore | undefined;
let statements = 0;
let lastStatement: number | undefined;

/** But for those by which others are told of a change that was made. */
function countStatement({ query }: LogEvent): void {
  if (query.sql.includes('pg_notify')) return;
  statements++;
  if (statements === lastStatement) process.kill(process.pid, 'SIGKILL');
}

async function open(task: Task & { do: 'open' }): Promise<GrantStore> {
  const { entry, creator, options } = task.opening;
  if (!task.watched) return (await import(entry))[creator](options);
  const { file, connectionString = '' } = options as { file?: string; connectionString?: string };
  const engine =
    file === undefined
      ? await postgresEngine({ connectionString, schema: 'scopegate' }, countStatement)
      : await sqliteEngine(file, 5000, countStatement);
  return openSqlStore(engine, {});
}

async function write(to: GrantStore, { at, resource, scopes }: Setting): Promise<never> {
  const grant = { resource: { id: resource.id }, scopes: scopes.map(({ id }) => ({ id })) };
  for (;;) {
    const application = await to.applications.create(at, newApplication('written'), context);
    const { value } = await to.grants.create({ ...at, applicationId: application.value.id }, grant, context);
    writeSync(1, `${value.id}\n`);
  }
}

const connections = new Map<string, Awaited<ReturnType<typeof sqliteConnection>>>();

async function sqliteConnection(file: string) {
  return (await loadDatabase())(file);
}

async function run({ file, sql }: Task & { do: 'run' }): Promise<void> {
  const connection = connections.get(file) ?? (await sqliteConnection(file));
  connections.set(file, connection);
  connection.exec(sql);
}

const endAtOnce = () => process.exit();

async function carryOut(task: Task): Promise<unknown> {
  switch (task.do) {
    case 'open':
      await store?.close();
      store = await open(task);
      return {};
    case 'call':
      return Promise.all(task.calls.map((call) => make(opened(), call)));
    case 'die':
      lastStatement = statements + task.afterStatements;
      return;
    case 'count statements':
      await store?.close(); // a read resolves before its transaction has ended
      return statements;
    case 'write':
      return Promise.all(Array.from({ length: task.lanes }, () => write(opened(), task.setting)));
    case 'run':
      return run(task);
    case 'drop rights':
      await sqliteConnection(':memory:'); // the driver is read while that is still allowed
      if (process.getuid?.() === 0) process.setuid?.(65534);
      return;
    case 'end':
      process.off('disconnect', endAtOnce);
      return store?.close();
  }
}

function opened(): GrantStore {
  if (store === undefined) throw new Error('no store is open');
  return store;
}

process.on('message', async ({ id, task }: { id: number; task: Task }) => {
  const outcome: Outcome = await outcomeOf(carryOut(task));
  process.send?.({ id, outcome }, () => task.do === 'end' && process.disconnect());
});
process.on('disconnect', endAtOnce); // the parent is no more
process.send?.('ready');
