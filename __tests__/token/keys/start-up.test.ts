import { type Answer, down, json, keyServer, status, text } from '../../support/key-server.js';
import { signingKey } from '../../support/tokens.js';
import { MovableClock, outageOf, outcomeOf, published, tokenOf, verifierOf } from './fixtures/setting.js';

const key = signingKey('ES256', 'first');

const unavailable: readonly (readonly [string, Answer, sentence: string])[] = [
  ['is down', down, 'cannot be reached'],
  ['responds with 503', status(503), 'answered 503'],
  ['responds with 401', status(401), 'answered 401. In an OCI IAM domain, turn on "Configure client access"'],
  ['responds with HTML', text('<html>\n<body>'), 'answered 200, but not with JSON'],
  ['responds without usable keys', json({ keys: [{ kty: 'oct\nx', kid: 'a\nb' }] }), 'has no usable key'],
];

describe.each(unavailable)('a key endpoint that %s at start-up', (_, answer, sentence) => {
  test('does not end the application, which logs one line and verifies tokens later', async () => {
    const clock = new MovableClock();
    const server = await keyServer(answer);
    const verifier = verifierOf(server, { clock });
    const lines: string[] = [];

    await verifier.ready().catch((error: Error) => lines.push(`Starting without keys. ${error.message}`));
    expect(lines).toEqual([expect.stringContaining(sentence)]);
    expect(lines[0]).not.toMatch(/[\r\n]/);
    expect(await outcomeOf(verifier, tokenOf(key))).toBe('outage');

    server.answer = json(published(key));
    clock.advance(1000);
    expect(await outcomeOf(verifier, tokenOf(key))).toBe('accepted');
    await expect(verifier.ready()).resolves.toBeUndefined();
  });

  test('makes a readiness probe report 503 until the keys are there', async () => {
    const clock = new MovableClock();
    const server = await keyServer(answer);
    const verifier = verifierOf(server, { clock });
    const probe = async () => {
      const isReady = await verifier.ready().then(
        () => true,
        () => false,
      );
      return isReady ? 204 : 503;
    };

    expect([await probe(), await probe(), await probe()]).toEqual([503, 503, 503]);
    expect(server.requests).toHaveLength(1); // probes do not fetch more often than the backoff allows
    server.answer = json(published(key));
    clock.advance((await outageOf(verifier.ready())).retryAfter * 1000);
    expect(await probe()).toBe(204);
    expect(server.requests).toHaveLength(2);
  });
});

test('a readiness probe stays positive during an outage that known keys bridge', async () => {
  const clock = new MovableClock();
  const server = await keyServer(json(published(key)));
  const verifier = verifierOf(server, { clock });
  await verifier.ready();

  server.answer = down;
  clock.advance(3_600_000);
  await expect(verifier.ready()).resolves.toBeUndefined();
  expect(verifier.warning()).toContain('cannot be refreshed');
});
