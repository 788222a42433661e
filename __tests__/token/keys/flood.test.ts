import { jwtVerifier, ociDomain } from 'scopegate';
import { testIssuer } from 'scopegate/testing';
import { down, json, keyServer } from '../../support/key-server.js';
import { signingKey } from '../../support/tokens.js';
import { ask, MovableClock, outcomeOf, published, tokenOf, verifierOf } from './fixtures/setting.js';

const old = signingKey('ES256', 'old');
const fresh = signingKey('ES256', 'fresh');

/** Costs an attacker nothing. */
const attacker = { ...old, sign: () => Buffer.alloc(64, 1) };

/** What the attacker sends; each token is another one. */
const floods = {
  'with bad signatures': (i: number) => tokenOf(attacker, { kid: 'old', i }),
  'with unknown kids': (i: number) => tokenOf(attacker, { kid: `unknown-${i}` }),
  'without kid': (i: number) => tokenOf(attacker, { kid: undefined, i }),
  'of all kinds': (i: number) => tokenOf(attacker, { kid: ['old', `unknown-${i}`, undefined][i % 3], i }),
};

/** Far more than the budget of fetches; few enough to be verified within the deadline of a fetch on a busy machine. */
const FLOOD = 150;

function flood<T>(make: (i: number) => T): T[] {
  return Array.from({ length: FLOOD }, (_, i) => make(i));
}

function isRefusal(outcome: string): boolean {
  return outcome === 'signature_invalid' || outcome === 'key_unknown';
}

test.each(Object.entries(floods))(
  'a flood of forged tokens %s causes few fetches and does not block a rotated key',
  async (_, forged) => {
    const server = await keyServer(json(published(old)));
    const verifier = verifierOf(server);
    await verifier.ready();
    server.answer = json(published(fresh, old));

    const tokens = flood(forged);
    const before = tokens.slice(0, FLOOD / 2).map((token) => outcomeOf(verifier, token));
    const good = outcomeOf(verifier, tokenOf(fresh));
    const after = tokens.slice(FLOOD / 2).map((token) => outcomeOf(verifier, token));
    expect(await good).toBe('accepted');
    expect((await Promise.all([...before, ...after])).every(isRefusal)).toBe(true);
    expect(server.requests.length).toBeLessThanOrEqual(4);
  },
);

describe('a flood of forged tokens of all kinds', () => {
  const tokens = flood(floods['of all kinds']);

  test('forged first requests cause few fetches and do not block a good token', async () => {
    const server = await keyServer(json(published(old)));
    const verifier = verifierOf(server);

    const refused = tokens.map((token) => outcomeOf(verifier, token));
    expect(await outcomeOf(verifier, tokenOf(old))).toBe('accepted');
    expect((await Promise.all(refused)).every(isRefusal)).toBe(true);
    expect(server.requests.length).toBeLessThanOrEqual(4);
  });

  test('forged tokens do not delay tokens of known keys', async () => {
    const server = await keyServer(json(published(old)));
    const verifier = verifierOf(server);
    await verifier.ready();
    const refused = tokens.map((token) => outcomeOf(verifier, token));

    expect(ask(verifier, tokenOf(old))).not.toBeInstanceOf(Promise);
    await Promise.all(refused);
    expect(ask(verifier, tokenOf(old))).not.toBeInstanceOf(Promise);
  });

  test('forged tokens cause one fetch while the endpoint is down', async () => {
    const server = await keyServer(json(published(old)));
    const verifier = verifierOf(server);
    await verifier.ready();
    server.answer = down;

    await Promise.all(tokens.map((token) => outcomeOf(verifier, token)));
    for (const token of tokens.slice(0, 50)) await outcomeOf(verifier, token);
    expect(server.requests).toHaveLength(2);
    expect(ask(verifier, tokenOf(old))).toMatchObject({ header: { kid: 'old' } });
  });
});

test('follows a rotation under the same kid during a flood of forged tokens', async () => {
  const issuer = testIssuer();
  const server = await keyServer(issuer.keyEndpoint);
  const clock = new MovableClock(Date.now());
  const verifier = jwtVerifier({ ...ociDomain({ url: server.url, tenant: issuer.tenant }), clock });
  const genuine = issuer.token();
  expect(await outcomeOf(verifier, genuine)).toBe('accepted');
  const [header, payload] = genuine.split('.');
  const forged = flood((i) => `${header}.${payload}.${Buffer.alloc(256, i).toString('base64url')}`);

  issuer.rotateKeys();
  const refused = forged.map((token) => outcomeOf(verifier, token));
  expect(await outcomeOf(verifier, issuer.token({}, { x5t: undefined, 'x5t#S256': undefined }))).toBe('accepted');
  // At first they name the certificate that is known, and are refused at once.
  expect(new Set(await Promise.all(refused))).toEqual(new Set(['signature_invalid']));
  expect(server.requests.length).toBeLessThanOrEqual(4);
});
