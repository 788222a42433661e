import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { sql } from 'kysely';
import pg from 'pg';
import { liveGrants } from 'scopegate';
import { openPostgresStore } from 'scopegate/postgres';
import { MIGRATIONS } from '../../lib/stores/migrations/migrate.js';
import { postgresEngine } from '../../lib/stores/postgres/engine.js';
import type { Db, Queryable } from '../../lib/stores/schema.js';
import { change } from '../support/outages.js';
import { type Postgres, startPostgres } from '../support/postgres.js';
import { context, createSetting } from '../support/stores.js';
import { answerOf, BOUND, tokenOf } from './fixtures/live-answers.js';

jest.setTimeout(120_000);

let server: Postgres;
let connectionString: string;
const endings: (() => unknown)[] = [];
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server?.stop());
beforeEach(async () => {
  connectionString = await server.createDatabase();
});
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

async function connect(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  endings.push(() => client.end());
  return client;
}

async function openEngine(clock?: { monotonic(): number }) {
  const engine = await postgresEngine({ connectionString, schema: 'scopegate' }, undefined, clock);
  endings.push(() => engine.close());
  return engine;
}

async function openStore() {
  const store = await openPostgresStore({ connectionString });
  endings.push(() => store.close());
  return store;
}

/** Locks the tables as `pg_dump` does, and reads; the function ends that. */
async function readAtLength(): Promise<() => Promise<unknown>> {
  const reader = await connect();
  const { rows } = await reader.query(`select tablename as name from pg_tables where schemaname = 'scopegate'`);
  await reader.query('begin isolation level repeatable read read only');
  for (const { name } of rows) await reader.query(`lock table scopegate.${name} in access share mode`);
  await reader.query('select * from scopegate.ledger');
  return () => reader.query('commit');
}

/** Alters a table; counts the attempts. */
function alteration(column = 'later') {
  const seen = { attempts: 0 };
  const run = (tx: Queryable) => {
    seen.attempts++;
    return sql`alter table scopegate.applications add column ${sql.id(column)} text`.execute(tx);
  };
  return { seen, run };
}

async function hasColumn(column: string): Promise<boolean> {
  const client = await connect();
  const found = `select 1 from information_schema.columns where table_name = 'applications' and column_name = $1`;
  return (await client.query(found, [column])).rows.length === 1;
}

describe('migration while a transaction reads at length', () => {
  test('waits for it, and running processes read, change and permit meanwhile', async () => {
    const store = await openStore();
    const setting = await createSetting(store, ['a']);
    const grant = { resource: { id: setting.resource.id }, scopes: [{ name: 'a' }] };
    await store.grants.create(setting.applicationAt, grant, context);
    const live = liveGrants({ source: store, maxStalenessMs: BOUND });
    endings.push(() => live.close());
    const end = await readAtLength();
    const { seen, run } = alteration();

    const migrated = (await openEngine()).withMigrationLock(run);

    for (let last = 0; seen.attempts < 4; last = seen.attempts) {
      const [application, answer] = await Promise.all([
        store.applications.get(setting.applicationAt),
        answerOf(live, tokenOf(setting)),
        seen.attempts === last ? undefined : change(store),
      ]);
      expect([application?.name, answer]).toEqual([setting.application.name, 'a']);
    }
    await end();
    await migrated;
    expect(await hasColumn('later')).toBe(true);
  });

  test('lets processes that migrate at the same time take turns', async () => {
    await openStore();
    const end = await readAtLength();
    const [first, second] = [alteration('first'), alteration('second')];
    const engines = [await openEngine(), await openEngine()] as const;

    const migrated = [engines[0].withMigrationLock(first.run), engines[1].withMigrationLock(second.run)];
    while (first.seen.attempts + second.seen.attempts < 3) await setImmediate();

    expect(Math.min(first.seen.attempts, second.seen.attempts)).toBe(0);
    await end();
    await Promise.all(migrated);
    expect([await hasColumn('first'), await hasColumn('second')]).toEqual([true, true]);
  });

  test('gives up after ten minutes with a sentence, and leaves nothing', async () => {
    await openStore();
    await readAtLength();
    const { seen, run } = alteration();
    const engine = await openEngine({ monotonic: () => seen.attempts * 400_000 });

    await expect(engine.withMigrationLock(run)).rejects.toThrow(
      'its tables could not be migrated: a transaction, such as that of a backup, has held them for ten minutes.',
    );

    expect(seen.attempts).toBe(2);
    expect(await hasColumn('later')).toBe(false);
  });

  test('does not repeat a migration that fails otherwise', async () => {
    await openStore();
    const run = jest.fn(async () => Promise.reject(new Error('wrong')));

    await expect((await openEngine()).withMigrationLock(run)).rejects.toThrow('wrong');

    expect(run).toHaveBeenCalledTimes(1);
  });
});

/** As a version made it that had only two migrations. */
async function createOldTables(): Promise<void> {
  const engine = await openEngine();
  await engine.withMigrationLock(async (tx) => {
    await (tx as Db).schema
      .createTable('scopegate_migrations')
      .addColumn('name', 'text', (column) => column.primaryKey())
      .addColumn('migrated_at', 'text', (column) => column.notNull())
      .execute();
    for (const { name, run } of MIGRATIONS.slice(0, 2)) {
      await run(tx, engine.clusterByPrimaryKey);
      await tx.insertInto('scopegate_migrations').values({ name, migrated_at: '2025-01-01T00:00:00.000Z' }).execute();
    }
  });
}

test('a store that opens during pg_dump waits for it, and an older version goes on meanwhile', async () => {
  const program = join(server.bin, 'pg_dump');
  if (!existsSync(program)) {
    console.warn(`There is no pg_dump in ${server.bin}: the test with a real one is skipped.`);
    return;
  }
  await createOldTables();
  const older = await connect();
  await older.query(
    `create table scopegate.filler as select repeat(md5(i::text), 100) as text from generate_series(1, 3000) as i`,
  );
  const dump = spawn(program, ['--schema=scopegate', connectionString], { stdio: ['ignore', 'pipe', 'inherit'] });
  endings.push(() => dump.kill('SIGKILL'));
  const dumping = `select 1 from pg_stat_activity where application_name = 'pg_dump' and query like 'COPY scopegate.filler%'`;
  while ((await older.query(dumping)).rows.length === 0); // nobody reads what it writes

  const opened = openStore();
  await older.query('set statement_timeout = 1000');
  const waiting = `select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like 'alter table%'`;
  for (const isWaiting of [true, false, true, false]) {
    let isSeen = !isWaiting;
    while (isSeen !== isWaiting) {
      isSeen = (await older.query(waiting)).rows.length > 0;
      await older.query('select count(*) from scopegate.applications');
      await older.query(`update scopegate.ledger set number = number where id = 1`);
    }
  }
  dump.stdout.resume();

  expect(await once(dump, 'exit')).toEqual([0, null]);
  expect((await (await opened).environments.list({ limit: 1 })).count).toBe(0);
});
