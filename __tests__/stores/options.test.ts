import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { sql } from 'kysely';
import { openPostgresStore } from 'scopegate/postgres';
import { openSqliteStore } from 'scopegate/sqlite';
import type { PostgresStoreOptions } from '../../lib/postgres.js';
import { postgresEngine } from '../../lib/stores/postgres/engine.js';
import type { Queryable } from '../../lib/stores/schema.js';
import { change, read } from '../support/outages.js';
import { type Postgres, startPostgres } from '../support/postgres.js';
import { openTables, runSql } from '../support/tables.js';

jest.setTimeout(60_000);

const PASSWORD = 'pa55w0rd';

/** All that anybody would ever print of the error that a promise is rejected with. */
async function printed(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(Error);
  return inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true }) + JSON.stringify(error);
}

describe('openSqliteStore()', () => {
  test.each<[unknown, string]>([
    [undefined, 'takes an object of options, not undefined.'],
    ['it.db', 'takes an object of options, not the string given.'],
    [['it.db'], 'takes an object of options, not the list given.'],
    [{}, '"file" must be the path of the database file, not undefined.'],
    [{ file: '' }, '"file" must be the path of the database file, not an empty string.'],
    [{ file: 7 }, '"file" must be the path of the database file, not 7.'],
    [{ path: 'it.db' }, 'has no option "path". Did you mean "file"?'],
    [{ filename: 'it.db' }, 'has no option "filename". Did you mean "file"?'],
    [{ file: 'it.db', busytimeout: 1 }, 'has no option "busytimeout". Did you mean "busyTimeout"?'],
    [
      { file: 'it.db', schema: 's' },
      'has no option "schema". It knows: file, busyTimeout, onChange, activities, clock, showSecrets.',
    ],
    [{ file: 'it.db', busyTimeout: -1 }, '"busyTimeout" must be milliseconds, not -1.'],
    [{ file: 'it.db', busyTimeout: Number.NaN }, '"busyTimeout" must be milliseconds, not NaN.'],
    [{ file: 'it.db', busyTimeout: '5000' }, '"busyTimeout" must be milliseconds, not the string given.'],
    [{ file: 'it.db', clock: Date.now }, '"clock" must be an object with now(), not the function given.'],
    [{ file: 'it.db', clock: {} }, '"clock" must be an object with now(), not the object given.'],
    [{ file: 'it.db', showSecrets: true }, '"showSecrets" must be an object with a key, not true.'],
    [{ file: 'it.db', showSecrets: {} }, '"showSecrets.key" must be 32 bytes, not undefined.'],
    [{ file: 'it.db', showSecrets: { key: PASSWORD } }, '"showSecrets.key" must be 32 bytes, not the string given.'],
    [{ file: 'it.db', showSecrets: { key: Buffer.alloc(31) } }, '"showSecrets.key" must be 32 bytes, not the object'],
    [{ file: 'it.db', showSecrets: { keys: [] } }, '"showSecrets", has no option "keys". Did you mean "key"?'],
  ])('rejects the options %j', async (options, message) => {
    const refused = openSqliteStore(options as never);
    await expect(refused).rejects.toThrow(TypeError);
    await expect(refused).rejects.toThrow(message);
  });

  test('treats undefined options like missing ones', async () => {
    const store = await openSqliteStore({ file: ':memory:', busyTimeout: undefined, clock: undefined });
    expect((await read(store)).count).toBe(0);
    await store.close();
  });

  test('shares nothing between two in-memory stores', async () => {
    const [one, other] = [await openSqliteStore({ file: ':memory:' }), await openSqliteStore({ file: ':memory:' })];
    await change(one);
    expect([(await read(one)).count, (await read(other)).count]).toEqual([1, 0]);
    await Promise.all([one.close(), other.close()]);
  });

  test('uses a write-ahead log and syncs acknowledged changes', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'scopegate-options-'));
    const address = join(directory, 'it.db');
    const store = await openSqliteStore({ file: address });
    expect(await runSql({ address } as never, 'pragma journal_mode')).toEqual([{ journal_mode: 'wal' }]);
    await store.close();
    rmSync(directory, { recursive: true });
  });
});

