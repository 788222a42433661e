import { useGateProcesses } from '../support/gate-processes.js';
import { json, keyServer } from '../support/key-server.js';
import { startTrial } from '../support/key-trials.js';
import { signingKey } from '../support/tokens.js';

const start = useGateProcesses();
const key = signingKey('ES256', 'one');

test('responds with 503 and exits on SIGTERM during a fetch that never ends', async () => {
  const gates = await start();
  const server = await keyServer(() => undefined);
  const trial = await startTrial(gates, 'jwtVerifier', server.url);
  const sent = Promise.all([trial.send(key), trial.send(key)]);
  await server.received(1);

  gates.terminate();

  expect(await sent).toEqual([503, 503]);
  expect(await gates.ended).toBe(0);
  expect(gates.stderr).toBe('');
});

test('exits on SIGTERM during a background refresh of the keys that never ends', async () => {
  const gates = await start();
  const server = await keyServer(json({ keys: [key.jwk] }));
  const trial = await startTrial(gates, 'jwtVerifier', server.url);
  await trial.send(key);
  server.answer = () => undefined;
  await trial.pass(9 * 60_000);
  expect(await trial.send(key)).toBe(200);
  await server.received(2);

  gates.terminate();

  expect(await gates.ended).toBe(0);
  expect(gates.stderr).toBe('');
});

test('exits on SIGTERM while requests of disconnected clients wait for a fetch', async () => {
  const gates = await start();
  const server = await keyServer(json({ keys: [key.jwk] }));
  const trial = await startTrial(gates, 'jwtVerifier', server.url);
  await trial.send(key);
  for (const kid of ['a', 'b', 'c']) await trial.sendForged(kid);
  server.answer = () => undefined;
  await trial.hangUp(signingKey('ES256', 'd'), trial.send(key));

  gates.terminate();

  expect(await gates.ended).toBe(0);
  expect(gates.stderr).toBe('');
});
