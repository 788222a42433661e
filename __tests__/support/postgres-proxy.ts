import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The way to a PostgreSQL, that can be cut. */
export interface PostgresProxy {
  /** The connection string that leads through here. */
  readonly connectionString: string;
  /** Breaks every connection, and refuses new ones. */
  cut(): Promise<void>;
  /** Lets new ones through again. */
  restore(): Promise<void>;
  /** Holds back what either side says, as a network that swallows packets does: nobody learns that anything is wrong. */
  stall(): void;
  /** The same for the connections that there are, and not for new ones. */
  freeze(): void;
  /** Freezes them as soon as a client says this, which is lost. Resolves then. */
  freezeWhen(said: string): Promise<void>;
  /** Passes on what was held back, and what comes then. */
  flow(): void;
  close(): Promise<void>;
}

/** @param connectionString of a server on a Unix socket, as `startPostgres` gives it */
export async function postgresProxy(connectionString: string): Promise<PostgresProxy> {
  const host = /(?<=[?&]host=)[^&]*/;
  const [encoded = ''] = host.exec(connectionString) ?? [];
  const target = join(decodeURIComponent(encoded), '.s.PGSQL.5432');
  const directory = mkdtempSync(join(tmpdir(), 'scopegate-proxy-'));
  chmodSync(directory, 0o755);
  const sockets = new Set<Socket>();
  let isStalled = false;
  let trap: { said: string; spring(): void } | undefined;
  let server: Server | undefined;

  function accept(client: Socket): void {
    const upstream = connect(target);
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      from.on('error', () => undefined); // 'close' follows
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
      from.on('data', (data) => {
        if (from === client && trap !== undefined && data.includes(trap.said)) trap.spring();
        else to.write(data);
      });
      from.on('end', () => to.end());
      if (isStalled) from.pause();
    }
  }

  async function restore(): Promise<void> {
    if (server !== undefined) return;
    const starting = createServer({ allowHalfOpen: true }, accept);
    server = starting;
    await new Promise<void>((resolve, reject) => {
      starting.once('error', reject).listen(join(directory, '.s.PGSQL.5432'), resolve);
    });
  }

  async function cut(): Promise<void> {
    const ending = server;
    if (ending === undefined) return;
    server = undefined;
    const ended = new Promise((resolve) => ending.close(resolve));
    for (const socket of sockets) socket.destroy();
    await ended;
  }

  function freeze(): void {
    for (const socket of sockets) socket.pause();
  }

  await restore();
  return {
    connectionString: connectionString.replace(host, encodeURIComponent(directory)),
    cut,
    restore,
    stall() {
      isStalled = true;
      freeze();
    },
    freeze,
    freezeWhen: (said) =>
      new Promise((resolve) => {
        const spring = () => {
          trap = undefined;
          freeze();
          resolve();
        };
        trap = { said, spring };
      }),
    flow() {
      isStalled = false;
      for (const socket of sockets) socket.resume();
    },
    async close() {
      await cut();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
