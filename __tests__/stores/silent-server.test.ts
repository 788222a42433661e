import { setImmediate } from 'node:timers/promises';
import pg from 'pg';
import type { GrantStore } from 'scopegate/admin';
import { openPostgresStore } from 'scopegate/postgres';
import { listener } from '../../lib/stores/postgres/listener.js';
import { deferred } from '../http/fixtures/domain.js';
import { causeOf, change, read } from '../support/outages.js';
import { type Postgres, startPostgres } from '../support/postgres.js';
import { type PostgresProxy, postgresProxy } from '../support/postgres-proxy.js';
import { context, newEnvironment } from '../support/stores.js';

jest.setTimeout(60_000);

let server: Postgres;
let direct: string;
let proxy: PostgresProxy;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server?.stop());
beforeEach(async () => {
  direct = await server.createDatabase();
  proxy = await postgresProxy(direct);
});
afterEach(() => proxy?.close());

/** A read is over before its transaction is. */
async function transactionsEnd(): Promise<void> {
  const observer = new pg.Client({ connectionString: direct });
  await observer.connect();
  const open = `from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and state <> 'idle'`;
  while ((await observer.query(`select 1 ${open}`)).rows.length > 0);
  await observer.end();
}

describe('server that falls silent while it serves a store', () => {
  let store: GrantStore;
  /** The server gives up the silent client 2.3 s after its last word, so that the next change finds its row unlocked. */
  const limits = { statementTimeout: 800, lockTimeout: 1500 };
  beforeEach(async () => {
    store = await openPostgresStore({ connectionString: proxy.connectionString, ...limits });
    await transactionsEnd();
  });
  afterEach(() => store?.close());

  test.each([
    ['at its beginning', 'begin'],
    ['while it waits for its turn', 'pg_advisory_xact_lock'],
    ['in the middle', 'insert into "scopegate"."environments"'],
    ['at its end', 'commit'],
  ])('a change fails %s, and the next one is made over another connection', async (_, said) => {
    const frozen = proxy.freezeWhen(said);

    expect(await causeOf(change(store))).toContain('Query read timeout');

    await frozen;
    await change(store);
    expect((await read(store)).count).toBe(1);
  });

  test.each([
    ['at its beginning', 'begin'],
    ['in the middle', 'from "scopegate"."environments"'],
  ])('a read fails %s, and the next one is made over another connection', async (_, said) => {
    await change(store);
    await Promise.all([read(store), read(store), read(store)]); // several connections, which all fall silent
    const frozen = proxy.freezeWhen(said);

    expect(await causeOf(read(store))).toContain('Query read timeout');

    await frozen;
    expect((await read(store)).count).toBe(1);
  });

  test('a read does not wait for the end of its transaction', async () => {
    await change(store);
    const frozen = proxy.freezeWhen('commit');

    expect((await read(store)).count).toBe(1);

    await frozen;
  });

  test('a transaction waits once for the silent server, and not again to roll back', async () => {
    const patience = 1.5 * (limits.statementTimeout + 2000);
    const other = new pg.Client({ connectionString: proxy.connectionString, query_timeout: patience });
    await other.connect();
    const events: string[] = [];
    const frozen = deferred<void>();

    const silent = store.transaction(context, async (tx) => {
      await tx.environments.create(newEnvironment('one'));
      proxy.freeze();
      frozen.resolve();
      await tx.environments.create(newEnvironment('two'));
    });
    await frozen.promise;
    const waited = other.query('select 1').catch(() => events.push('half as much again has passed'));
    await silent.catch(() => events.push('the transaction has ended'));
    await waited;
    await other.end();

    expect(events).toEqual(['the transaction has ended', 'half as much again has passed']);
    await change(store);
    expect((await read(store)).count).toBe(1);
  });
});

describe('connection that listens', () => {
  const HEARTBEAT = 20;
  let wakes: number;
  let attempts: number;
  let onWake: () => void;
  let end: () => void;
  beforeEach(() => {
    wakes = 0;
    onWake = () => undefined;
  });
  afterEach(() => end?.());

  function listen(): void {
    const settings = { connectionString: proxy.connectionString, query_timeout: 200, connectionTimeoutMillis: 200 };
    const wake = () => {
      wakes++;
      onWake();
    };
    attempts = 0;
    const connect = () => {
      attempts++;
      return new pg.Client(settings);
    };
    end = listener(connect, 'channel', wake, HEARTBEAT);
  }
  async function woken(count: number): Promise<void> {
    while (wakes < count) {
      await new Promise<void>((resolve) => {
        onWake = resolve;
      });
    }
  }
  async function query(text: string): Promise<pg.QueryResult> {
    const client = new pg.Client({ connectionString: direct });
    await client.connect();
    try {
      return await client.query(text);
    } finally {
      await client.end();
    }
  }

  test('the connection that listens is replaced when it falls silent, and hears again', async () => {
    listen();
    await woken(1);

    proxy.freeze();
    await woken(2);

    await query(`notify channel`);
    await woken(3);
  });

  test('the connection that listens is replaced when the network is silent for a while, new connections included', async () => {
    listen();
    await woken(1);

    proxy.stall();
    while (attempts < 4) await setImmediate();
    proxy.flow();

    await woken(2);
    await query('notify channel');
    await woken(3);
  });

  test('the connection that listens is kept while it answers', async () => {
    listen();
    await woken(1);
    const pids = async () => (await query(`select pid from pg_stat_activity where query = 'select 1'`)).rows;
    while ((await pids()).length === 0);
    const before = await pids();

    for (let i = 0; i < 50; i++) expect(await pids()).toEqual(before);
    await query('notify channel');
    await woken(2);

    expect(await pids()).toEqual(before);
    expect(wakes).toBe(2);
  });
});
