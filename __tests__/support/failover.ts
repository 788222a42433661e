import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import pg from 'pg';
import type { FeedPlace } from 'scopegate';
import type { FeedGapMessage, Served, Serving } from './http-process.js';
import { type Postgres, startPostgres } from './postgres.js';
import { buildProgram, FLAGS } from './processes.js';
import type { TestDatabase } from './stores.js';
import type { SwitchTask } from './switch-process.js';

/** A primary with a standby that streams, and the address that leads to whichever of them is the primary. */
export interface Cluster {
  readonly primary: Postgres;
  /** The database of the primary, by the address that does not change. */
  readonly database: TestDatabase;
  /** The same of the standby, directly. */
  readonly standbyAddress: string;
  /** A change is acknowledged from now on when the standby has it. */
  replicateSynchronously(): Promise<void>;
  /** The standby gets no more changes. */
  detachStandby(): Promise<void>;
  /** Makes the standby the primary. The address still leads to the old one. */
  promoteStandby(): Promise<void>;
  /** Lets the address lead to the standby. */
  switchToStandby(): Promise<void>;
  /** Breaks each connection that is about to read the change feed, until the address is switched. */
  breakFeedReads(): Promise<void>;
  /** Resolves when it has broken so many more. */
  feedReadsBroken(count: number): Promise<void>;
}

/** A process of its own that serves `/reports` to the token of one application, by live grants. */
export interface GateOfApplication {
  report(): Promise<number>;
  /** The places that it said are not in the feed any more. */
  readonly gaps: readonly FeedPlace[];
  /** Resolves once it has said so. */
  startsAnew(): Promise<void>;
}

/** Gives the tests of a file clusters and gates. Each process is ended after each test. */
export function useFailovers() {
  let program: ReturnType<typeof buildProgram>;
  const children = new Set<ChildProcess>();
  const servers = new Set<Postgres>();
  beforeAll(() => {
    program = buildProgram('http-process');
  });
  afterEach(async () => {
    await Promise.all([...children].map(end));
    children.clear();
    for (const server of servers) await server.kill().then(() => server.stop());
    servers.clear();
  });
  afterAll(() => program?.remove());

  function start(name: string): ChildProcess {
    const path = join(dirname(program.path), `${name}.js`);
    const child = fork(path, { execArgv: FLAGS, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    children.add(child);
    return child;
  }

  async function startServer(primary?: Postgres): Promise<Postgres> {
    const server = await startPostgres(primary);
    servers.add(server);
    return server;
  }

  async function startCluster(): Promise<Cluster> {
    const primary = await startServer();
    const address = await primary.createDatabase();
    const standby = await startServer(primary);
    const way = start('switch-process');
    const [{ port }] = await once(way, 'message');
    const hear = async (expected: 'done' | 'broken') => {
      for (let said: unknown; said !== expected; ) [said] = await once(way, 'message');
    };
    const tell = (task: SwitchTask) => {
      way.send(task);
      return hear('done');
    };
    await tell({ do: 'switch', to: socketOf(primary) });

    const connectionString = address.replace(/@\/(\w+)\?.*$/, `@127.0.0.1:${port}/$1`);
    const standbyAddress = address.replace(
      encodeURIComponent(primary.directory),
      encodeURIComponent(standby.directory),
    );
    return {
      primary,
      database: {
        address: connectionString,
        opening: { entry: 'scopegate/postgres', creator: 'openPostgresStore', options: { connectionString } },
        open: async () => (await import('scopegate/postgres')).openPostgresStore({ connectionString }),
      },
      standbyAddress,
      async replicateSynchronously() {
        await configure(address, `synchronous_standby_names = '*'`);
        await until(address, `select 1 from pg_stat_replication where sync_state = 'sync'`);
      },
      async detachStandby() {
        await configure(standbyAddress, `primary_conninfo = ''`);
        await until(address, 'select 1 where not exists (select from pg_stat_replication)');
      },
      promoteStandby: () => run(standbyAddress, 'select pg_promote()').then(() => undefined),
      switchToStandby: () => tell({ do: 'switch', to: socketOf(standby) }),
      breakFeedReads: () => tell({ do: 'break', at: FEED_READ }),
      async feedReadsBroken(count) {
        for (let left = count; left > 0; left--) await hear('broken');
      },
    };
  }

  async function startGate(
    { opening }: TestDatabase,
    applicationId: string,
    scope: string,
  ): Promise<GateOfApplication> {
    const child = start('http-process');
    await once(child, 'message');
    child.send({ opening, applicationId, scope, asNobody: false } satisfies Serving);
    const [served] = (await once(child, 'message')) as [Served & { error?: string }];
    if (served.error !== undefined) throw new Error(served.error);
    const gaps: FeedPlace[] = [];
    child.on('message', ({ gap }: FeedGapMessage) => gaps.push(gap));
    return {
      async report() {
        const headers = { Authorization: `Bearer ${served.readerToken}` };
        return (await fetch(`http://127.0.0.1:${served.port}/reports`, { headers })).status;
      },
      gaps,
      async startsAnew() {
        while (gaps.length === 0) await once(child, 'message');
      },
    };
  }

  return { startCluster, startGate };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

/** The name that the query of the feed gives to what it reads. */
const FEED_READ = '"batch"';

const socketOf = ({ directory }: Postgres) => join(directory, '.s.PGSQL.5432');

/** Runs a statement on a connection of its own. */
export async function run(connectionString: string, statement: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return (await client.query(statement)).rows;
  } finally {
    await client.end();
  }
}

async function configure(connectionString: string, setting: string): Promise<void> {
  await run(connectionString, `alter system set ${setting}`);
  await run(connectionString, 'select pg_reload_conf()');
}

/** Resolves once the query finds a row. */
async function until(connectionString: string, query: string): Promise<void> {
  while ((await run(connectionString, query)).length === 0);
}
