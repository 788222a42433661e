import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { Duplex } from 'node:stream';
import { createGate, RefusalError } from 'scopegate';
import { ANALYTICS, bearer, issuer, STACK, warmVerifier } from './fixtures/domain.js';
import { sendRaw } from './fixtures/raw-http.js';

const gate = createGate({ verifier: warmVerifier() });

/** A refusal for a missing scope. */
async function refusalOf(authorization?: string): Promise<RefusalError> {
  const headers = authorization === undefined ? {} : { authorization };
  const result = await gate.check({ headers }, ANALYTICS);
  if (result.ok) throw new Error('The request should be refused.');
  return result.refusal;
}
const insufficient = () => refusalOf(bearer(issuer.token({ scope: STACK })));

test('a RefusalError cannot be changed where it goes to the client', async () => {
  const { headers, body } = await insufficient();

  expect([Object.isFrozen(headers), Object.isFrozen(body)]).toEqual([true, true]);
});

test('instanceof holds for the errors of another copy of the package, and for no other error', async () => {
  let other!: typeof import('scopegate');
  jest.isolateModules(() => {
    other = require('scopegate');
  });
  const refusal = await insufficient();
  class Mine extends RefusalError {}

  expect(other.RefusalError).not.toBe(RefusalError);
  expect([refusal instanceof other.RefusalError, new Mine(refusal.body, {}) instanceof other.RefusalError]).toEqual([
    true,
    true,
  ]);
  expect([refusal instanceof Mine, new Error('x') instanceof RefusalError]).toEqual([false, false]);
});

describe('toResponse()', () => {
  test('toResponse() is the response that the middleware sends', async () => {
    const refusal = await insufficient();
    const response = refusal.toResponse();

    expect([response.status, Object.fromEntries(response.headers)]).toEqual([
      403,
      {
        'www-authenticate': refusal.headers['WWW-Authenticate'],
        'cache-control': 'no-store',
        'content-type': 'application/problem+json',
      },
    ]);
    expect(await response.json()).toEqual({ ...refusal.body, reason: 'insufficient_scope', required_scope: ANALYTICS });
  });

  test('toResponse() can be called twice, since a body can be read once only', async () => {
    const refusal = await insufficient();

    expect(await refusal.toResponse().text()).toBe(await refusal.toResponse().text());
  });
});

describe('writeTo()', () => {
  const upgrade = ['Connection: Upgrade', 'Upgrade: websocket'];

  /** A server that refuses every upgrade. */
  async function withServer<T>(use: (port: number, sockets: Duplex[]) => Promise<T>): Promise<T> {
    const sockets: Duplex[] = [];
    const server = createServer().on('upgrade', async (req, socket) => {
      sockets.push(socket);
      const result = await gate.check(req, ANALYTICS);
      if (!result.ok) result.refusal.writeTo(socket);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      return await use((server.address() as AddressInfo).port, sockets);
    } finally {
      server.close();
      for (const socket of sockets) socket.destroy();
    }
  }

  test('writes the whole response to the socket of an upgrade, and closes it', async () => {
    const { text, status, values, body } = await withServer((port) =>
      sendRaw(port, [...upgrade, `Authorization: ${bearer(issuer.token({ scope: STACK }))}`]),
    );
    const refusal = await insufficient();

    expect(text.startsWith('HTTP/1.1 403 Forbidden\r\nWWW-Authenticate: Bearer ')).toBe(true);
    expect(status).toBe(403);
    expect(values('WWW-Authenticate')).toEqual([refusal.headers['WWW-Authenticate']]);
    expect([values('Cache-Control'), values('Content-Type'), values('Connection')]).toEqual([
      ['no-store'],
      ['application/problem+json'],
      ['close'],
    ]);
    expect(values('Content-Length')).toEqual([String(Buffer.byteLength(body))]);
    expect(JSON.parse(body)).toEqual({ ...refusal.body });
  });

  test('writes nothing of the request', async () => {
    const { text } = await withServer((port) => sendRaw(port, [...upgrade, 'Authorization: Bearer mark\x7f"mark']));

    expect(text).toContain('HTTP/1.1 400 Bad Request');
    expect(text).not.toContain('mark');
  });

  test('a client that has hung up is no error', async () => {
    await withServer(async (port, sockets) => {
      const client = connect(port, '127.0.0.1');
      client.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n', () =>
        client.resetAndDestroy(),
      );
      client.on('error', () => undefined);
      await once(client, 'close');
      while (sockets.length === 0 || sockets[0]?.closed === false) await new Promise(setImmediate);
      const refusal = await insufficient();
      refusal.writeTo(sockets[0] as Duplex);
      expect((sockets[0] as Duplex).destroyed).toBe(true);
    });
  });

  test('a socket that fails while it is written to is no error', async () => {
    const socket = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done(new Error('ECONNRESET')) });
    (await insufficient()).writeTo(socket);
    await new Promise((resolve) => socket.once('close', resolve));
    expect(socket.errored?.message).toBe('ECONNRESET');
  });

  test('a client that does not take the response is disconnected', async () => {
    const refusal = await insufficient();
    jest.useFakeTimers();
    try {
      const socket = new Duplex({ read() {}, write() {} });
      refusal.writeTo(socket);
      jest.advanceTimersByTime(4999);
      expect(socket.destroyed).toBe(false);
      jest.advanceTimersByTime(1);
      expect(socket.destroyed).toBe(true);
    } finally {
      jest.useRealTimers();
    }
  });
});
