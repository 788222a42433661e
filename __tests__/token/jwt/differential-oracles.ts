import * as jose from 'jose';
import jsonwebtoken from 'jsonwebtoken';
import { ACCOUNT_AUDIENCE } from '../../../lib/scope/grammar.js';
import { accountAudience } from '../../../lib/token/audience.js';
import { jwtVerifier } from '../../../lib/token/jwt/jwt-verifier.js';
import { ISSUER, NOW, reasonOf, type SigningKey, signingKey, verdictOf } from '../../support/tokens.js';

/** What scopegate and the two libraries that it is held against say of one token. */
export interface Judgements {
  /** `accepted`, or the reason of the refusal. */
  readonly scopegate: string;
  readonly jose: boolean;
  /** `undefined` for what it does not know: EdDSA. */
  readonly jsonwebtoken: boolean | undefined;
}

export const TENANT = 'idcs-1';
export const ALGORITHMS = [
  ...(['RS256', 'RS384', 'RS512'] as const),
  ...(['PS256', 'PS384', 'PS512'] as const),
  ...(['ES256', 'ES384', 'ES512'] as const),
  'EdDSA',
] as const;
export type Alg = (typeof ALGORITHMS)[number];

/** One key for each algorithm, its `kid` the algorithm's name. */
export const keys = Object.fromEntries(ALGORITHMS.map((alg) => [alg, signingKey(alg, alg)])) as Record<Alg, SigningKey>;

// The RSA key for RS256 is published without "alg": jose and jsonwebtoken then take it for the other five as well.
const jwks = { keys: ALGORITHMS.map((alg) => ({ ...keys[alg].jwk, alg: alg === 'RS256' ? undefined : alg })) };

const clockTolerance = 5;

let time = NOW;

const verifier = jwtVerifier({
  issuer: ISSUER,
  audience: accountAudience({ tenant: TENANT }),
  algorithms: ALGORITHMS,
  clockTolerance,
  futureTolerance: clockTolerance, // jose and jsonwebtoken have one tolerance for all times
  clock: { now: () => time * 1000, monotonic: () => 0 },
  jwks,
});

/** @param now seconds; the libraries round them down, as jsonwebtoken does with the system's clock */
export async function judge(token: string, now = NOW): Promise<Judgements> {
  time = now;
  return {
    scopegate: reasonOf(verdictOf(verifier, token)),
    jose: await joseAccepts(token, { ...joseOptions, currentDate: new Date(now * 1000) }),
    jsonwebtoken: jsonwebtokenAccepts(token, Math.floor(now)),
  };
}

const joseKeys = jose.createLocalJWKSet(JSON.parse(JSON.stringify(jwks)));
const joseOptions: jose.JWTVerifyOptions = {
  issuer: ISSUER,
  audience: ACCOUNT_AUDIENCE,
  algorithms: [...ALGORITHMS],
  clockTolerance,
};

async function joseAccepts(token: string, options: jose.JWTVerifyOptions): Promise<boolean> {
  try {
    await jose.jwtVerify(token, joseKeys, options);
    return true;
  } catch (error) {
    if (!(error instanceof jose.errors.JWKSMultipleMatchingKeys)) return false;
    // No "kid", and several keys that fit: as jose's documentation has it, each is tried.
    for await (const key of error) {
      const accepted = await jose.jwtVerify(token, key, options).catch(() => undefined);
      if (accepted !== undefined) return true;
    }
    return false;
  }
}

function jsonwebtokenAccepts(token: string, clockTimestamp: number): boolean | undefined {
  const header = jsonwebtokenHeader(token);
  if (header?.alg === 'EdDSA') return undefined;
  const fitting = ALGORITHMS.filter((alg) => header?.kid === undefined || header.kid === alg);
  return fitting.some((alg) => {
    try {
      jsonwebtoken.verify(token, keys[alg].publicKey, {
        issuer: ISSUER,
        audience: ACCOUNT_AUDIENCE,
        algorithms: ALGORITHMS.filter((known) => known !== 'EdDSA'),
        clockTolerance,
        clockTimestamp,
      });
      return true;
    } catch {
      return false;
    }
  });
}

function jsonwebtokenHeader(token: string): jsonwebtoken.JwtHeader | undefined {
  try {
    return jsonwebtoken.decode(token, { complete: true })?.header;
  } catch {
    return undefined;
  }
}

/** Signs as an application would, by one of the libraries. */
export async function signBy(
  library: 'jose' | 'jsonwebtoken',
  alg: Alg,
  header: Readonly<Record<string, unknown>>,
  payload: Readonly<Record<string, unknown>>,
): Promise<string> {
  const { privateKey } = keys[alg];
  if (library === 'jose' || alg === 'EdDSA') {
    return await new jose.SignJWT(payload).setProtectedHeader({ ...header, alg }).sign(privateKey);
  }
  const joseHeader = { typ: undefined, ...header, alg } as unknown as jsonwebtoken.JwtHeader;
  return jsonwebtoken.sign(payload, privateKey, { algorithm: alg, header: joseHeader, noTimestamp: true });
}
