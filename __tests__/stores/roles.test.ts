import pg from 'pg';
import { StoreUnavailableError } from 'scopegate';
import { openPostgresStore, planPostgresMigrations } from 'scopegate/postgres';
import { runCommand } from '../cli/fixtures/terminal.js';
import { readText } from '../support/sources.js';
import { context, createSetting, newEnvironment } from '../support/stores.js';
import { useOwnServer } from './fixtures/own-server.js';

jest.setTimeout(120_000);

const own = useOwnServer();
const { open, run } = own;

/** The address of the same database for another role. */
function addressOf(role: string): string {
  return own.connectionString.replace(/^postgres:\/\/[^@]*@/, `postgres://${role}@`);
}

/** The statements that the page shows for a role. */
function grantsOnPage(role: string): string {
  const blocks = [...readText('docs/stores.md').matchAll(/```sql\n(.*?)```/gs)].map(([, block = '']) => block);
  const found = blocks.find((block) => block.includes(`to ${role};`));
  if (found === undefined) throw new Error(`docs/stores.md has no statements for ${role}.`);
  return found;
}

const refusal = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: Error) => error,
  );

describe('roles', () => {
  beforeEach(async () => {
    await run(`
      drop role if exists grants_app; drop role if exists grants_reader;
      create role grants_app login; create role grants_reader login;
    `);
    await (await open()).close();
  });
  afterEach(() => run('drop owned by grants_app, grants_reader'));

  test('a role that may only read and write rows makes every kind of change, and cannot change tables', async () => {
    await run(grantsOnPage('grants_app'));
    const store = await open({ connectionString: addressOf('grants_app'), migrate: 'check' });

    const { at, applicationAt, resource } = await createSetting(store);
    const { value } = await store.grants.create(
      applicationAt,
      { resource: { id: resource.id }, scopes: [{ name: 'a' }] },
      { ...context, idempotency: { key: 'k', fingerprint: 'f' } },
    );
    await store.grants.delete({ ...applicationAt, grantId: value.id }, context);
    expect(await store.replays.remember('k', Date.now())).toBe(true);
    await store.environments.delete(at.environmentId, context);

    expect((await store.environments.list({ limit: 10 })).items).toEqual([]);
    await run(
      'delete from scopegate.scopegate_migrations where name = (select max(name) from scopegate.scopegate_migrations)',
    );
    expect(await refusal(open({ connectionString: addressOf('grants_app') }))).toMatchObject({
      message: expect.stringContaining('The database cannot be opened:'),
    });
  });

  test('a read-only role reads what a gate needs, and is refused every change', async () => {
    await run(grantsOnPage('grants_reader'));
    const writer = await open();
    const { application, environment } = await createSetting(writer);
    const store = await open({ connectionString: addressOf('grants_reader'), migrate: 'check' });

    const status = await store.applicationStatus(application.id);
    expect(status).toMatchObject({ state: 'enabled', environmentId: environment.id });
    await writer.environments.replace(environment.id, newEnvironment('renamed'), context);
    expect((await store.changes.since(status.position)).events).toHaveLength(1);

    expect(await refusal(store.environments.create(newEnvironment('other'), context))).toBeInstanceOf(
      StoreUnavailableError,
    );
  });
});

describe('migrate', () => {
  test('a plan lists what opening would migrate, and makes nothing', async () => {
    const { connectionString } = own;
    const before = await planPostgresMigrations({ connectionString });
    expect(before).toMatchObject({ done: [], unknown: [] });
    expect(before.pending[0]).toBe('001-grants');
    expect(await run(`select 1 from pg_namespace where nspname = 'scopegate'`)).toEqual([]);

    await open();
    expect(await planPostgresMigrations({ connectionString })).toEqual({
      done: before.pending,
      pending: [],
      unknown: [],
    });
  });

  test('the command line shows the plan, and makes nothing', async () => {
    const { connectionString } = own;
    const shown = () => runCommand(['migrate', '--postgres', '-', '--plan', '--json'], { input: connectionString });
    const { code, out } = await shown();
    expect([code, JSON.parse(out).pending[0]]).toEqual([0, '001-grants']);
    expect(await run(`select 1 from pg_namespace where nspname = 'scopegate'`)).toEqual([]);

    await open();
    expect(JSON.parse((await shown()).out)).toEqual({ pending: [] });
  });

  test('check rejects while migrations are pending, says which, and opens after them', async () => {
    const { connectionString } = own;
    await expect(open({ connectionString, migrate: 'check' })).rejects.toThrow(
      'The database cannot be opened: it lacks the migrations 001-grants, 002-live-grants,',
    );
    await open();
    await open({ connectionString, migrate: 'check' });
  });

  test('check refuses tables of a later version, and off opens them', async () => {
    const { connectionString } = own;
    const store = await open();
    await run(`insert into scopegate.scopegate_migrations values ('999-later', '')`);

    await expect(open({ connectionString, migrate: 'check' })).rejects.toThrow('has the migration 999-later');
    const older = await open({ connectionString, migrate: 'off' });
    await older.environments.create(newEnvironment('one'), context);
    expect((await store.environments.list({ limit: 1 })).count).toBe(1);
    expect((await planPostgresMigrations({ connectionString })).unknown).toEqual(['999-later']);
  });
});

describe('a pool of the application', () => {
  test('serves a store, which leaves it open and asks its function for the password', async () => {
    const { connectionString } = own;
    let passwords = 0;
    const settings = { connectionString, max: 4, password: () => `${++passwords}` };
    const pool = new pg.Pool(settings);
    const store = await openPostgresStore({ pool });
    const woken = new Promise<void>((resolve) => {
      store.changes.subscribe((events) => events.length > 0 && resolve());
    });

    const { application } = await createSetting(store);
    await woken;
    expect(await store.applicationStatus(application.id)).toMatchObject({ number: expect.any(Number) });
    await store.close();

    expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
    await pool.end();
  });

  test('that is shut down makes calls unavailable, and ends nothing', async () => {
    const { connectionString } = own;
    const pool = new pg.Pool({ connectionString });
    const store = await open({ pool });
    await pool.end();
    expect(await refusal(store.environments.list({ limit: 1 }))).toBeInstanceOf(StoreUnavailableError);
  });
});
