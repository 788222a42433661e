import pg from 'pg';
import { type LiveGrants, liveGrants, StoreUnavailableError } from 'scopegate';
import type { GrantStore } from 'scopegate/admin';
import { openPostgresStore } from 'scopegate/postgres';
import type { Call } from '../support/call-results.js';
import { type Postgres, startPostgres } from '../support/postgres.js';
import { type PostgresProxy, postgresProxy } from '../support/postgres-proxy.js';
import { type StoreProcess, useProcesses } from '../support/processes.js';
import { context, createSetting, newApplication, type Setting } from '../support/stores.js';
import { AGELESS, answerOf, ask, BOUND, EVENTUALLY, type Story, tokenOf } from './fixtures/live-answers.js';

jest.setTimeout(60_000);

const PERMIT = 'a';
const REVOKED = 'application_revoked';
const UNAVAILABLE = 'grants_unavailable';

const processes = useProcesses(afterAll);

describe('PostgreSQL', () => {
  let server: Postgres;
  let connectionString: string;
  let child: StoreProcess;
  beforeAll(async () => {
    server = await startPostgres();
    connectionString = await server.createDatabase();
    child = await processes.start();
    const opening = { entry: 'scopegate/postgres', creator: 'openPostgresStore', options: { connectionString } };
    const database = { address: connectionString, open: () => openPostgresStore({ connectionString }), opening };
    expect(await child.open(database)).not.toHaveProperty('error');
  }, 60_000);
  afterAll(async () => {
    await child?.kill();
    await server?.stop();
  });

  let proxy: PostgresProxy;
  /** This process's store, through the proxy. */
  let store: GrantStore;
  let setting: Setting;
  let grantId: string;
  /** Believes nothing for more than a second. */
  let bounded: LiveGrants;
  /** Hears of changes by calls only: what LISTEN tells, and the return of its connection. */
  let told: LiveGrants;
  let settings = 0;
  beforeEach(async () => {
    proxy = await postgresProxy(connectionString);
    store = await openPostgresStore({ connectionString: proxy.connectionString });
    setting = await createSetting(store, ['a'], `test ${++settings}`);
    await grantAgain();
    bounded = liveGrants({ source: store, maxStalenessMs: BOUND, timeoutMs: 300 });
    told = liveGrants({ source: store, maxStalenessMs: AGELESS });
    for (const each of [bounded, told]) expect(await answerOf(each, tokenOf(setting))).toBe(PERMIT);
    expect(bounded.check(tokenOf(setting))).not.toBeInstanceOf(Promise);
    await listening();
  });
  afterEach(async () => {
    bounded?.close();
    told?.close();
    await store?.close();
    await proxy?.close();
  });

  /** Directly, whatever the way of this process's store is like. */
  async function query(sql: string): Promise<Record<string, unknown>[]> {
    const client = new pg.Client({ connectionString });
    await client.connect();
    try {
      return (await client.query(sql)).rows;
    } finally {
      await client.end();
    }
  }

  const LISTENERS = `from pg_stat_activity where datname = current_database() and query like 'listen %' and state = 'idle'`;

  /** Resolves when the store has its connection that listens; with who serves it. */
  async function listening(): Promise<unknown> {
    for (;;) {
      const [row] = await query(`select pid ${LISTENERS}`);
      if (row !== undefined) return row.pid;
    }
  }

  /** The moment when the other process has said that it made the change. */
  async function acknowledgementOf(call: Call): Promise<number> {
    const [outcome] = await child.call(call);
    const acknowledged = performance.now();
    expect(outcome).toMatchObject({ value: { activities: [expect.anything()] } });
    grantId = outcome?.value.value?.id ?? grantId;
    return acknowledged;
  }
  const revoke = () => acknowledgementOf(['grants.delete', { ...setting.applicationAt, grantId }, context]);
  const grantAgain = () => {
    const command = { resource: { id: setting.resource.id }, scopes: [{ name: 'a' }] };
    return acknowledgementOf(['grants.create', setting.applicationAt, command, context]);
  };
  const asks = (live: LiveGrants, awaited: string, change: Promise<number>, patience?: number) => {
    return ask(live, tokenOf(setting), awaited, change, patience);
  };
  const moment = async () => performance.now();

  function expectInTime({ answers, lastOther }: Story, expected: readonly string[]): void {
    expect(answers).toEqual(expected);
    expect(lastOther).toBeLessThanOrEqual(BOUND);
  }

  /** Fails unless both kinds of live grants come to the answer by themselves, the one in time and by way of no permit. */
  async function expectRecovery(awaited: typeof PERMIT | typeof REVOKED): Promise<void> {
    const back = moment();
    const [story, toldStory] = await Promise.all([asks(bounded, awaited, back), asks(told, awaited, back, EVENTUALLY)]);
    expect([UNAVAILABLE, awaited]).toEqual(expect.arrayContaining([...story.answers]));
    expect(story.answers.at(-1)).toBe(awaited);
    expect(story.lastOther).toBeLessThanOrEqual(BOUND);
    expect(toldStory.answers.at(-1)).toBe(awaited);
  }

  /** Fails unless both feel the next change as they do when nothing has happened. */
  async function expectAllWell(before: typeof PERMIT | typeof REVOKED): Promise<void> {
    await listening();
    for (const each of [bounded, told]) expect(await answerOf(each, tokenOf(setting))).toBe(before);
    const [after, change] = before === REVOKED ? [PERMIT, grantAgain()] : [REVOKED, revoke()];
    const [story, toldStory] = await Promise.all([asks(bounded, after, change), asks(told, after, change, EVENTUALLY)]);
    expectInTime(story, [before, after]);
    expect(toldStory.answers).toEqual([before, after]);
  }

  test('permits for at most a second after a deletion during a cut, and refuses afterwards', async () => {
    await proxy.cut();
    expectInTime(await asks(bounded, UNAVAILABLE, revoke()), [PERMIT, UNAVAILABLE]);
    await proxy.restore();

    await expectRecovery(REVOKED);
    await expectAllWell(REVOKED);
  });

  test('refuses during a cut without a change and permits again afterwards', async () => {
    await proxy.cut();
    expectInTime(await asks(bounded, UNAVAILABLE, moment()), [PERMIT, UNAVAILABLE]);
    await proxy.restore();

    await expectRecovery(PERMIT);
    await expectAllWell(PERMIT);
  });

  test('applies the deletion of a grant during a cut that ends at once', async () => {
    await proxy.cut();
    await revoke();
    await proxy.restore();

    const [story, toldStory] = await Promise.all([
      asks(bounded, REVOKED, moment()),
      asks(told, REVOKED, moment(), EVENTUALLY),
    ]);
    expect(story.answers.at(-1)).toBe(REVOKED);
    expect(story.lastOther).toBeLessThanOrEqual(BOUND);
    expect(toldStory.answers.at(-1)).toBe(REVOKED);
    await expectAllWell(REVOKED);
  });

  test('permits for at most a second while the network silently drops everything', async () => {
    proxy.stall();

    expectInTime(await asks(bounded, UNAVAILABLE, revoke()), [PERMIT, UNAVAILABLE]);
    proxy.flow();

    await expectRecovery(REVOKED);
    await expectAllWell(REVOKED);
  });

  test('rejects only the statement when its connection breaks, and the process continues', async () => {
    const blocker = new pg.Client({ connectionString });
    await blocker.connect();
    try {
      await blocker.query('begin; lock table scopegate.ledger');
      const underWay = Promise.allSettled([
        store.applicationStatus(setting.application.id),
        store.applications.create(setting.at, newApplication('another'), context),
      ]);
      while ((await query(`select 1 from pg_locks where not granted`)).length < 2);
      await proxy.cut();

      const outage = { status: 'rejected', reason: expect.any(StoreUnavailableError) };
      expect(await underWay).toEqual([outage, outage]);
    } finally {
      await blocker.end();
    }
    await proxy.restore();

    await expectRecovery(PERMIT);
    await expectAllWell(PERMIT);
  });

  test('reads the feed and listens again when only the listening connection is lost', async () => {
    const pid = await listening();
    await query(`select pg_terminate_backend(pid) ${LISTENERS}`);

    const revoked = revoke();

    const [story, toldStory] = await Promise.all([
      asks(bounded, REVOKED, revoked),
      asks(told, REVOKED, revoked, EVENTUALLY),
    ]);
    expectInTime(story, [PERMIT, REVOKED]);
    expect(toldStory.answers).toEqual([PERMIT, REVOKED]);
    await expectAllWell(REVOKED);
    expect(await listening()).not.toBe(pid);
  });

  test('applies a change when the server is killed after it and restarted', async () => {
    const revoked = await revoke();
    await server.kill();
    const story = await asks(bounded, UNAVAILABLE, Promise.resolve(revoked), 2 * BOUND);
    expect(story.answers.at(-1)).toBe(UNAVAILABLE);
    expect(await answerOf(bounded, tokenOf(setting))).toBe(UNAVAILABLE);
    await server.start();

    await expectRecovery(REVOKED);
    await expectAllWell(REVOKED);
  });
});
