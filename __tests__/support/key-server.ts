import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createSocketServer, type Socket } from 'node:net';

/** What a server does with a request. */
export type Answer = (req: IncomingMessage, res: ServerResponse) => void;

/** An issuer's server on the loopback interface, closed after the test that started it. */
export interface KeyServer {
  readonly url: string;
  /** The requests so far, oldest first. */
  readonly requests: readonly IncomingMessage[];
  /** May be replaced at any time. */
  answer: Answer;
  /** Resolves once there were so many requests in all. */
  received(count: number): Promise<void>;
  close(): Promise<void>;
  /** Listens again where it did before it was closed. */
  reopen(): Promise<void>;
}

const running = new Set<Server>();
const endings: (() => Promise<void>)[] = [];

afterEach(async () => {
  await Promise.all([...running].map(close));
  await Promise.all(endings.splice(0).map((end) => end()));
});

/** @param keepAlive milliseconds for which a connection stays open that nobody uses; 0: as long as the client wants */
export async function keyServer(answer: Answer = status(404), keepAlive = 0): Promise<KeyServer> {
  const requests: IncomingMessage[] = [];
  const server = createServer((req, res) => {
    requests.push(req);
    server.emit('received');
    res.on('error', () => undefined); // the client may be gone
    keys.answer(req, res);
  });
  server.keepAliveTimeout = keepAlive;
  const port = await listen(server, 0);
  const keys: KeyServer = {
    url: `http://127.0.0.1:${port}`,
    requests,
    answer,
    async received(count) {
      while (requests.length < count) await once(server, 'received');
    },
    close: () => close(server),
    reopen: async () => void (await listen(server, port)),
  };
  return keys;
}

async function listen(server: Server, port: number): Promise<number> {
  running.add(server);
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function close(server: Server): Promise<void> {
  if (!running.delete(server)) return;
  const ended = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await ended;
}

/** A server below HTTP on the loopback interface, closed after the test that started it. */
export async function socketServer(onConnection: (socket: Socket) => void) {
  const connections: Socket[] = [];
  const server = createSocketServer((socket) => {
    connections.push(socket);
    socket.on('error', () => undefined); // the client may be gone
    onConnection(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  endings.push(async () => {
    const ended = once(server, 'close');
    server.close();
    for (const each of connections) each.destroy();
    await ended;
  });
  const { port } = server.address() as AddressInfo;
  return { connections, port };
}

/** Resolves once the connection of a request is closed, by whomever. */
export async function closed(request: IncomingMessage | undefined): Promise<void> {
  if (request === undefined) throw new Error('There was no such request.');
  if (!request.socket.destroyed) await new Promise((resolve) => request.socket.once('close', resolve));
}

/** Answers 200 with a value as JSON. */
export function json(value: unknown): Answer {
  return (_req, res) => {
    res.setHeader('content-type', 'application/json');
    res.end(JSON.stringify(value));
  };
}

/** Answers 200 with a text. */
export function text(body: string | Buffer, headers: Readonly<Record<string, string>> = {}): Answer {
  return (_req, res) => {
    res.writeHead(200, headers);
    res.end(body);
  };
}

export function status(code: number, headers: Readonly<Record<string, string>> = {}): Answer {
  return (_req, res) => {
    res.writeHead(code, headers);
    res.end(`<h1>${code}</h1>`);
  };
}

/** Breaks the connection, as a server that is down behind its load balancer. */
export const down: Answer = (req) => {
  req.socket.destroy();
};
