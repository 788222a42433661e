import dns from 'node:dns';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { GrantStore } from 'scopegate/admin';
import { openPostgresStore } from 'scopegate/postgres';
import { run } from '../support/failover.js';
import { causeOf, change, read } from '../support/outages.js';
import { type Postgres, startPostgres } from '../support/postgres.js';

jest.setTimeout(120_000);

const NAME = 'primary.example';
/** Between two looks at what another process does, which tells nobody. */
const PAUSE_MS = 20;

/** One of the addresses that a name leads to: forwards connections to the server's Unix socket. */
interface Address {
  readonly address: string;
  readonly port: number;
  /** How many connections came. */
  readonly accepted: number;
  /** As a primary that is gone: breaks all connections, and refuses new ones. */
  close(): Promise<void>;
}

async function listenAt(address: string, port: number, { directory }: Postgres): Promise<Address> {
  const sockets = new Set<Socket>();
  let accepted = 0;
  const listener = createServer((client) => {
    accepted++;
    const upstream = connect(join(directory, '.s.PGSQL.5432'));
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      from.on('error', () => undefined); // 'close' follows
      from.on('close', () => to.destroy());
      from.pipe(to);
    }
  }).listen(port, address);
  await once(listener, 'listening');
  return {
    address,
    port: (listener.address() as AddressInfo).port,
    get accepted() {
      return accepted;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      if (listener.listening) await once(listener.close(), 'close');
    },
  };
}

describe('the name of a PostgreSQL server that leads to another address', () => {
  let server: Postgres;
  let store: GrantStore;
  /** Leads to the server by its socket. */
  let direct: string;
  let old: Address;
  let next: Address;
  let current: Address;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server?.stop());
  beforeEach(async () => {
    old = await listenAt('127.0.0.1', 0, server);
    next = await listenAt('127.0.0.2', old.port, server);
    current = old;
    const { lookup } = dns;
    // biome-ignore lint/suspicious/noExplicitAny: the overloads of `lookup`
    jest.spyOn(dns, 'lookup').mockImplementation(((name: string, options: any, callback: any) => {
      if (name !== NAME) return lookup(name, options, callback);
      const { address } = current;
      if (options.all) callback(null, [{ address, family: 4 }]);
      else callback(null, address, 4);
    }) as typeof lookup);
    direct = await server.createDatabase();
    const database = /@\/(\w+)/.exec(direct)?.[1];
    store = await openPostgresStore({ connectionString: `postgres://tester@${NAME}:${old.port}/${database}` });
  });
  afterEach(async () => {
    await store?.close();
    await Promise.all([old.close(), next.close()]);
    jest.restoreAllMocks();
  });

  test('is asked for by each new connection: the store, and what listens, go there without a restart', async () => {
    await change(store);
    let wake: () => void = () => undefined;
    store.changes.subscribe((events) => events.length === 0 && wake());
    await old.close();
    expect(await causeOf(read(store))).toMatch(/^E|Connection terminated unexpectedly$/);
    const gone = `select 1 where not exists (select from pg_stat_activity where query like 'listen %')`;
    while ((await run(direct, gone)).length === 0) await delay(PAUSE_MS);

    current = next;
    while ((await change(store).catch(() => 'again')) === 'again') await delay(PAUSE_MS);
    expect((await read(store)).count).toBe(2);
    while ((await run(direct, gone)).length > 0) await delay(PAUSE_MS);
    const woken = new Promise<void>((resolve) => {
      wake = resolve;
    });
    const other = await openPostgresStore({ connectionString: direct });
    await change(other);
    await woken;
    await other.close();
  });

  test('is not noticed while the connections to the old address last', async () => {
    await change(store);
    current = next;
    await change(store);
    expect((await read(store)).count).toBe(2);
    expect(next.accepted).toBe(0);
  });
});
