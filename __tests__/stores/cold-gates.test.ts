import { type LiveGrants, type LiveVerdict, liveGrants } from 'scopegate';
import type { GrantStore } from 'scopegate/admin';
import { openPostgresStore } from 'scopegate/postgres';
import { type Postgres, startPostgres } from '../support/postgres.js';
import { context, createSetting, newApplication, type Setting } from '../support/stores.js';
import { openTables, type RawTables } from '../support/tables.js';

jest.setTimeout(120_000);

/** Gates get two of four connections: one is left to administration, and one to the feed. */
const POOL = 4;
const FOR_GATES = 2;

let server: Postgres;
let store: GrantStore;
let setting: Setting;
let raw: RawTables;
let ids: string[];

beforeAll(async () => {
  server = await startPostgres();
  const connectionString = await server.createDatabase();
  const patient = { connectionTimeout: 60_000, statementTimeout: 60_000, lockTimeout: 60_000 };
  store = await openPostgresStore({ connectionString, poolSize: POOL, ...patient });
  setting = await createSetting(store);
  ids = [];
  for (let i = 0; i < 30; i++) {
    ids.push((await store.applications.create(setting.at, newApplication(`${i}`), context)).value.id);
  }
  raw = await openTables({ address: connectionString } as Parameters<typeof openTables>[0]);
});
afterAll(async () => {
  await raw?.close();
  await store?.close();
  await server?.stop();
});

/** Queries of gates wait from now on, and no others: they alone read this table. */
async function holdGates(): Promise<void> {
  await raw.run('begin');
  await raw.run('lock table departed_applications in access exclusive mode');
}

/** Waits until as many queries wait for the table. */
async function waitUntilHeld(count: number): Promise<void> {
  const waiting = () =>
    raw.run("select pid from pg_stat_activity where application_name = 'scopegate' and wait_event_type = 'Lock'");
  while ((await waiting()).length < count) await new Promise(setImmediate);
}

async function openSessions(): Promise<number> {
  return (await raw.run("select pid from pg_stat_activity where application_name = 'scopegate'")).length;
}

test('an admin read, a change and the feed are served while gates wait for more connections than they get', async () => {
  const { position } = await store.applicationStatus(ids[0] as string);
  await holdGates();
  const statuses = ids.map((id) => store.applicationStatus(id));
  await waitUntilHeld(FOR_GATES);

  expect((await store.environments.list({ limit: 10 }))?.items).toHaveLength(1);
  await store.environments.replace(setting.environment.id, { ...setting.environment, description: 'new' }, context);
  expect((await store.changes.since(position)).events).toHaveLength(1);
  expect(await openSessions()).toBeLessThanOrEqual(POOL);

  await raw.run('rollback');
  expect((await Promise.all(statuses)).map(({ state }) => state)).toEqual(ids.map(() => 'enabled'));
});

test('a query that no request waits for any more takes no connection, and late answers are kept', async () => {
  const asked: string[] = [];
  const source = {
    changes: store.changes,
    applicationStatus: (id: string) => {
      asked.push(id);
      return store.applicationStatus(id);
    },
  };
  const grants: LiveGrants = liveGrants({ source, maxStalenessMs: 60_000, timeoutMs: 100, maxQueries: FOR_GATES });
  const check = (id: string) => grants.check({ payload: { client_id: id }, scopes: [] as never });
  await holdGates();
  const verdicts: LiveVerdict[] = await Promise.all(ids.map(check));
  expect(new Set(verdicts.map((verdict) => verdict.ok || verdict.reason))).toEqual(new Set(['grants_unavailable']));
  expect(asked).toEqual(ids.slice(0, FOR_GATES));

  await raw.run('rollback');
  for (const id of asked) {
    while (check(id) instanceof Promise) await new Promise(setImmediate); // until its answer is there
  }
  grants.close();
});
