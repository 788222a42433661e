import type { VerifierKind } from '../support/gate-process.js';
import { type GateProcess, useGateProcesses } from '../support/gate-processes.js';
import { type Answer, json, keyServer } from '../support/key-server.js';
import { allOf, startLoad, startTrial, times } from '../support/key-trials.js';
import { type SigningKey, signingKey } from '../support/tokens.js';

const start = useGateProcesses();
let gates: GateProcess;
beforeAll(async () => {
  gates = await start();
});

const MINUTE = 60_000;
const first = signingKey('ES256', 'one');
const second = signingKey('ES256', 'two');
const keysOf = (...keys: readonly SigningKey[]) => json({ keys: keys.map(({ jwk }) => jwk) });

describe.each<VerifierKind>(['jwtVerifier', 'senderConstrainedVerifier'])('%s with a flooded key endpoint', (kind) => {
  async function trialOf(answer: Answer) {
    const server = await keyServer(answer);
    return { server, trial: await startTrial(gates, kind, server.url) };
  }

  /** A gate that knows the first key, and whose three looks for an unknown one are spent. */
  async function spent() {
    const { server, trial } = await trialOf(keysOf(first));
    expect(await trial.send(first)).toBe(200);
    for (const kid of ['a', 'b', 'c']) expect(await trial.sendForged(kid)).toBe(401);
    return { server, trial };
  }

  test('responds with 503 within 8 s when the endpoint falls silent after the budget is spent', async () => {
    const { server, trial } = await spent();
    server.answer = () => undefined;

    expect(await Promise.all(times(50, () => trial.send(second)))).toEqual(allOf(50, 503));
    expect(server.requests).toHaveLength(5);
    await trial.expectSound();
  });

  test('finds a new key during a flood of unknown kids without delaying known keys', async () => {
    const { server, trial } = await trialOf(keysOf(first));
    await trial.send(first);
    const flood = times(300, () => trial.sendForged(`unknown ${Math.random()}`));
    const stop = startLoad(() => trial.send(first));

    server.answer = keysOf(first, second);
    expect(await Promise.all(times(50, () => trial.send(second)))).toEqual(allOf(50, 200));
    expect(await stop()).toEqual([200]);
    await Promise.all(flood);
    expect(server.requests.length).toBeLessThanOrEqual(6);
    await trial.expectSound();
  });

  test('recovers with the new key after a flood larger than the queue', async () => {
    const { server, trial } = await spent();
    const flood = times(650, () => trial.sendForged('x'.repeat(10_000))); // 575 such may wait

    server.answer = keysOf(first, second);
    const found = times(20, () => trial.send(second));
    expect(await Promise.all(times(20, () => trial.send(first)))).toEqual(allOf(20, 200));
    expect(new Set(await Promise.all(flood))).toEqual(new Set([401, 503]));
    await Promise.all(found);
    expect(await trial.send(second)).toBe(200);
    expect(server.requests.length).toBeLessThanOrEqual(8);
    await trial.expectSound();
  });

  test('fetches within the budget and finds the new key when a key is withdrawn under load', async () => {
    const { server, trial } = await trialOf(keysOf(first));
    const stop = startLoad(() => trial.sendWithdrawn(first));

    server.answer = keysOf(second);
    expect(await Promise.all(times(50, () => trial.send(second)))).toEqual(allOf(50, 200));
    await stop();
    expect(server.requests.length).toBeLessThanOrEqual(6);
    await trial.expectSound();
  });

  test('finds each of three hundred keys rotated under one kid, and retains none', async () => {
    const { server, trial } = await trialOf(keysOf(first));
    for (let rotations = 1; rotations <= 300; rotations++) {
      const key = signingKey('ES256', 'one');
      server.answer = keysOf(key);
      await trial.pass(MINUTE);
      expect(await Promise.all([key, key].map(trial.send))).toEqual([200, 200]);
      expect(server.requests.length).toBeLessThanOrEqual(2 * rotations);
    }
    await trial.expectSound();
  });
});
