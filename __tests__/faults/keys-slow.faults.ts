import type { VerifierKind } from '../support/gate-process.js';
import { type GateProcess, useGateProcesses } from '../support/gate-processes.js';
import { json, keyServer, socketServer } from '../support/key-server.js';
import { allOf, startLoad, startTrial, times } from '../support/key-trials.js';
import { slowAnswers } from '../support/slow-keys.js';
import { signingKey } from '../support/tokens.js';

const KINDS: readonly VerifierKind[] = ['jwtVerifier', 'senderConstrainedVerifier'];
const MINUTE = 60_000;
const first = signingKey('ES256', 'one');
const second = signingKey('ES256', 'two');
const before = json({ keys: [first.jwk] });
const after = json({ keys: [first.jwk, second.jwk] });
const slow = slowAnswers([first.jwk, second.jwk]);
/** These come to an end before anybody has waited: the status settles it, or the keys are all there. */
const QUICK = /status 500|nobody has asked for/;

const start = useGateProcesses();
let processes: readonly (readonly [VerifierKind, GateProcess])[];
beforeAll(async () => {
  processes = await Promise.all(KINDS.map(async (kind) => [kind, await start()] as const));
});

/** With each kind of verifier at the same time, since most of it is waiting. */
async function withEach(doing: (kind: VerifierKind, gates: GateProcess) => Promise<void>): Promise<void> {
  await Promise.all(processes.map(([kind, gates]) => doing(kind, gates)));
}

describe('slow key endpoints', () => {
  test.each(slow)('responds with 503 to the first sixty requests and 200 afterwards: %s', async (name, answer) => {
    await withEach(async (kind, gates) => {
      const server = await keyServer(answer);
      const trial = await startTrial(gates, kind, server.url);

      const statuses = await Promise.all(times(60, () => trial.send(first)));
      expect(new Set(statuses)).toEqual(new Set([name.includes('nobody has asked for') ? 200 : 503]));
      await trial.send(first);
      expect(server.requests.length).toBeLessThanOrEqual(2);

      server.answer = after;
      await trial.pass(MINUTE);
      expect(await Promise.all(times(60, () => trial.send(first)))).toEqual(allOf(60, 200));
      await trial.expectSound();
    });
  });

  test.each(slow)('delays no request with a known key when the endpoint becomes slow: %s', async (name, answer) => {
    await withEach(async (kind, gates) => {
      const server = await keyServer(before);
      const trial = await startTrial(gates, kind, server.url);
      expect(await trial.send(first)).toBe(200);

      server.answer = answer;
      await trial.pass(9 * MINUTE);
      expect(await trial.send(first)).toBe(200); // and a renewal goes on behind it
      const stop = startLoad(() => trial.send(first));
      await Promise.all([...times(100, () => trial.sendForged('other')), ...times(20, () => trial.send(second))]);
      expect(await stop()).toEqual([200]);
      expect(server.requests.length).toBeLessThanOrEqual(QUICK.test(name) ? 6 : 4);

      server.answer = after;
      await trial.pass(MINUTE);
      expect(await Promise.all([first, second].map(trial.send))).toEqual([200, 200]);
      await trial.expectSound();
    });
  });

  test('responds with 503 when the endpoint does not complete the TLS handshake', async () => {
    await withEach(async (kind, gates) => {
      const { port, connections } = await socketServer(() => undefined);
      const trial = await startTrial(gates, kind, `https://127.0.0.1:${port}`);

      expect(await Promise.all(times(60, () => trial.send(first)))).toEqual(allOf(60, 503));
      expect(connections.length).toBeLessThanOrEqual(2);
      await trial.expectSound();
    });
  });

  test('accepts later requests after waiting clients disconnect from a silent endpoint', async () => {
    await withEach(async (kind, gates) => {
      const server = await keyServer(() => undefined);
      const trial = await startTrial(gates, kind, server.url);
      const asked = server.received(1);
      await Promise.all(times(200, () => trial.hangUp(first, asked)));
      expect(await trial.send(first)).toBe(503);

      server.answer = after;
      await trial.pass(MINUTE);
      expect(await Promise.all(times(60, () => trial.send(first)))).toEqual(allOf(60, 200));
      expect(server.requests).toHaveLength(2);
      await trial.expectSound();
    });
  });
});
