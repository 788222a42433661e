import pg from 'pg';
import { StoreUnavailableError } from 'scopegate';
import type { Change, ChangeContext, GrantStore } from 'scopegate/admin';
import { openPostgresStore } from 'scopegate/postgres';
import { context, newEnvironment } from '../support/stores.js';
import { useOwnServer } from './fixtures/own-server.js';

jest.setTimeout(60_000);

const RENAMED = newEnvironment('renamed');
const keyed: ChangeContext = { ...context, idempotency: { key: 'k', fingerprint: 'f' } };

const own = useOwnServer();
const { open, run, keep } = own;

describe('a server whose commits wait for a standby', () => {
  const setStandbys = async (names: string) => {
    await run(`alter system set synchronous_standby_names = '${names}'`);
    await run('select pg_reload_conf()');
    while ((await run('show synchronous_standby_names'))[0]?.synchronous_standby_names !== names);
  };
  /** Until so many commits wait. */
  const untilWaiting = async (count: number) => {
    const waiting = "select pid from pg_stat_activity where wait_event = 'SyncRep' and query = 'commit'";
    while ((await run(waiting)).length < count);
  };
  afterEach(() => setStandbys(''));

  test('lets readers see a change early, and acknowledges nothing that rests on it before the standby has it', async () => {
    const store = await open();
    const { value } = await store.environments.create(newEnvironment('one'), context);
    const { position } = await store.changes.since('');
    await setStandbys('nobody');
    const acknowledged: string[] = [];
    const note = (name: string, change: Promise<Change<unknown>>) => change.then(() => acknowledged.push(name));

    const first = note('first', store.environments.replace(value.id, RENAMED, keyed));
    await untilWaiting(1);
    expect((await store.changes.since(position)).events).toHaveLength(1);
    const repeated = note('repeated', store.environments.replace(value.id, RENAMED, keyed));
    await untilWaiting(2);
    const same = note('same', store.environments.replace(value.id, RENAMED, context));
    await untilWaiting(3);
    const next = note('next', store.environments.replace(value.id, newEnvironment('next'), context));
    await untilWaiting(4);
    expect((await store.environments.get(value.id))?.name).toBe('next');
    expect(acknowledged).toEqual([]);

    await setStandbys('');
    await Promise.all([first, repeated, same, next]);
  });

  test('leaves connections to reads while changes wait, and makes later ones unavailable', async () => {
    const { connectionString } = own;
    const store = await open({ connectionString, poolSize: 4, lockTimeout: 300, connectionTimeout: 1000 });
    const { value } = await store.environments.create(newEnvironment('one'), context);
    await setStandbys('nobody');

    const waiting = ['two', 'three'].map((name) => store.environments.replace(value.id, newEnvironment(name), context));
    await untilWaiting(2);
    const later = ['four', 'five'].map((name) => store.environments.replace(value.id, newEnvironment(name), context));
    for (const each of await Promise.allSettled(later)) {
      expect(each).toMatchObject({ reason: expect.any(StoreUnavailableError) });
    }
    expect((await store.environments.get(value.id))?.name).toBe('three');

    await setStandbys('');
    await Promise.all(waiting);
  });
});

describe.each([
  ['a pool', {}],
  ['a pool that sends statements without waiting', { pipeline: true }],
])('%s', (_, settings) => {
  /** Opens a store whose statements after the first commit of a change go to another server, as a pooler may lead them. */
  async function openBefore(other: string): Promise<{ store: GrantStore; lose(): void }> {
    let isLost = false;
    class Redirected extends pg.Client {
      readonly #other = new pg.Client({ connectionString: other, pipeline: true } as pg.ClientConfig);
      #hasCommitted = false;
      #connecting: Promise<unknown> | undefined;

      // biome-ignore lint/suspicious/noExplicitAny: the overloads of `pg`
      override query(...args: any[]): any {
        const { text } = args[0];
        if (isLost && this.#hasCommitted && typeof text === 'string') {
          this.#connecting ??= this.#other.connect().then(() => keep({ close: () => this.#other.end() }));
          return this.#connecting.then(() => this.#other.query(args[0]));
        }
        if (isLost && text === 'commit') this.#hasCommitted = true;
        return super.query(...(args as [string]));
      }
    }
    const { connectionString } = own;
    const pool = new pg.Pool({ connectionString, max: 1, Client: Redirected, ...settings } as pg.PoolConfig);
    pool.on('error', () => undefined);
    keep({ close: () => pool.end() });
    const store = await open({ pool, migrate: 'off', listenConnectionString: false });
    return {
      store,
      lose: () => {
        isLost = true;
      },
    };
  }

  test('that leads to a server without the change makes it unavailable, not acknowledged', async () => {
    const other = await own.createDatabase();
    await openPostgresStore({ connectionString: other }).then((store) => store.close());
    await open();
    const { store, lose } = await openBefore(other);
    const { value } = await store.environments.create(newEnvironment('one'), context);
    lose();

    const change = store.environments.replace(value.id, RENAMED, context);
    await expect(change).rejects.toThrow(StoreUnavailableError);
    await expect(change).rejects.toThrow('The server lost the change before it was on disk.');
  });
});
