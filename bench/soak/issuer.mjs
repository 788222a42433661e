import { createHmac, createPrivateKey, generateKeyPair, randomUUID, sign as signWith } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { promisify } from 'node:util';

/** The issuer of the run: rotating keys, its key endpoint, and valid and invalid tokens of every kind. */

export const ISSUER = 'https://identity.oraclecloud.com/';
export const AUDIENCE = 'https://reports.example';

const PARAMETERS = { RS256: ['rsa', { modulusLength: 2048 }], ES256: ['ec', { namedCurve: 'P-256' }] };

/** A new key as plain data: what is published of it, and what signs. */
export async function newKey(alg) {
  const { privateKey, publicKey } = await promisify(generateKeyPair)(...PARAMETERS[alg]);
  const kid = randomUUID();
  return {
    kid,
    alg,
    privatePem: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    publicPem: publicKey.export({ type: 'spki', format: 'pem' }),
    jwk: { ...publicKey.export({ format: 'jwk' }), kid, alg, use: 'sig' },
  };
}

/** The key endpoint, on a port of the loopback address. `publish` replaces the key set from one request to the next. */
export async function startKeyEndpoint() {
  let body = '{"keys":[]}';
  let fetches = 0;
  const server = createServer((_req, res) => {
    fetches++;
    res.setHeader('Content-Type', 'application/json');
    res.end(body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${server.address().port}/keys`,
    publish(keys) {
      body = JSON.stringify({ keys: keys.map(({ jwk }) => jwk) });
    },
    fetches: () => fetches,
    stop: () => server.close().closeAllConnections(),
  };
}

/** What signs with a key that came as plain data. */
export function toSigner({ kid, alg, privatePem, publicPem }) {
  const key = { key: createPrivateKey(privatePem), dsaEncoding: 'ieee-p1363' };
  const signature = (input) => signWith('sha256', Buffer.from(input), key).toString('base64url');
  const token = (claims, header = {}) => {
    const input = `${encoded({ alg, kid, typ: 'JWT', ...header })}.${encoded(claims)}`;
    return `${input}.${signature(input)}`;
  };
  return {
    kid,
    token,
    /** Invalid tokens by name, made from claims that would be valid. */
    bad: {
      expired: (claims) => token({ ...claims, iat: claims.iat - 7200, exp: claims.iat - 3600 }),
      'not yet valid': (claims) => token({ ...claims, nbf: claims.iat + 3600 }),
      'another audience': (claims) => token({ ...claims, aud: 'https://bills.example' }),
      'another issuer': (claims) => token({ ...claims, iss: 'https://identity.oraclecloud.com' }),
      'altered claims': (claims) => {
        const [head, , tail] = token(claims).split('.');
        return `${head}.${encoded({ ...claims, scope: `${claims.scope} more` })}.${tail}`;
      },
      'altered signature': (claims) => {
        const good = token(claims);
        const at = good.length - 20;
        return `${good.slice(0, at)}${good[at] === 'A' ? 'B' : 'A'}${good.slice(at + 1)}`;
      },
      'alg none': (claims) => `${encoded({ alg: 'none', typ: 'JWT' })}.${encoded(claims)}.`,
      'the public key as HMAC secret': (claims) => {
        const input = `${encoded({ alg: 'HS256', kid, typ: 'JWT' })}.${encoded(claims)}`;
        return `${input}.${createHmac('sha256', publicPem).update(input).digest('base64url')}`;
      },
    },
    /** Waits for a fetch of the keys before it is refused. */
    ofUnknownKey: (claims) => token(claims, { kid: randomUUID() }),
  };
}

function encoded(value) {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** The claims of a valid token, issued now, for ten minutes. */
export function toClaims(clientId, scope, more = {}) {
  const iat = Math.floor(Date.now() / 1000);
  return {
    iss: ISSUER,
    aud: [AUDIENCE],
    tok_type: 'AT',
    sub: clientId,
    client_id: clientId,
    scope,
    jti: randomUUID(),
    iat,
    exp: iat + 600,
    ...more,
  };
}
