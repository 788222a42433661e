import type { VerifierKind } from '../support/gate-process.js';
import { type GateProcess, useGateProcesses } from '../support/gate-processes.js';
import { down, json, keyServer, status } from '../support/key-server.js';
import { allOf, startLoad, startTrial, times } from '../support/key-trials.js';
import { type SigningKey, signingKey } from '../support/tokens.js';

const start = useGateProcesses();
let gates: GateProcess;
beforeAll(async () => {
  gates = await start();
});

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const YEAR = 365 * 24 * HOUR;
const first = signingKey('ES256', 'one');
const second = signingKey('ES256', 'two');
const sameKid = signingKey('ES256', 'one');
const keysOf = (...keys: readonly SigningKey[]) => json({ keys: keys.map(({ jwk }) => jwk) });

describe.each<VerifierKind>(['jwtVerifier', 'senderConstrainedVerifier'])(
  '%s during key rotation and outages',
  (kind) => {
    async function warm(key = first) {
      const server = await keyServer(keysOf(key));
      const trial = await startTrial(gates, kind, server.url);
      expect(await trial.send(key)).toBe(200);
      return { server, trial };
    }

    test.each([
      ['under kids of their own', [first, second], second],
      ['under one kid', [first, sameKid], sameKid],
    ])('refuses no token under load while old and new key are published %s', async (_, keys, key) => {
      const { server, trial } = await warm();
      const stop = startLoad(() => trial.send(first));

      server.answer = keysOf(...keys);
      expect(await Promise.all(times(50, () => trial.send(key)))).toEqual(allOf(50, 200));

      expect(await stop()).toEqual([200]);
      expect(server.requests.length).toBeLessThanOrEqual(3);
      await trial.expectSound();
    });

    test.each([
      ['in place of the old one', second],
      ['in place and under the kid of the old one', sameKid],
    ])('fifty concurrent requests find a new key at once, %s', async (_, key) => {
      const { server, trial } = await warm();

      server.answer = keysOf(key);
      expect(await Promise.all(times(50, () => trial.send(key)))).toEqual(allOf(50, 200));
      expect(await trial.sendWithdrawn(first)).toBe(401);
      expect(server.requests.length).toBeLessThanOrEqual(4);
      await trial.expectSound();
    });

    test('sends 503 only for a new key while the endpoint is down, then recovers', async () => {
      const { server, trial } = await warm();

      server.answer = down;
      expect(await Promise.all(times(20, () => trial.send(second)))).toEqual(allOf(20, 503));
      expect(await Promise.all(times(20, () => trial.send(first)))).toEqual(allOf(20, 200));
      expect(server.requests.length).toBeLessThanOrEqual(3);

      server.answer = keysOf(first, second);
      await trial.pass(MINUTE);
      expect(await Promise.all([first, second].map(trial.send))).toEqual([200, 200]);
      await trial.expectSound();
    });

    test('sends 503 once known keys expire in an outage, then recovers without a restart', async () => {
      const { server, trial } = await warm();
      server.answer = status(502);

      for (let passed = 0; passed < 4 * HOUR; passed += 30 * MINUTE) {
        expect(await Promise.all(times(5, () => trial.send(first)))).toEqual(allOf(5, 200));
        await trial.pass(30 * MINUTE);
      }
      await trial.pass(15 * MINUTE);
      expect(await Promise.all(times(20, () => trial.send(first)))).toEqual(allOf(20, 503));
      expect(await trial.sendForged('one')).toBe(503);
      expect(server.requests.length).toBeLessThanOrEqual(12); // one in half an hour

      server.answer = keysOf(first);
      await trial.pass(MINUTE);
      expect(await Promise.all(times(20, () => trial.send(first)))).toEqual(allOf(20, 200));
      await trial.expectSound();
    });

    test('keeps its keys while the clock jumps, and fetches once when it jumps ahead', async () => {
      const { server, trial } = await warm();

      for (const time of [-HOUR, HOUR, YEAR, -YEAR]) {
        await trial.setTime(time);
        expect(await Promise.all(times(5, () => trial.send(first)))).toEqual(allOf(5, 200));
      }
      // The year may have passed while the machine was suspended; the hour only takes the clock back to where it was.
      expect(server.requests).toHaveLength(2);
      await trial.expectSound();
    });

    test('finds rotated keys while the clock is a year ahead or an hour behind', async () => {
      const { server, trial } = await warm();

      await trial.setTime(YEAR);
      server.answer = keysOf(second);
      expect(await trial.send(second)).toBe(200);
      await trial.setTime(-YEAR - HOUR);
      server.answer = keysOf(first);
      expect(await trial.send(first)).toBe(200);
      await trial.setTime(HOUR);
      expect(await trial.send(first)).toBe(200);
      expect(server.requests).toHaveLength(4); // one of them since an hour may have passed
      await trial.expectSound();
    });

    test('fetches the keys once for sixty concurrent first requests', async () => {
      const server = await keyServer((req, res) => void setImmediate(() => keysOf(first)(req, res)));
      const trial = await startTrial(gates, kind, server.url);

      expect(await Promise.all(times(60, () => trial.send(first)))).toEqual(allOf(60, 200));
      expect(server.requests).toHaveLength(1);
      await trial.expectSound();
    });

    test('fetches once and sends 503 to sixty concurrent first requests while the endpoint is down', async () => {
      const server = await keyServer(down);
      const trial = await startTrial(gates, kind, server.url);

      expect(await Promise.all(times(60, () => trial.send(first)))).toEqual(allOf(60, 503));
      expect(server.requests.length).toBeLessThanOrEqual(2);
      await trial.expectSound();
    });

    test('sends 503 until the key endpoint starts to listen, then 200', async () => {
      const server = await keyServer(keysOf(first));
      await server.close();
      const trial = await startTrial(gates, kind, server.url);
      expect(await Promise.all(times(20, () => trial.send(first)))).toEqual(allOf(20, 503));

      await server.reopen();
      await trial.pass(MINUTE);
      expect(await Promise.all(times(20, () => trial.send(first)))).toEqual(allOf(20, 200));
      expect(server.requests).toHaveLength(1);

      await server.close();
      await trial.pass(11 * MINUTE);
      expect(await trial.send(first)).toBe(200);
      await trial.expectSound();
    });
  },
);
