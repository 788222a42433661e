import pg from 'pg';
import { type LiveGrants, liveGrants } from 'scopegate';
import type { GrantStore } from 'scopegate/admin';
import { openPostgresStore, type PostgresStoreOptions } from 'scopegate/postgres';
import { deferred } from '../http/fixtures/domain.js';
import { causeOf, change, read } from '../support/outages.js';
import { findPgBouncer, type Pooler, startPooler } from '../support/pooler.js';
import { type Postgres, startPostgres } from '../support/postgres.js';
import { context, createSetting } from '../support/stores.js';
import { answerOf, ask, BOUND, tokenOf } from './fixtures/live-answers.js';

jest.setTimeout(60_000);

const program = findPgBouncer();
if (program === undefined) {
  console.warn('PgBouncer is not installed (apt-get install pgbouncer): the tests with a real pooler are skipped.');
}
const describeWithPooler = program === undefined ? describe.skip : describe;

const IGNORED = 'ignore_startup_parameters = statement_timeout,lock_timeout,idle_in_transaction_session_timeout';

describeWithPooler.each([
  ['in session mode', ['pool_mode = session']],
  ['in transaction mode', ['pool_mode = transaction', 'default_pool_size = 3']],
  ['that ignores time-outs as parameters', ['pool_mode = transaction', 'default_pool_size = 3', IGNORED]],
])('a pooler %s', (mode, settings) => {
  const isInSessions = mode === 'in session mode';
  let server: Postgres;
  let pooler: Pooler;
  let direct: string;
  let store: GrantStore;
  const opened: { close(): unknown }[] = [];
  beforeAll(async () => {
    server = await startPostgres();
    pooler = await startPooler(program as string, server.directory, settings);
  }, 60_000);
  afterAll(async () => {
    await pooler?.stop();
    await server?.stop();
  });
  beforeEach(async () => {
    direct = await server.createDatabase();
    store = await open();
  });
  afterEach(async () => {
    for (const each of opened.splice(0).reverse()) await each.close();
  });

  async function open(more: Partial<PostgresStoreOptions> = {}): Promise<GrantStore> {
    const past = isInSessions ? {} : { listenConnectionString: direct };
    const made = await openPostgresStore({ connectionString: pooler.through(direct), ...past, ...more });
    opened.push(made);
    return made;
  }
  async function connect(connectionString: string): Promise<pg.Client> {
    const client = new pg.Client({ connectionString });
    await client.connect();
    opened.push({ close: () => client.end() });
    return client;
  }

  test('serves a store with all its calls', async () => {
    await change(store);
    const setting = await createSetting(store, ['a']);
    const grant = { resource: { id: setting.resource.id }, scopes: [{ name: 'a' }] };
    await store.transaction(context, async (tx) => {
      await tx.grants.create(setting.applicationAt, grant);
    });
    await Promise.all(Array.from({ length: 30 }, () => change(store)));

    expect((await read(store)).count).toBe(32);
    expect((await store.applicationStatus(setting.application.id)).state).toBe('enabled');
    expect((await store.grants.list(setting.applicationAt, { limit: 5 }))?.items).toHaveLength(1);
  });

  test.each([
    ['lockTimeout', { lockTimeout: 100 }, '55P03'],
    ['statementTimeout', { statementTimeout: 100 }, '57014'],
  ])('lets %s end the wait of changes and reads', async (_, limits, state) => {
    const limited = await open(limits);
    const holder = await connect(direct);
    await holder.query('begin; lock table scopegate.ledger, scopegate.environments in access exclusive mode');

    expect(await causeOf(change(limited))).toContain(state);
    expect(await causeOf(read(limited))).toContain(state);
    expect(await causeOf(limited.environments.get('9b2f0c0e-6f0e-4a6b-8a55-0d7b3c1d2e3f'))).toContain(state);

    await holder.query('rollback');
    await change(limited);
    expect((await read(limited)).count).toBe(1);
  });

  test('leaves no time-outs in the sessions that others get', async () => {
    await Promise.all([change(store), read(store), read(store), read(store)]);

    const others = await Promise.all(Array.from({ length: 3 }, () => connect(pooler.through(direct))));
    await Promise.all(others.map((other) => other.query('begin'))); // three sessions of the server
    for (const other of others) {
      for (const name of ['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout']) {
        expect((await other.query(`show ${name}`)).rows).toEqual([{ [name]: '0' }]);
      }
    }
  });

  test('notifies of changes over the connection that listens', async () => {
    const woken = deferred<void>();
    const listening = deferred<void>();
    const stop = store.changes.subscribe(() => {
      listening.resolve(); // at first it is called since it listens
      if (hasChanged) woken.resolve();
    });
    let hasChanged = false;
    await listening.promise;
    const elsewhere = await open();
    hasChanged = true;
    await change(elsewhere);
    await woken.promise;
    stop();
  });

  test('lets live grants read the feed where nothing listens', async () => {
    const deaf = await open({ listenConnectionString: false });
    const setting = await createSetting(store, ['a']);
    const grant = { resource: { id: setting.resource.id }, scopes: [{ name: 'a' }] };
    await store.grants.create(setting.applicationAt, grant, context);
    const live: LiveGrants = liveGrants({ source: deaf, maxStalenessMs: BOUND });
    opened.push(live);
    expect(await answerOf(live, tokenOf(setting))).toBe('a');

    const revoked = store.grants.setAll(setting.applicationAt, [], context).then(() => performance.now());

    const { answers, lastOther } = await ask(live, tokenOf(setting), 'application_revoked', revoked);
    expect(answers).toEqual(['a', 'application_revoked']);
    expect(lastOther).toBeLessThanOrEqual(BOUND);
    const { rows } = await (await connect(direct)).query(
      `select 1 from pg_stat_activity where datname = current_database() and query like 'listen %'`,
    );
    expect(rows).toEqual([]);
  });
});