describe('openPostgresStore()', () => {
  const address = `postgres://somebody:${PASSWORD}@/nowhere?host=/nowhere`;
  const somePool = { connect: async () => undefined, options: {} };

  test.each<[unknown, string]>([
    [undefined, 'takes an object of options, not undefined.'],
    [address, 'takes an object of options, not the string given.'],
    [{}, '"connectionString" must be the address of the database, not undefined.'],
    [
      { connectionString: new URL('postgres://a:b@c/d') },
      '"connectionString" must be the address of the database, not',
    ],
    [{ pool: {} }, '"pool" must be a pg.Pool, not the object given.'],
    [{ pool: somePool, connectionString: address }, '"connectionString" must be left out with "pool", not'],
    [{ pool: somePool, poolSize: 5 }, '"poolSize" must be left out with "pool", not 5.'],
    [{ connectionString: address, migrate: true }, '"migrate" must be'],
    [{ url: address }, 'has no option "url". Did you mean "connectionString"?'],
    [{ connectionstring: address }, 'has no option "connectionstring". Did you mean "connectionString"?'],
    [{ connectionString: address, max: 5 }, 'has no option "max". It knows: connectionString, pool, migrate,'],
    [{ connectionString: address, schema: 'Big' }, '"schema" must be a name in lower case, not the string given.'],
    [{ connectionString: address, schema: 'a"; drop' }, '"schema" must be a name in lower case, not'],
    [{ connectionString: address, schema: 'a'.repeat(64) }, '"schema" must be a name in lower case, not'],
    [{ connectionString: address, schema: '' }, '"schema" must be a name in lower case, not an empty string.'],
    ...['poolSize', 'connectionTimeout', 'statementTimeout', 'lockTimeout'].flatMap((name): [unknown, string][] => [
      [{ connectionString: address, [name]: 0 }, `"${name}" must be a whole number above 0, not 0.`],
      [{ connectionString: address, [name]: '10' }, `"${name}" must be a whole number above 0, not the string given.`],
      [
        { connectionString: address, [name]: Number.POSITIVE_INFINITY },
        `"${name}" must be a whole number above 0, not Inf`,
      ],
    ]),
    [
      { connectionString: address, startupTimeout: -1 },
      '"startupTimeout" must be a whole number of milliseconds, not -1.',
    ],
    [
      { connectionString: address, startupTimeout: '30s' },
      '"startupTimeout" must be a whole number of milliseconds, not the string given.',
    ],
    ...['', true, null, 5432].map((wrong): [unknown, string] => [
      { connectionString: address, listenConnectionString: wrong },
      '"listenConnectionString" must be an address, or false, not',
    ]),
    [{ connectionString: address, showSecrets: 'plain' }, '"showSecrets" must be an object with a key, not the string'],
    [{ connectionString: address, clock: 7 }, '"clock" must be an object with now(), not 7.'],
  ])('rejects the options %j', async (options, message) => {
    const refused = openPostgresStore(options as never);
    await expect(refused).rejects.toThrow(TypeError);
    await expect(refused).rejects.toThrow(message);
    expect(await printed(refused)).not.toContain(PASSWORD);
  });

  test.each([
    address,
    `postgres://somebody:${PASSWORD}@127.0.0.1:1/nowhere`,
    `postgres://somebody:${PASSWORD}@[nowhere`,
    `postgres://somebody:${PASSWORD}@127.0.0.1:99999/nowhere`,
    `postgres://somebody:${PASSWORD}@/nowhere?host=/nowhere&sslrootcert=/nowhere`,
    `postgres://somebody:${PASSWORD}%@127.0.0.1:1/nowhere`,
    `host=nowhere password=${PASSWORD}`,
  ])('does not reveal an invalid address in the error: %s', async (connectionString) => {
    const text = await printed(openPostgresStore({ connectionString, connectionTimeout: 500 }));
    expect(text).toContain('The database cannot be opened: ');
    expect(text).not.toContain(PASSWORD);
    expect(text).not.toContain(connectionString);
  });

  describe('connections to a server', () => {
    let server: Postgres;
    let connectionString: string;
    beforeAll(async () => {
      server = await startPostgres();
    });
    afterAll(() => server?.stop());
    beforeEach(async () => {
      connectionString = await server.createDatabase();
    });
    const connections = `select count(*) as open from pg_stat_activity where application_name = 'scopegate' and datname = current_database()`;

    test.each<[Partial<Pick<PostgresStoreOptions, 'lockTimeout' | 'statementTimeout'>>, object]>([
      [{}, { lock_timeout: '5s', statement_timeout: '10s', idle_in_transaction_session_timeout: '15s' }],
      [
        { lockTimeout: 1234, statementTimeout: 4321 },
        { lock_timeout: '1234ms', statement_timeout: '4321ms', idle_in_transaction_session_timeout: '5555ms' },
      ],
    ])('uses the timeouts of %j in each transaction, and leaves none in the session', async (limits, expected) => {
      const engine = await postgresEngine({ connectionString, schema: 'scopegate', poolSize: 1, ...limits });
      const readLimits = async (db: Queryable) => {
        const { rows } = await sql<{ name: string; value: string }>`
          select name, current_setting(name) as value, reset_val || unit as session
          from pg_settings where name = any(${Object.keys(expected)})
        `.execute(db);
        return rows;
      };

      for (const way of ['read', 'readTransaction', 'transaction'] as const) {
        const found = await engine[way](readLimits);
        expect(Object.fromEntries(found.map(({ name, value }) => [name, value]))).toEqual(expected);
        expect(found).toMatchObject(found.map(() => ({ session: '0ms' })));
      }
      await engine.close();
    });

    test.each([
      [undefined, 10],
      [3, 3],
    ])('opens for a poolSize of %p at most %i connections', async (poolSize, expected) => {
      const store = await openPostgresStore({ connectionString, poolSize });
      await Promise.all(Array.from({ length: 40 }, () => read(store)));
      const tables = await openTables({ address: connectionString } as never);
      expect(await tables.run(connections)).toEqual([{ open: expected }]);
      await store.close();
      while ((await tables.run(connections))[0].open > 0); // a server process ends a little later
      await tables.close();
    });

    test('works with a role of any name that can only create a schema', async () => {
      const tables = await openTables({ address: connectionString } as never);
      await tables.run('create role somebody login');
      const [{ name }] = await tables.run('select current_database() as name');
      await tables.run(`grant create on database ${name} to somebody`);
      await tables.close();

      const store = await openPostgresStore({ connectionString: connectionString.replace('scopegate@', 'somebody@') });

      expect((await read(store)).count).toBe(0);
      await store.close();
    });

    test('shares nothing between two schemas of one database', async () => {
      const store = await openPostgresStore({ connectionString });
      const other = await openPostgresStore({ connectionString, schema: 'other' });
      await change(store);
      expect([(await read(store)).count, (await read(other)).count]).toEqual([1, 0]);
      const names = 'select distinct schemaname as name from pg_tables where tablename = $1 order by 1';
      const tables = await openTables({ address: connectionString } as never);
      expect(await tables.run(names, ['grants'])).toEqual([{ name: 'other' }, { name: 'scopegate' }]);
      await Promise.all([store.close(), other.close(), tables.close()]);
    });
  });
});
