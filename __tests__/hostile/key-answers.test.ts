import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import type { VerifierKind } from '../support/gate-process.js';
import { type GateProcess, useGateProcesses } from '../support/gate-processes.js';
import { hostileAnswers } from '../support/hostile-keys.js';
import { json, keyServer, socketServer } from '../support/key-server.js';
import { startTrial } from '../support/key-trials.js';
import { signingKey } from '../support/tokens.js';

const start = useGateProcesses();
let gates: GateProcess;
beforeAll(async () => {
  gates = await start();
});

const MINUTE = 60_000;
const first = signingKey('ES256', 'one');
const second = signingKey('ES256', 'two');
const before = json({ keys: [first.jwk] });
const after = json({ keys: [second.jwk, first.jwk] });
const answers = hostileAnswers([first.jwk, second.jwk]);

describe.each<VerifierKind>(['jwtVerifier', 'senderConstrainedVerifier'])('%s with a hostile key endpoint', (kind) => {
  test.each(answers)('sends $status and then recovers if the endpoint $name', async ({ answer, status }) => {
    const server = await keyServer(answer);
    const trial = await startTrial(gates, kind, server.url);

    expect(await Promise.all([first, first, first].map(trial.send))).toEqual([status, status, status]);
    await trial.sendForged('one');
    await trial.sendForged('other');
    expect(server.requests.length).toBeLessThanOrEqual(3);

    server.answer = after;
    await trial.pass(MINUTE);
    expect(await Promise.all([second, first].map(trial.send))).toEqual([200, 200]);
    expect(server.requests.length).toBeLessThanOrEqual(4);
    await trial.expectSound();
  });

  test.each(answers)(
    'verifies known keys and finds a new one if the endpoint later $name',
    async ({ answer, status }) => {
      const server = await keyServer(before);
      const trial = await startTrial(gates, kind, server.url);
      expect(await trial.send(first)).toBe(200);

      server.answer = answer;
      expect(await trial.send(second)).toBe(status);
      // They are renewed behind a request, then before one, then again after a long quiet.
      for (const minutes of [9, 2, 60]) {
        await trial.pass(minutes * MINUTE);
        expect(await trial.send(first)).toBe(200);
      }
      expect(server.requests.length).toBeLessThanOrEqual(5);

      server.answer = after;
      await trial.pass(MINUTE);
      expect(await Promise.all([second, first].map(trial.send))).toEqual([200, 200]);
      await trial.expectSound();
    },
  );

  test.each<[string, (socket: Socket) => void]>([
    ['garbage', (socket) => void socket.end(randomBytes(4096))],
    ['an HTTP answer without TLS', (socket) => void socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}')],
    ['a TLS alert', (socket) => void socket.end(Buffer.from([21, 3, 3, 0, 2, 2, 40]))],
    ['half of a TLS record', (socket) => void socket.end(Buffer.from([22, 3, 3, 64, 0, 2]))],
    ['the greeting that it was sent', (socket) => void socket.pipe(socket)],
    ['a reset', (socket) => void socket.resetAndDestroy()],
  ])('sends 503 if the endpoint answers the TLS handshake with %s', async (_, onConnection) => {
    const { port, connections } = await socketServer(onConnection);
    const trial = await startTrial(gates, kind, `https://127.0.0.1:${port}`);

    expect(await Promise.all([first, first, first].map(trial.send))).toEqual([503, 503, 503]);
    expect(await trial.sendForged('one')).toBe(503);
    await trial.pass(MINUTE);
    expect(await trial.send(first)).toBe(503);
    expect(connections.length).toBeLessThanOrEqual(3);
    await trial.expectSound();
  });
});
