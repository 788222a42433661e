import {
  constants,
  createHash,
  generateKeyPairSync,
  type KeyObject,
  type KeyPairKeyObjectResult,
  randomUUID,
  sign,
} from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { FLAG, isText, type OptionRules, readOptions, toList } from '../options.js';
import { ACCOUNT_AUDIENCE } from '../scope/grammar.js';

export interface TestIssuerOptions {
  /** The domain's address. Default `https://idcs-test.identity.example`. */
  readonly url?: string | undefined;
  /** The tenant that its tokens name. Default `idcs-test`. */
  readonly tenant?: string | undefined;
  /** The `iss` of its tokens. Default `https://identity.oraclecloud.com/`, as every OCI IAM domain has it. */
  readonly issuer?: string | undefined;
  /** The `aud` of its tokens. Default `urn:opc:resource:scope:account`. */
  readonly audience?: string | readonly string[] | undefined;
}

/** The claims of one token, over the issuer's defaults; `undefined` leaves a claim out. Times in seconds. */
export interface TestClaims {
  readonly scope?: string | readonly string[] | null | undefined;
  readonly [claim: string]: unknown;
}

/** A public key as a domain publishes it (RFC 7517 §4). */
export interface TestJwk {
  readonly kid: string;
  readonly alg: string;
  readonly [member: string]: unknown;
}

/** An OCI IAM identity domain in memory, with real keys. */
export interface TestIssuer {
  readonly url: string;
  readonly tenant: string;
  readonly issuer: string;
  /** Where its keys are, as `ociDomain()` asks for them. */
  readonly jwksUri: string;
  /** An access token as a real domain issues it: RS256, `kid` of `SIGNING_KEY`, no `typ`, valid for an hour. */
  token(claims?: TestClaims, header?: Readonly<Record<string, unknown>>): string;
  /** The same, expired an hour ago. */
  expiredToken(claims?: TestClaims, header?: Readonly<Record<string, unknown>>): string;
  /** The published keys, newest first: a JSON Web Key Set with the `kid` and `key_ops` of a real domain. */
  jwks(): { keys: TestJwk[] };
  /** Replaces the signing key; `keepOld` keeps publishing the former ones. */
  rotateKeys(options?: { keepOld?: boolean }): void;
  /** A `fetch` that responds at {@link TestIssuer.jwksUri} without a network: give it to `jwtVerifier`. */
  readonly fetch: (url: string, init?: RequestInit) => Promise<Response>;
  /** The key endpoint as a request handler, for a real server or an Express route. */
  readonly keyEndpoint: (req: IncomingMessage, res: ServerResponse) => void;
}

/**
 * Makes an issuer for tests: the gate under test verifies its tokens as it verifies a real domain's; no check is
 * switched off.
 *
 * ```ts
 * const issuer = testIssuer();
 * const verifier = jwtVerifier({ ...ociDomain({ url: issuer.url, tenant: issuer.tenant }), fetch: issuer.fetch });
 * const token = issuer.token({ scope: 'urn:opc:resource:consumer:paas::read' });
 * ```
 *
 * @throws {TypeError} for wrong or unknown options
 */
export function testIssuer(options: TestIssuerOptions = {}): TestIssuer {
  return createTestIssuer(options, generateKeyPair());
}

