import { constants, createHmac, generateKeyPairSync, type JsonWebKey, type KeyObject, sign } from 'node:crypto';
import type { Clock } from '../../lib/clock.js';
import type { JwtPayload } from '../../lib/token/access-token.js';
import { isRejection, type TokenVerifier, type Verdict } from '../../lib/token/verifier.js';

/** What a part of a token holds: JSON text or bytes as they stand, or a value to be written as JSON. */
export type Content = string | Uint8Array | object;

/** Whatever puts a signature under bytes. */
export interface Signer {
  sign(data: Buffer): Buffer;
}

export interface SigningKey extends Signer {
  readonly alg: string;
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** The public key as an issuer publishes it. */
  readonly jwk: JsonWebKey;
}

/** The time of the tests, in seconds. */
export const NOW = 1_790_000_000;
export const ISSUER = 'https://issuer.example/';
export const AUDIENCE = 'https://api.example';

/** A clock that stands still, at `seconds`. */
export function clockAt(seconds: number): Clock {
  return { now: () => seconds * 1000, monotonic: () => 0 };
}

/** The claims of a good access token; `undefined` leaves one out. */
export function claims(over: Readonly<Record<string, unknown>> = {}): JwtPayload & Record<string, unknown> {
  const good = { iss: ISSUER, aud: AUDIENCE, sub: 'alice', client_id: 'reports', scope: 'read', jti: 'one' };
  return { ...good, iat: NOW - 60, exp: NOW + 3600, ...over };
}

/**
 * Signs anything: bad JSON, repeated members, a header that contradicts the key. Libraries that sign tokens refuse to
 * make the ones that a verifier has to refuse.
 */
export function forge(header: Content, payload: Content, signer: Signer): string {
  return resign([part(header), part(payload)], signer);
}

/** A signature under parts that are encoded already, well or badly. */
export function resign(parts: readonly string[], signer: Signer): string {
  const signingInput = parts.slice(0, 2).join('.');
  return `${signingInput}.${signer.sign(Buffer.from(signingInput, 'utf8')).toString('base64url')}`;
}

export function part(content: Content): string {
  const bytes = content instanceof Uint8Array || typeof content === 'string' ? content : JSON.stringify(content);
  return Buffer.from(bytes as string).toString('base64url');
}

const PSS = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };

interface Kind {
  readonly make: () => KeyPair;
  readonly digest: string | null;
  readonly parameters: object;
}

const ecdsa = (namedCurve: string, digest: string): Kind => ({
  make: () => generateKeyPairSync('ec', { namedCurve }),
  digest,
  parameters: { dsaEncoding: 'ieee-p1363' },
});

const KINDS: Readonly<Record<string, Kind>> = {
  RS256: { make: rsa, digest: 'sha256', parameters: {} },
  RS384: { make: rsa, digest: 'sha384', parameters: {} },
  RS512: { make: rsa, digest: 'sha512', parameters: {} },
  PS256: { make: rsa, digest: 'sha256', parameters: PSS },
  PS384: { make: rsa, digest: 'sha384', parameters: PSS },
  PS512: { make: rsa, digest: 'sha512', parameters: PSS },
  ES256: ecdsa('P-256', 'sha256'),
  ES384: ecdsa('P-384', 'sha384'),
  ES512: ecdsa('P-521', 'sha512'),
  EdDSA: { make: () => generateKeyPairSync('ed25519'), digest: null, parameters: {} },
};

interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/** A key of its own, so that suites can compare several. */
function rsa(): KeyPair {
  return generateKeyPairSync('rsa', { modulusLength: 2048 });
}

/** A new key, or that of `pair`, for one algorithm. */
export function signingKey(alg: keyof typeof KINDS, kid: string, pair?: KeyPair): SigningKey {
  const kind = KINDS[alg];
  if (kind === undefined) throw new TypeError(`No test key for ${alg}.`);
  const { privateKey, publicKey } = pair ?? kind.make();
  return {
    alg,
    kid,
    privateKey,
    publicKey,
    jwk: { ...publicKey.export({ format: 'jwk' }), kid, alg, use: 'sig' },
    sign: (data) => sign(kind.digest, data, { ...kind.parameters, key: privateKey }),
  };
}

/** Signs with HMAC, as for "HS256". */
export function hmac(secret: string | Uint8Array): Signer {
  return { sign: (data) => createHmac('sha256', secret).update(data).digest() };
}

/** A `fetch` that answers with keys, and the addresses that it was asked for. */
export function keyEndpoint(...keys: readonly SigningKey[]) {
  const asked: string[] = [];
  const fetch = async (url: string): Promise<Response> => {
    asked.push(url);
    return Response.json({ keys: keys.map(({ jwk }) => jwk) });
  };
  return { asked, fetch };
}

/** What a static verifier says, which needs no waiting. */
export function verdictOf(verifier: TokenVerifier, token: string): Verdict {
  const verdict = verifier.verify({ scheme: 'bearer', token });
  if (verdict instanceof Promise) throw new Error('The verifier waits for something.');
  return verdict;
}

/** The reason of a rejection, or `accepted`. */
export function reasonOf(verdict: Verdict): string {
  return isRejection(verdict) ? verdict.reason : 'accepted';
}

/** The sentence of a rejection, for operators. */
export function detailOf(verdict: { readonly detail?: () => string } | object | undefined): string {
  return (verdict as { detail?: () => string } | undefined)?.detail?.() ?? '';
}
