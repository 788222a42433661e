import { createHash, randomUUID } from 'node:crypto';
import { type CryptoKey, calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';

/** What a DPoP proof is for, and what a test makes of it; `undefined` leaves a member out. */
export interface ProofOf {
  readonly token: string;
  readonly url: string;
  readonly method?: string;
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, unknown>>;
  readonly signWith?: CryptoKey | Uint8Array;
}

/** A client with a key of its own (RFC 9449 §4.2). */
export interface DpopClient {
  readonly jkt: string;
  readonly jwk: JWK;
  readonly privateKey: CryptoKey;
  proof(of: ProofOf): Promise<string>;
}

export async function dpopClient(alg = 'ES256'): Promise<DpopClient> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  const jwk = await exportJWK(publicKey);
  return {
    jkt: await calculateJwkThumbprint(jwk),
    jwk,
    privateKey,
    proof({ token, url, method = 'GET', claims = {}, header = {}, signWith = privateKey }) {
      const payload = {
        jti: randomUUID(),
        htm: method,
        htu: url,
        iat: Math.floor(Date.now() / 1000),
        ath: sha256(token),
        ...claims,
      };
      return new SignJWT(present(payload))
        .setProtectedHeader({ alg, ...present({ typ: 'dpop+jwt', jwk, ...header }) })
        .sign(signWith);
    },
  };
}

export function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('base64url');
}

function present(members: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}

/** A certificate as a TLS layer gives it: its bytes, which nobody here takes apart, and the same as PEM. */
export function certificate(bytes: string) {
  const der = Buffer.from(bytes);
  const lines = der.toString('base64').replace(/.{64}/g, '$&\n');
  return { der, pem: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`, thumbprint: sha256(der) };
}
