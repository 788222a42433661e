import { jwtVerifier, VerifierOutage } from 'scopegate';
import { keyServer } from '../support/key-server.js';
import { AUDIENCE, claims, forge, ISSUER, signingKey } from '../support/tokens.js';

test('a key endpoint that says nothing is an outage after its deadline', async () => {
  const server = await keyServer(() => undefined);
  const key = signingKey('EdDSA', 'one');
  const verifier = jwtVerifier({ issuer: ISSUER, audience: AUDIENCE, jwksUri: `${server.url}/jwks` });
  const now = Math.floor(Date.now() / 1000);
  const token = forge({ alg: 'EdDSA', kid: 'one' }, claims({ iat: now, exp: now + 600 }), key);

  await expect(verifier.verify({ scheme: 'bearer', token })).rejects.toBeInstanceOf(VerifierOutage);
});
