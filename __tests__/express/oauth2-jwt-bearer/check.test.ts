import { type CheckResult, createGate } from 'scopegate';
import { senderConstrainedVerifier } from 'scopegate/express-oauth2-jwt-bearer';
import { ANALYTICS, domainOptions, issuer, PAAS } from '../../http/fixtures/domain.js';
import { dpopClient } from './fixtures/proofs.js';

const gate = createGate({ verifier: senderConstrainedVerifier(domainOptions) });
const url = 'https://api.example/reports';
const shown = (result: CheckResult) => (result.ok ? result.auth.payload.client_id : result.refusal.reason);

/** What gate.check() says to a Fetch request with a token that is bound to the key of a client. */
async function check(change: { readonly url?: string; readonly proofs?: number; readonly scheme?: string } = {}) {
  const client = await dpopClient();
  const token = issuer.token({ scope: PAAS, cnf: { jkt: client.jkt } });
  const headers = new Headers({ Authorization: `${change.scheme ?? 'DPoP'} ${token}` });
  for (let i = 0; i < (change.proofs ?? 1); i++) headers.append('DPoP', await client.proof({ token, url }));
  const send = () => gate.check(new Request(change.url ?? url, { headers }), ANALYTICS);
  return [shown(await send()), shown(await send())];
}

test('gate.check() accepts the DPoP proof of a Fetch request once', async () => {
  expect(await check()).toEqual(['test-client', 'dpop_proof_invalid']);
});

test('gate.check() accepts the DPoP proof again of the very request that it came with', async () => {
  const client = await dpopClient();
  const token = issuer.token({ scope: PAAS, cnf: { jkt: client.jkt } });
  const headers = { Authorization: `DPoP ${token}`, DPoP: await client.proof({ token, url }) };
  const given = new Request(url, { headers });

  expect(shown(await gate.check(given))).toBe('test-client');
  expect(shown(await gate.check(given, ANALYTICS))).toBe('test-client');
  expect(shown(await gate.check(new Request(given), ANALYTICS))).toBe('dpop_proof_invalid');
  given.headers.set('DPoP', await client.proof({ token, url: 'https://api.example/orders' }));
  expect(shown(await gate.check(given, ANALYTICS))).toBe('dpop_proof_invalid');
});

test('gate.check() compares the target of a DPoP proof with the URL of a Fetch request', async () => {
  expect(await check({ url: `${url}?page=2` })).toEqual(['test-client', 'dpop_proof_invalid']);
  for (const other of ['https://api.example/orders', 'https://other.example/reports', 'http://api.example/reports']) {
    expect((await check({ url: other }))[0]).toBe('dpop_proof_invalid');
  }
});

test.each<[string, Parameters<typeof check>[0]]>([
  ['no proof', { proofs: 0 }],
  ['two proofs', { proofs: 2 }],
])('gate.check() refuses a bound token of a Fetch request with %s', async (_, change) => {
  expect((await check(change))[0]).toBe('dpop_proof_invalid');
});

test('gate.check() refuses a bound token of a Fetch request that comes with the scheme Bearer', async () => {
  expect((await check({ scheme: 'Bearer' }))[0]).toBe('sender_constrained');
});
