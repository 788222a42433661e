import { once } from 'node:events';
import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http';
import { type AddressInfo, connect } from 'node:net';

/**
 * A server on the loopback address, for requests that no HTTP client would send. It closes no connection for idleness:
 * one that a client is about to use again would end without an answer.
 */
export interface Listening {
  readonly server: Server;
  readonly port: number;
  readonly origin: string;
  close(): Promise<void>;
}

export async function listening(app: RequestListener, options: ServerOptions = {}): Promise<Listening> {
  const server = createServer({ keepAliveTimeout: 0, ...options }, app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    server,
    port,
    origin: `http://127.0.0.1:${port}`,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

export interface RawAnswer {
  readonly status: number;
  /** Every value of one header, in the order of the wire. */
  values(name: string): string[];
  readonly body: string;
  /** All that came back. */
  readonly text: string;
}

/** Sends header lines as they are, one character a byte, and reads until the server hangs up. */
export async function sendRaw(
  port: number,
  lines: readonly string[],
  start = 'GET / HTTP/1.1',
  body = '',
): Promise<RawAnswer> {
  const socket = connect(port, '127.0.0.1').setEncoding('latin1');
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk;
  });
  socket.on('error', () => undefined); // a server may hang up before it has read everything
  const closed = new Promise((resolve) => socket.once('close', resolve));
  const host = lines.some((line) => line.startsWith('Host:')) ? [] : ['Host: api.example'];
  const head = [start, ...host, 'Connection: close', ...lines].join('\r\n');
  socket.write(Buffer.from(`${head}\r\n\r\n${body}`, 'latin1'));
  await closed;
  return parsed(text);
}

function parsed(text: string): RawAnswer {
  const end = text.indexOf('\r\n\r\n');
  const [statusLine = '', ...headers] = text.slice(0, end).split('\r\n');
  return {
    status: Number(statusLine.split(' ')[1]),
    values: (name) =>
      headers
        .filter((line) => line.slice(0, line.indexOf(':')).toLowerCase() === name.toLowerCase())
        .map((line) => line.slice(line.indexOf(':') + 1).trim()),
    body: text.slice(end + 4),
    text,
  };
}
