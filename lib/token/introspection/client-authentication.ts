import {
  createPrivateKey,
  type JsonWebKey,
  type JsonWebKeyInput,
  KeyObject,
  type KeyObject as PrivateKey,
  randomBytes,
  sign,
} from 'node:crypto';
import { insist, isText, type OptionRules, oneOf, optional, readOptions, TEXT } from '../../options.js';
import { ALGORITHMS, type Algorithm } from '../jwt/algorithms.js';

/** A client that authenticates with its secret (RFC 6749 §2.3.1). */
export interface IntrospectionClientSecret {
  readonly clientId: string;
  readonly clientSecret: string;
  /** Where the secret is sent: in the `Authorization` header, or in the body. Default `'client_secret_basic'`. */
  readonly method?: 'client_secret_basic' | 'client_secret_post' | undefined;
}

/** A client that authenticates with a signed assertion, `private_key_jwt` (RFC 7523 §2.2). */
export interface IntrospectionClientKey {
  readonly clientId: string;
  /** A private key: as a JWK with its members, as PEM text, or as a key of `node:crypto`. RSA, EC or Ed25519. */
  readonly privateKey: PrivateKey | string | Readonly<Record<string, unknown>>;
  /** Default: `RS256`, `PS256`, `ES256`, `ES384`, `ES512` or `EdDSA`, as the key needs; that of the JWK where it has one. */
  readonly algorithm?: string | undefined;
  /** The `kid` of the assertion. Default: that of the JWK. */
  readonly keyId?: string | undefined;
  /** The `aud` of the assertion. Default: `issuer` of the verifier, or the introspection endpoint where that is not given. */
  readonly assertionAudience?: string | undefined;
}

/** The credentials of one request to the endpoint: header fields, and parameters of the form. */
export interface RequestCredentials {
  readonly headers: Readonly<Record<string, string>>;
  readonly parameters: Readonly<Record<string, string>>;
}

/** Makes the credentials for a request at `now`, in milliseconds since the epoch. */
export type ClientAuthentication = (now: number) => RequestCredentials;

/** @throws {TypeError} where the credentials cannot be used */
export function clientAuthentication(
  creator: string,
  client: IntrospectionClientSecret | IntrospectionClientKey,
  audience: string,
): ClientAuthentication {
  insist(typeof client === 'object' && client !== null, creator, 'client', CREDENTIALS, client);
  if ('clientSecret' in client && 'privateKey' in client) {
    throw new TypeError(`${creator}: "client" takes "clientSecret" or "privateKey", not both.`);
  }
  if ('clientSecret' in client) return authenticateWithSecret(creator, client);
  insist('privateKey' in client, creator, 'client', CREDENTIALS, client);
  return authenticateWithKey(creator, client, audience);
}

const CREDENTIALS = '{ clientId, clientSecret } or { clientId, privateKey }';

const SECRET_OPTIONS = {
  clientId: TEXT,
  clientSecret: TEXT,
  method: oneOf('client_secret_basic', 'client_secret_post'),
} as const satisfies OptionRules<IntrospectionClientSecret>;

const KEY_OPTIONS = {
  clientId: TEXT,
  privateKey: true,
  algorithm: true,
  keyId: true,
  assertionAudience: optional(TEXT),
} as const satisfies OptionRules<IntrospectionClientKey>;

function authenticateWithSecret(creator: string, client: IntrospectionClientSecret): ClientAuthentication {
  const { clientId, clientSecret, method } = readOptions(creator, client, SECRET_OPTIONS, {}, 'client');
  const basic = Buffer.from(`${encodeForm(clientId)}:${encodeForm(clientSecret)}`).toString('base64');
  const credentials: RequestCredentials =
    method === 'client_secret_basic'
      ? { headers: { authorization: `Basic ${basic}` }, parameters: {} }
      : { headers: {}, parameters: { client_id: clientId, client_secret: clientSecret } };
  return () => credentials;
}

