import crypto from 'node:crypto';
import { jwtVerifier } from 'scopegate';
import { senderConstrainedVerifier } from 'scopegate/express-oauth2-jwt-bearer';
import { domainOptions, issuer, PAAS, STACK } from './fixtures/domain.js';
import { liveGate } from './fixtures/live-gate.js';

// The signature of a token that is known is not checked again. All the rest is.

const checks = jest.spyOn(crypto, 'verify');

const verifiers = {
  jwtVerifier: () => jwtVerifier(domainOptions),
  senderConstrainedVerifier: () => senderConstrainedVerifier(domainOptions),
};

describe.each(Object.entries(verifiers))('%s', (_, make) => {
  /** A gate with live grants on a real store, which knows the token that is sent to it. */
  async function knownAt(scope = PAAS) {
    const made = await liveGate({ verifier: make() });
    await made.grant(PAAS, STACK);
    const iat = Math.floor(Date.now() / 1000) - 60;
    const claims = { scope, iat, exp: iat + 3600, jti: 'one' };
    const send = () => made.send('/require', claims);
    for (let i = 0; i < 2; i++) await send();
    checks.mockClear();
    return { ...made, send };
  }

  test('permits a cached token only what its scopes cover', async () => {
    expect((await (await knownAt(PAAS)).send()).status).toBe(200);
    expect((await (await knownAt(STACK)).send()).status).toBe(403);
    expect(checks).not.toHaveBeenCalled();
  });

  test('applies revoked and restored grants to a cached token', async () => {
    const { grant, send } = await knownAt();
    expect((await send()).status).toBe(200);
    await grant(STACK);
    expect((await send()).status).toBe(403);
    await grant();
    expect((await send()).status).toBe(401);
    await grant(PAAS);
    expect((await send()).status).toBe(200);
    expect(checks).not.toHaveBeenCalled();
  });

  test('refuses a cached token after its application is disabled', async () => {
    const { enable, send } = await knownAt();
    await enable(false);
    expect((await send()).status).toBe(401);
  });
});

describe('proofs for cached tokens', () => {
  const sent = (verifier: ReturnType<typeof senderConstrainedVerifier>, token: string) =>
    verifier.verify({ scheme: 'bearer', token }, { headers: {}, originalUrl: '/', method: 'GET' });

  test('does not cache a bound token and verifies it each time', async () => {
    const verifier = senderConstrainedVerifier(domainOptions);
    const token = issuer.token({ cnf: { jkt: 'a' } });
    checks.mockClear();
    for (let i = 0; i < 4; i++) expect(await sent(verifier, token)).toMatchObject({ ok: false });
    expect(checks).toHaveBeenCalledTimes(4);
  });

  test('requires the proof each time although an unbound token is cached', async () => {
    const verifier = senderConstrainedVerifier({ ...domainOptions, dpop: { required: true } });
    const token = issuer.token();
    checks.mockClear();
    for (let i = 0; i < 4; i++) expect(await sent(verifier, token)).toMatchObject({ ok: false });
    expect(checks).toHaveBeenCalledTimes(2);
  });
});
