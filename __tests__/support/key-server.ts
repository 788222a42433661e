import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

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
}

const running = new Set<Server>();

afterEach(async () => {
  await Promise.all([...running].map(close));
});

export async function keyServer(answer: Answer = status(404)): Promise<KeyServer> {
  const requests: IncomingMessage[] = [];
  const server = createServer((req, res) => {
    requests.push(req);
    server.emit('received');
    res.on('error', () => undefined); // the client may be gone
    keys.answer(req, res);
  });
  running.add(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const keys: KeyServer = {
    url: `http://127.0.0.1:${port}`,
    requests,
    answer,
    async received(count) {
      while (requests.length < count) await once(server, 'received');
    },
    close: () => close(server),
  };
  return keys;
}

async function close(server: Server): Promise<void> {
  if (!running.delete(server)) return;
  const ended = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await ended;
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
