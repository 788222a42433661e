import { useGateProcesses } from '../support/gate-processes.js';
import { type Answer, json, keyServer } from '../support/key-server.js';
import { startTrial } from '../support/key-trials.js';
import { signingKey } from '../support/tokens.js';

const start = useGateProcesses();
const key = signingKey('ES256', 'one');
const keys = json({ keys: [key.jwk] });
const FOR_EVER = 3_600_000;

test('after SIGTERM during a fetch, waiting requests get responses and the process exits', async () => {
  let release = () => undefined as unknown;
  const held: Answer = (req, res) => {
    release = () => keys(req, res);
  };
  const gates = await start();
  const server = await keyServer(held, FOR_EVER);
  const trial = await startTrial(gates, 'jwtVerifier', server.url);
  const sent = Promise.all([trial.send(key), trial.send(key)]);
  await server.received(1);

  gates.terminate();
  release();

  expect(await sent).toEqual([200, 200]);
  expect(await gates.ended).toBe(0);
  expect(gates.stderr).toBe('');
});

test('after SIGTERM, an open connection to the key endpoint does not keep the process alive', async () => {
  const gates = await start();
  const server = await keyServer(keys, FOR_EVER);
  const trial = await startTrial(gates, 'jwtVerifier', server.url);
  expect(await trial.send(key)).toBe(200);
  expect(server.requests[0]?.socket.destroyed).toBe(false);

  gates.terminate();

  expect(await gates.ended).toBe(0);
  expect(gates.stderr).toBe('');
});