/** {@link testIssuer} with a given first key: generating one takes long. */
export function createTestIssuer(options: TestIssuerOptions, firstPair: KeyPairKeyObjectResult): TestIssuer {
  const { url, tenant, issuer, audience } = readOptions('testIssuer()', options, OPTIONS);
  const jwksUri = new URL(`${url.replace(/\/+$/, '')}/admin/v1/SigningCert/jwk`).href;
  let keys = [createSigningKey(firstPair)];

  function token(claims: TestClaims = {}, header: Readonly<Record<string, unknown>> = {}): string {
    const key = keys[0] as SigningKey;
    const now = Math.floor(Date.now() / 1000);
    const payload = { ...createClaims({ tenant, issuer, audience, now }), ...claims };
    const { kid, x5t } = key.jwk;
    return signJwt({ alg: 'RS256', kid, x5t, 'x5t#S256': key.jwk['x5t#S256'], ...header }, payload, key.privateKey);
  }

  return {
    url,
    tenant,
    issuer,
    jwksUri,
    token,
    expiredToken(claims = {}, header = {}) {
      const now = Math.floor(Date.now() / 1000);
      return token({ iat: now - 7200, exp: now - 3600, ...claims }, header);
    },
    jwks: () => ({ keys: keys.map(({ jwk }) => ({ ...jwk })) }),
    rotateKeys(options = {}) {
      const { keepOld } = readOptions('rotateKeys()', options, { keepOld: FLAG });
      keys = [createSigningKey(generateKeyPair()), ...(keepOld ? keys : [])];
    },
    async fetch(address) {
      if (new URL(address).href !== jwksUri) return new Response('', { status: 404 });
      return Response.json({ keys: keys.map(({ jwk }) => jwk) });
    },
    keyEndpoint(_req, res) {
      res.setHeader('Content-Type', 'application/json');
      res.end(JSON.stringify({ keys: keys.map(({ jwk }) => jwk) }));
    },
  };
}

const OPTIONS = {
  url: [
    (value: unknown) => isText(value) && URL.canParse(value),
    'an absolute address',
    'https://idcs-test.identity.example',
  ],
  tenant: [isText, 'a string', 'idcs-test'],
  issuer: [isText, 'a string', 'https://identity.oraclecloud.com/'],
  audience: [areAudiences, 'a string or a list of strings', ACCOUNT_AUDIENCE],
} as const satisfies OptionRules<TestIssuerOptions>;

function areAudiences(value: unknown): boolean {
  return toList(value).every(isText);
}

interface SigningKey {
  readonly privateKey: KeyObject;
  readonly jwk: TestJwk;
}

function generateKeyPair(): KeyPairKeyObjectResult {
  return generateKeyPairSync('rsa', { modulusLength: 2048 });
}

function createSigningKey({ privateKey, publicKey }: KeyPairKeyObjectResult): SigningKey {
  const der = publicKey.export({ type: 'spki', format: 'der' });
  return {
    privateKey,
    jwk: {
      ...publicKey.export({ format: 'jwk' }),
      kid: 'SIGNING_KEY',
      alg: 'RS256',
      use: 'sig',
      key_ops: ['encrypt', 'sign'],
      // Labels that distinguish keys with one kid; they belong to no certificate.
      x5t: createHash('sha1').update(der).digest('base64url'),
      'x5t#S256': createHash('sha256').update(der).digest('base64url'),
    },
  };
}

interface Defaults {
  readonly tenant: string;
  readonly issuer: string;
  readonly audience: string | readonly string[];
  readonly now: number;
}

/** The claims of a token that a domain issues for client credentials. */
function createClaims({ tenant, issuer, audience, now }: Defaults): Record<string, unknown> {
  const client = 'test-client';
  return {
    sub: client,
    iss: issuer,
    tok_type: 'AT',
    client_id: client,
    client_name: 'Test client',
    sub_type: 'client',
    aud: audience,
    tenant,
    client_tenantname: tenant,
    gtp: 'cc',
    jti: randomUUID(),
    iat: now,
    exp: now + 3600,
  };
}

/** A JWS in compact form (RFC 7515 §7.1); JSON leaves out what is undefined. */
function signJwt(header: Readonly<Record<string, unknown>>, payload: object, privateKey: KeyObject): string {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const input = `${encode(header)}.${encode(payload)}`;
  return `${input}.${signRsa(String(header.alg), input, privateKey).toString('base64url')}`;
}

/** RFC 7518 §3.3 and §3.5. Under the name of an algorithm that RSA keys have none of, an RS256 signature. */
function signRsa(alg: string, input: string, key: KeyObject): Buffer {
  const [, family = 'RS', bits = '256'] = /^(RS|PS)(256|384|512)$/.exec(alg) ?? [];
  const padding = family === 'PS' ? constants.RSA_PKCS1_PSS_PADDING : constants.RSA_PKCS1_PADDING;
  return sign(`sha${bits}`, Buffer.from(input), { key, padding, saltLength: constants.RSA_PSS_SALTLEN_DIGEST });
}
