import { createPublicKey } from 'node:crypto';
import { createLocalJWKSet, jwtVerify } from 'jose';
import jwt from 'jsonwebtoken';
import { awsVerifier, fastVerifier } from './guards.mjs';

/** One function of a token for each library: it throws, or rejects, unless signature, issuer, audience and times are valid. */
export async function verifiers(trust) {
  const { issuer, audience, algorithm, jwks } = trust;
  const key = createPublicKey(trust.publicKey);
  const aws = await awsVerifier(trust);
  const keys = createLocalJWKSet(jwks);
  return {
    'fast-jwt': await fastVerifier(trust, false),
    jsonwebtoken: (token) => jwt.verify(token, key, { issuer, audience, algorithms: [algorithm] }),
    'aws-jwt-verify': (token) => aws.verifySync(token),
    jose: (token) => jwtVerify(token, keys, { issuer, audience, algorithms: [algorithm] }),
  };
}
