import { createHash, generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { setImmediate as pause } from 'node:timers/promises';

/**
 * An issuer whose tokens look like those of an OCI IAM domain: RS256 with a key of 2048 bits, some 1.2 KB. What the
 * measured processes get of it is plain data: `trust`.
 */

export const REQUIRED = 'urn:opc:resource:consumer:paas:analytics::read';
const SCOPE = `openid ${REQUIRED} urn:opc:resource:consumer:paas:stack::write`;
export const OTHER_SCOPE = 'openid urn:opc:resource:consumer:paas:stack::write';

const ISSUER = 'https://identity.oraclecloud.com/';
const AUDIENCE = 'https://reports.example';
const CLIENTS = 100;
const AT_ONCE = 100;

/** For keys of `RS256`, or of `ES256`, which signs so much faster that 100,000 tokens are available. */
export function issuer(algorithm = 'RS256') {
  const { privateKey, publicKey } = generateKeys(algorithm);
  const certificate = createHash('sha256').update(publicKey.export({ type: 'spki', format: 'der' }));
  const kid = 'bench';
  const header = { alg: algorithm, typ: 'JWT', kid, 'x5t#S256': certificate.digest('base64url') };
  const encodedHeader = encoded(header);
  const clients = Array.from({ length: CLIENTS }, () => randomUUID());
  let signed = 0;

  function token(claims = {}) {
    const now = Math.floor(Date.now() / 1000);
    const client = clients[signed++ % CLIENTS];
    const input = `${encodedHeader}.${encoded({ ...toClaims(client, now), ...claims })}`;
    const key = { key: privateKey, dsaEncoding: 'ieee-p1363' };
    return `${input}.${sign('sha256', Buffer.from(input), key).toString('base64url')}`;
  }

  return {
    token,
    expired: () => token({ iat: Math.floor(Date.now() / 1000) - 7200, exp: Math.floor(Date.now() / 1000) - 3600 }),
    async tokens(number) {
      const made = [];
      while (made.length < number) {
        for (let i = 0; i < AT_ONCE && made.length < number; i++) made.push(token());
        await pause();
      }
      return made;
    },
    /** What a resource server knows of the issuer. */
    trust: {
      issuer: ISSUER,
      audience: AUDIENCE,
      required: REQUIRED,
      algorithm,
      jwks: { keys: [{ ...publicKey.export({ format: 'jwk' }), alg: algorithm, use: 'sig', ...named(header) }] },
      publicKey: publicKey.export({ type: 'spki', format: 'pem' }),
      clients,
    },
  };
}

function generateKeys(algorithm) {
  if (algorithm === 'RS256') return generateKeyPairSync('rsa', { modulusLength: 2048 });
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

function named({ kid, 'x5t#S256': x5tS256 }) {
  return { kid, 'x5t#S256': x5tS256 };
}

function encoded(value) {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function toClaims(client, now) {
  return {
    sub: client,
    iss: ISSUER,
    tok_type: 'AT',
    client_id: client,
    client_name: 'Reporting of the analytics department',
    sub_type: 'client',
    scope: SCOPE,
    client_tenantname: 'idcs-0a1b2c3d4e5f60718293a4b5c6d7e8f9',
    region_name: 'eu-frankfurt-idcs-1',
    aud: [AUDIENCE],
    tenant: 'idcs-0a1b2c3d4e5f60718293a4b5c6d7e8f9',
    gtp: 'cc',
    jti: randomUUID().replaceAll('-', ''),
    iat: now,
    exp: now + 7200,
  };
}
