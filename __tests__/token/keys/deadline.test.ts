import { EventEmitter, once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { jwtVerifier, ociDomain } from 'scopegate';
import { type Answer, closed, json, keyServer } from '../../support/key-server.js';
import { AUDIENCE, ISSUER, signingKey } from '../../support/tokens.js';
import {
  ask,
  holdTimers,
  MovableClock,
  outageOf,
  outcomeOf,
  published,
  tokenOf,
  verifierOf,
} from './fixtures/setting.js';

const key = signingKey('ES256', 'first');
const SENTENCE = 'did not answer within 5 s';

/** The deadline is a timer of the library's: it passes when the test says so, after the server got as far as it does. */
async function expectOutageAtDeadline(doing: unknown): Promise<void> {
  const ending = outageOf(doing);
  expect(jest.getTimerCount()).toBe(1);
  jest.advanceTimersByTime(4999);
  expect(jest.getTimerCount()).toBe(1);
  jest.advanceTimersByTime(1);
  const outage = await ending;
  expect(outage.message).toContain(SENTENCE);
  expect(outage.retryAfter).toBe(1);
}

afterEach(() => {
  jest.useRealTimers();
});

describe('the deadline of 5 s for a fetch', () => {
  const silence: readonly (readonly [string, Answer])[] = [
    ['before the headers', () => undefined],
    ['in the middle of the headers', (req) => req.socket.write('HTTP/1.1 200 OK\r\nContent-Ty')],
    ['before the body', (_req, res) => res.writeHead(200).flushHeaders()],
    ['in the middle of the body', (_req, res) => res.writeHead(200).write('{"keys":')],
  ];

  test.each(silence)('the deadline ends a fetch without response %s and closes the connection', async (_, answer) => {
    holdTimers();
    const server = await keyServer(answer);
    const doing = ask(verifierOf(server), tokenOf(key));
    await server.received(1);

    await expectOutageAtDeadline(doing);
    await closed(server.requests[0]);
  });

  test('the deadline ends a fetch that cannot connect', async () => {
    holdTimers();
    const listener = createServer((socket) => void socket.on('error', () => undefined).unref());
    listener.listen(0, '127.0.0.1').unref();
    await once(listener, 'listening');
    const { port } = listener.address() as AddressInfo;
    // No TLS handshake is ever answered there.
    const verifier = jwtVerifier({ issuer: ISSUER, audience: AUDIENCE, jwksUri: `https://127.0.0.1:${port}/jwks` });
    const doing = verifier.ready();
    doing.catch(() => undefined);
    const [socket] = await once(listener, 'connection');

    await expectOutageAtDeadline(doing);
    socket.destroy();
    listener.close();
  });

  test('the deadline ends a custom fetch that ignores its signal', async () => {
    holdTimers();
    const server = await keyServer();
    const deaf = () => new Promise<Response>(() => undefined);

    await expectOutageAtDeadline(ask(verifierOf(server, { clock: new MovableClock(), fetch: deaf }), tokenOf(key)));
  });

  test('the deadline cancels a response body whose fetch ignores its signal', async () => {
    holdTimers();
    const server = await keyServer();
    const progress = new EventEmitter();
    const starved = once(progress, 'starved');
    const cancelled = once(progress, 'cancelled');
    const pull = async (controller: ReadableStreamDefaultController<Uint8Array>) => {
      progress.emit('starved');
      await once(progress, 'fed');
      controller.enqueue(Buffer.from(' '));
    };
    const body = new ReadableStream({ pull, cancel: () => void progress.emit('cancelled') }, { highWaterMark: 0 });
    const deaf = async () => new Response(body);

    const doing = ask(verifierOf(server, { clock: new MovableClock(), fetch: deaf }), tokenOf(key));
    await starved;
    await expectOutageAtDeadline(doing);
    progress.emit('fed');
    await cancelled;
  });

  test('the deadline includes the time that keyAuthorization takes', async () => {
    holdTimers();
    const server = await keyServer(json(published(key)));
    const options = { clock: new MovableClock(), keyAuthorization: () => new Promise<string>(() => undefined) };

    await expectOutageAtDeadline(ask(verifierOf(server, options), tokenOf(key)));
    expect(server.requests).toHaveLength(0);
  });

  test('the deadline includes the time that the token endpoint takes', async () => {
    holdTimers();
    const server = await keyServer(() => undefined);
    const keyCredentials = { clientId: 'id', clientSecret: 'secret' };
    const verifier = jwtVerifier(ociDomain({ url: server.url, tenant: 'idcs-test', keyCredentials }));
    const doing = verifier.ready();
    doing.catch(() => undefined);
    await server.received(1);

    await expectOutageAtDeadline(doing);
  });
});

test('the deadline ends a response that sends one byte at a time', async () => {
  const server = await keyServer((req, res) => {
    res.writeHead(200);
    const drip = setInterval(() => res.write(' '), 50);
    req.socket.on('close', () => clearInterval(drip));
  });

  const outage = await outageOf(ask(verifierOf(server), tokenOf(key)));
  expect(outage.message).toContain(SENTENCE);
}, 8000);

test('a fetch that ends in time leaves no timer running', async () => {
  holdTimers();
  const server = await keyServer(json(published(key)));
  const verifier = verifierOf(server);

  expect(await outcomeOf(verifier, tokenOf(key))).toBe('accepted');
  expect(jest.getTimerCount()).toBe(0);
});
