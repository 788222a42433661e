import type { SqliteDatabase } from 'kysely';
import { loadOptionalPackage } from '../../optional-package.js';

/** What is used of `DatabaseSync`, the interface of `node:sqlite` and of `@photostructure/sqlite`. */
interface DatabaseSync {
  exec(sql: string): void;
  prepare(sql: string): { all(...parameters: readonly unknown[]): unknown[] };
  close(): void;
}
type DatabaseSyncClass = new (file: string) => DatabaseSync;

/** The same, as the query builder needs it. */
export interface Database extends SqliteDatabase {
  exec(sql: string): void;
}

/** How many prepared statements are kept; a statement with a list has a text for each length of the list. */
const MAX_STATEMENTS = 300;

/** `node:sqlite` where this Node has it, else `@photostructure/sqlite`. */
export async function loadDatabase(): Promise<(file: string) => Database> {
  const Driver = builtIn() ?? (await packaged());
  return (file) => adapt(new Driver(file));
}

function builtIn(): DatabaseSyncClass | undefined {
  const module = process.getBuiltinModule?.('node:sqlite' as 'node:fs') as unknown;
  return (module as { DatabaseSync: DatabaseSyncClass } | undefined)?.DatabaseSync;
}

async function packaged(): Promise<DatabaseSyncClass> {
  const { DatabaseSync } = await loadOptionalPackage(`Node ${process.versions.node} has no node:sqlite, so it`, {
    name: '@photostructure/sqlite',
    range: '^1.2',
    load: () => import('@photostructure/sqlite'),
  });
  return DatabaseSync as unknown as DatabaseSyncClass;
}

function adapt(database: DatabaseSync): Database {
  const statements = new Map<string, ReturnType<DatabaseSync['prepare']>>();

  function prepared(sql: string) {
    const known = statements.get(sql);
    if (known !== undefined) return known;
    if (statements.size >= MAX_STATEMENTS) statements.clear();
    const statement = database.prepare(sql);
    statements.set(sql, statement);
    return statement;
  }

  return {
    exec: (sql) => database.exec(sql),
    close: () => database.close(),
    prepare: (sql) => statement((parameters) => prepared(sql).all(...parameters)),
  };
}

/** The query builder runs every statement with `all`; statements return changed rows with `returning`. */
function statement(all: (parameters: readonly unknown[]) => unknown[]): ReturnType<Database['prepare']> {
  return { reader: true, all, run: notUsed, iterate: notUsed };
}

function notUsed(): never {
  throw new Error('The query builder uses all() only.');
}
