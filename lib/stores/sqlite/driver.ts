import type { SqliteDatabase } from 'kysely';

/** What is used of `DatabaseSync`, the interface of `node:sqlite` and of `@photostructure/sqlite`. */
interface DatabaseSync {
  exec(sql: string): void;
  prepare(sql: string): { all(...parameters: readonly unknown[]): unknown[] };
  close(): void;
}
type DatabaseSyncClass = new (file: string) => DatabaseSync;

/** The same as the query builder wants it. */
export interface Database extends SqliteDatabase {
  exec(sql: string): void;
}

/** Statements kept prepared; those with lists have a text for each length. */
const MOST_STATEMENTS = 300;

/** Finds the driver that this Node has. */
export async function loadDatabase(): Promise<(file: string) => Database> {
  const Driver = builtIn() ?? (await packaged());
  return (file) => adapt(new Driver(file));
}

/**
 * Whether a connection that is closed is gone. One of `@photostructure/sqlite` keeps its files open until the last of
 * its statements has been collected as garbage: it has no way to finalize them.
 */
export function endsAtClose(): boolean {
  return builtIn() !== undefined;
}

function builtIn(): DatabaseSyncClass | undefined {
  const module = process.getBuiltinModule?.('node:sqlite' as 'node:fs') as unknown;
  return (module as { DatabaseSync: DatabaseSyncClass } | undefined)?.DatabaseSync;
}

async function packaged(): Promise<DatabaseSyncClass> {
  const { DatabaseSync } = await import('@photostructure/sqlite');
  return DatabaseSync as unknown as DatabaseSyncClass;
}

function adapt(database: DatabaseSync): Database {
  const statements = new Map<string, ReturnType<DatabaseSync['prepare']>>();

  function prepared(sql: string) {
    const known = statements.get(sql);
    if (known !== undefined) return known;
    if (statements.size >= MOST_STATEMENTS) statements.clear();
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

/** As the query builder uses it: `all` runs any statement; how many rows one changed, it says by `returning`. */
export function statement(all: (parameters: readonly unknown[]) => unknown[]): ReturnType<Database['prepare']> {
  return { reader: true, all, run: neverAsked, iterate: neverAsked };
}

function neverAsked(): never {
  throw new Error('never asked for');
}
