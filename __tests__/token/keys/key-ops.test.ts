import { jwtVerifier, ociDomain, type TokenVerifier } from 'scopegate';
import { testIssuer } from 'scopegate/testing';
import { json, keyServer } from '../../support/key-server.js';
import { signingKey } from '../../support/tokens.js';
import { MovableClock, outageOf, outcomeOf, tokenOf, verifierOf } from './fixtures/setting.js';

/** As domains of OCI IAM were seen to publish it, on keys that do sign. */
const OBSERVED = [
  ['encrypt', 'sign'],
  ['encrypt', 'verify'],
  ['sig', 'encrypt'],
];

const key = signingKey('RS256', 'SIGNING_KEY');
const issuer = testIssuer();
const [jwk] = issuer.jwks().keys;

function domain(url: string): TokenVerifier {
  return jwtVerifier(ociDomain({ url, tenant: issuer.tenant }));
}

test.each(OBSERVED)('ociDomain() uses a key with the key_ops %s and %s', async (...key_ops) => {
  const server = await keyServer(json({ keys: [{ ...jwk, key_ops }] }));

  expect(await outcomeOf(domain(server.url), issuer.token())).toBe('accepted');
  expect(server.requests[0]?.url).toBe('/admin/v1/SigningCert/jwk');
});

test('ociDomain() ignores a key with "use": "enc"', async () => {
  const server = await keyServer(json({ keys: [{ ...jwk, use: 'enc' }] }));

  expect(await outcomeOf(domain(server.url), issuer.token())).toBe('outage');
});

test.each([
  [['encrypt', 'sign'], 'outage'],
  [['sig', 'encrypt'], 'outage'],
  [[], 'outage'],
  [['encrypt', 'verify'], 'accepted'],
  [['verify'], 'accepted'],
  [undefined, 'accepted'],
])('7517-2: a key of another issuer with key_ops %j leads to %s', async (key_ops, outcome) => {
  const server = await keyServer(json({ keys: [{ ...key.jwk, key_ops }] }));

  expect(await outcomeOf(verifierOf(server), tokenOf(key))).toBe(outcome);
});

test('the outage that key_ops cause says how to ignore them, and ignoreKeyOps: true does', async () => {
  const server = await keyServer(json({ keys: [{ ...key.jwk, key_ops: ['encrypt', 'sign'] }] }));

  const outage = await outageOf(verifierOf(server).ready());
  expect(outage.message).toContain('for jwtVerifier() say ignoreKeyOps: true');
  const ignoring = verifierOf(server, { clock: new MovableClock(), ignoreKeyOps: true });
  expect(await outcomeOf(ignoring, tokenOf(key))).toBe('accepted');
});
