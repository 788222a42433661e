import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { StoreUnavailableError } from 'scopegate';
import type { GrantStore } from 'scopegate/admin';
import { openPostgresStore, type PostgresStoreOptions } from 'scopegate/postgres';
import { make } from '../support/call-results.js';
import { causeOf, change, read } from '../support/outages.js';
import { type Postgres, startPostgres } from '../support/postgres.js';
import { openTables, type RawTables } from '../support/tables.js';

jest.setTimeout(120_000);

describe('PostgreSQL', () => {
  let server: Postgres;
  let connectionString: string;
  let store: GrantStore;
  const open = (more?: Partial<PostgresStoreOptions>) => openPostgresStore({ connectionString, ...more });
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server?.stop());
  beforeEach(async () => {
    connectionString = await server.createDatabase();
  });
  afterEach(() => store?.close());

  const tables = () => openTables({ address: connectionString } as Parameters<typeof openTables>[0]);

  /** Has the turn, as a process has that changes something. */
  async function takeTurn(): Promise<RawTables> {
    const holder = await tables();
    await holder.run('begin');
    await holder.run('select * from ledger for update');
    return holder;
  }
  async function endTurn(holder: RawTables): Promise<void> {
    await holder.run('rollback');
    await holder.close();
  }

  test('throws an outage for each call while the server is down, and recovers afterwards', async () => {
    store = await open();
    await change(store);
    await server.kill();

    for (const call of [read, change]) {
      expect(await causeOf(call(store))).toMatch(/^E|Connection terminated unexpectedly$/);
    }

    await expect(open()).rejects.toThrow(/^The database cannot be opened: connect E/);
    await server.start();
    await change(store);
    expect((await read(store)).count).toBe(2);
  });

  test('closes the store while its server is down', async () => {
    store = await open();
    await change(store);
    await server.kill();

    await store.close();

    await server.start();
  });

  test('throws an outage after connectionTimeout when no connection is free', async () => {
    store = await open({ connectionTimeout: 200, poolSize: 1 });
    const holder = await takeTurn();
    const waiting = change(store); // has the one connection
    while ((await holder.run('select 1 from pg_locks where not granted')).length === 0);

    expect(await causeOf(read(store))).toContain('Timed out waiting for a connection');

    await endTurn(holder);
    await waiting;
    expect((await read(store)).count).toBe(1);
  });

  test('throws an outage after connectionTimeout when the server does not respond', async () => {
    store = await open({ connectionTimeout: 300 });
    await Promise.all([read(store), read(store)]);
    const directory = decodeURIComponent(/host=([^&]*)/.exec(connectionString)?.[1] ?? '');
    const postmaster = Number(readFileSync(join(directory, 'data/postmaster.pid'), 'utf8').split('\n')[0]);
    process.kill(postmaster, 'SIGSTOP'); // the connections that there are go on
    try {
      const answers = await Promise.allSettled(Array.from({ length: 5 }, () => read(store)));
      const refused = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason] : []));
      expect(refused).not.toEqual([]);
      for (const error of refused) expect(error).toBeInstanceOf(StoreUnavailableError);
      await expect(open({ connectionTimeout: 300 })).rejects.toThrow('connection timeout');
    } finally {
      process.kill(postmaster, 'SIGCONT');
    }
    expect((await read(store)).count).toBe(0);
  });

  test.each([
    ['lockTimeout', { lockTimeout: 100 }, '55P03'],
    ['statementTimeout', { statementTimeout: 100 }, '57014'],
  ])('throws an outage when waiting for the lock exceeds %s', async (_, limits, state) => {
    store = await open(limits);
    const holder = await takeTurn();

    expect(await causeOf(change(store))).toMatch(state);
    expect((await read(store)).count).toBe(0);

    await endTurn(holder);
    await change(store);
    expect((await read(store)).count).toBe(1);
  });

  test('gives up a connection that has silently died', async () => {
    store = await open({ statementTimeout: 100, poolSize: 1 });
    const foreign = await tables();
    const [{ pid }] = await foreign.run(`select pid from pg_stat_activity where application_name = 'scopegate'`);
    process.kill(pid, 'SIGSTOP');
    try {
      expect(await causeOf(read(store))).toContain('Query read timeout');
      expect((await read(store)).count).toBe(0);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    await foreign.close();
  });

  test('replaces idle connections that the server closes', async () => {
    store = await open({ poolSize: 3 });
    await Promise.all([read(store), read(store), read(store)]);
    const foreign = await tables();
    await foreign.run(
      `select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name = 'scopegate'`,
    );

    const outcomes = [];
    for (let i = 0; i < 4; i++) outcomes.push(await make(store, ['environments.list', { limit: 1 }]));

    expect(outcomes.at(-1)).toHaveProperty('value');
    for (const { error = 'StoreUnavailableError' } of outcomes) expect(error).toBe('StoreUnavailableError');
    await foreign.close();
  });
});
