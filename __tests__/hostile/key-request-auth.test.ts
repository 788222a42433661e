import { type GateProcess, useGateProcesses } from '../support/gate-processes.js';
import { hostileAnswers } from '../support/hostile-keys.js';
import { json, keyServer } from '../support/key-server.js';
import { startTrial } from '../support/key-trials.js';
import { signingKey } from '../support/tokens.js';

// express-oauth2-jwt-bearer fetches the keys here, and calls an outage a bad token, as the README says. What is left for
// a gate is to stay up, to let no forged token through, and to take the good ones as soon as that package can tell.

const start = useGateProcesses();
let gates: GateProcess;
beforeAll(async () => {
  gates = await start();
});

const first = signingKey('ES256', 'one');
const second = signingKey('ES256', 'two');

/** It reads all of 256 MiB, refuses keys that share a kid, and asks for no newer keys for 30 s after it got some or none. */
const EXCEPTED = [/256 MiB/, /no keys/, /5,000 keys/, /the same kid/, /every key a hundred times/];
const answers = hostileAnswers([first.jwk, second.jwk]).filter(({ name }) => !EXCEPTED.some((each) => each.test(name)));

test.each(answers)('bearerAuthVerifier(), whose key endpoint $name', async ({ answer }) => {
  const server = await keyServer(answer);
  const trial = await startTrial(gates, 'bearerAuthVerifier', server.url);

  await Promise.all([first, first, first].map(trial.sendWithdrawn));
  await trial.sendForged('one');
  await trial.sendForged('other');

  server.answer = json({ keys: [second.jwk, first.jwk] });
  expect(await Promise.all([second, first].map(trial.send))).toEqual([200, 200]);
  await trial.expectSound();
});