/** application/x-www-form-urlencoded, before HTTP Basic (RFC 6749 §2.3.1) */
function encodeForm(text: string): string {
  return new URLSearchParams([['', text]]).toString().slice(1);
}

/** Seconds for which an assertion is good. Each request has a new one, with a `jti` of its own. */
const ASSERTION_LIFETIME = 60;

function authenticateWithKey(creator: string, client: IntrospectionClientKey, audience: string): ClientAuthentication {
  const checked = readOptions(creator, client, KEY_OPTIONS, {}, 'client');
  const { clientId, privateKey, assertionAudience = audience } = checked;
  const key = importKey(creator, privateKey);
  const { alg: jwkAlgorithm, kid: jwkKeyId } = (typeof privateKey === 'object' ? privateKey : {}) as JsonWebKey;
  const alg = client.algorithm ?? jwkAlgorithm ?? defaultAlgorithm(key);
  const algorithm = findAlgorithm(creator, alg, key);
  const kid = client.keyId ?? jwkKeyId;
  insist(kid === undefined || isText(kid), creator, 'client.keyId', 'a string', kid);
  const header = encode({ alg, typ: 'JWT', kid });
  return (now) => {
    const seconds = Math.floor(now / 1000);
    const jti = randomBytes(16).toString('base64url');
    const claims = { iss: clientId, sub: clientId, aud: assertionAudience, jti };
    const input = `${header}.${encode({ ...claims, iat: seconds, exp: seconds + ASSERTION_LIFETIME })}`;
    const signature = sign(algorithm.digest, Buffer.from(input), { ...algorithm.parameters, key });
    const assertion = `${input}.${signature.toString('base64url')}`;
    return {
      headers: {},
      parameters: { client_id: clientId, client_assertion_type: TYPE, client_assertion: assertion },
    };
  };
}

const TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}

/** The message of the error that Node throws may quote the key. */
function importKey(creator: string, given: unknown): KeyObject {
  const expectation = 'a private key: a JWK, PEM text, or a key of node:crypto';
  let key: KeyObject | undefined;
  try {
    if (given instanceof KeyObject) key = given;
    else if (typeof given === 'string') key = createPrivateKey(given);
    else key = createPrivateKey({ key: given, format: 'jwk' } as JsonWebKeyInput);
  } catch {
    // described below, without the key
  }
  insist(key?.type === 'private', creator, 'client.privateKey', expectation, given);
  return key;
}

/** The first algorithm of the table that fits the key; of RSA keys, the one that every server knows. */
function defaultAlgorithm(key: KeyObject): string | undefined {
  return [...ALGORITHMS].find(([, algorithm]) => isFor(algorithm, key))?.[0];
}

function findAlgorithm(creator: string, alg: unknown, key: KeyObject): Algorithm {
  const algorithm = ALGORITHMS.get(alg as string);
  const isUsable = algorithm !== undefined && isFor(algorithm, key);
  insist(isUsable, creator, 'client.algorithm', 'an asymmetric algorithm (RFC 7518 §3.1) that fits the key', alg);
  return algorithm;
}

/** The shortest RSA key (RFC 7518 §3.3). */
const MIN_RSA_BITS = 2048;

const CURVES: Readonly<Record<string, string>> = { prime256v1: 'P-256', secp384r1: 'P-384', secp521r1: 'P-521' };

function isFor(
  { keyType, curve, parameters }: Algorithm,
  { asymmetricKeyType, asymmetricKeyDetails }: KeyObject,
): boolean {
  const { namedCurve = '', modulusLength = 0 } = asymmetricKeyDetails ?? {};
  if (asymmetricKeyType === 'rsa') return keyType === 'RSA' && modulusLength >= MIN_RSA_BITS;
  if (asymmetricKeyType === 'rsa-pss') {
    return keyType === 'RSA' && parameters.padding !== undefined && modulusLength >= MIN_RSA_BITS;
  }
  if (asymmetricKeyType === 'ec') return keyType === 'EC' && curve === CURVES[namedCurve];
  return keyType === 'OKP' && asymmetricKeyType === 'ed25519' && curve !== 'Ed448';
}
