import { rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { openPostgresStore } from 'scopegate/postgres';
import { openSqliteStore } from 'scopegate/sqlite';

/**
 * The databases of the stores: `open` returns the store; `raw` bypasses it, for the bulk load and for looking at
 * what is there.
 */

/** The driver that the store itself would take. */
export async function sqliteDriver() {
  const builtIn = process.getBuiltinModule?.('node:sqlite');
  return builtIn?.DatabaseSync ?? (await import('@photostructure/sqlite')).DatabaseSync;
}

export function sqliteDatabase(directory, name) {
  const file = join(directory, `${name}.db`);
  return {
    engine: 'SQLite',
    address: { file },
    open: (options) => openSqliteStore({ file, ...options }),
    async raw() {
      const Driver = await sqliteDriver();
      const database = new Driver(file);
      database.exec('pragma busy_timeout = 5000; pragma foreign_keys = on; pragma cache_size = -200000');
      return {
        bulk: 'prepared inserts through the driver, in large transactions',
        query: async (sql, values = []) => database.prepare(sql).all(...values),
        async insert(table, columns, rows) {
          const places = columns.map(() => '?');
          const names = columns.map((column) => `"${column}"`);
          const statement = database.prepare(`insert into ${table} (${names}) values (${places})`);
          for (const row of rows) statement.run(...row);
        },
        async settle() {
          database.exec('pragma wal_checkpoint(truncate)');
        },
        async description() {
          const [{ version }] = database.prepare('select sqlite_version() as version').all();
          return `SQLite ${version} (store: WAL, synchronous=FULL)`;
        },
        async size() {
          database.exec('pragma wal_checkpoint(truncate)');
          return statSync(file).size;
        },
        close: async () => database.close(),
      };
    },
  };
}

const INT8 = 20;
const types = { getTypeParser: (oid, format) => (oid === INT8 ? Number : pg.types.getTypeParser(oid, format)) };

export async function postgresDatabase(server, name) {
  const connectionString = await server.createDatabase(`bench_${name}`);
  return {
    engine: 'PostgreSQL',
    address: { connectionString },
    open: (options) => openPostgresStore({ connectionString, ...options }),
    async raw() {
      const client = new pg.Client({ connectionString, types });
      client.on('error', () => undefined);
      await client.connect();
      await client.query('set search_path = scopegate');
      return rawPostgres(client, server.directory);
    },
  };
}

function rawPostgres(client, directory) {
  const query = async (sql, values = []) => {
    let place = 0;
    const { rows } = await client.query(
      sql.replace(/\?/g, () => `$${++place}`),
      values,
    );
    return rows;
  };
  return {
    bulk: 'COPY, in large transactions',
    query,
    async insert(table, columns, rows) {
      const file = join(directory, 'rows.copy');
      writeFileSync(file, rows.map(copyLine).join(''));
      const names = columns.map((column) => `"${column}"`);
      await client.query(`copy ${table} (${names}) from '${file}'`);
      rmSync(file);
    },
    async settle() {
      await client.query('vacuum analyze');
      await client.query('checkpoint');
    },
    async description() {
      const [{ fsync }] = await query('show fsync');
      const [{ synchronous_commit: commit }] = await query('show synchronous_commit');
      const [{ server_version: version }] = await query('show server_version');
      const [{ shared_buffers: buffers }] = await query('show shared_buffers');
      return `PostgreSQL ${version} (fsync=${fsync}, synchronous_commit=${commit}, shared_buffers=${buffers}, Unix socket)`;
    },
    async size() {
      const [{ size }] = await query('select pg_database_size(current_database()) as size');
      return size;
    },
    close: () => client.end(),
  };
}

const ESCAPES = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

function copyLine(row) {
  const fields = row.map((value) => (value === null ? '\\N' : String(value).replace(/[\\\t\n\r]/g, (c) => ESCAPES[c])));
  return `${fields.join('\t')}\n`;
}
