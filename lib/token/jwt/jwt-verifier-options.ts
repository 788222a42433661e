import { CLOCK, type Clock } from '../../clock.js';
import {
  FLAG,
  insist,
  insistThat,
  isListOf,
  isObject,
  isText,
  type OptionRules,
  quantity,
  readOptions,
  toList,
} from '../../options.js';
import { SCOPE_PREFIX } from '../../scope/requested-scope.js';
import { type Audience, type AudienceRule, toAudienceRule } from '../audience.js';
import type { TokenCacheBounds } from '../cache/token-cache.js';
import type { Fetch } from '../keys/bounded-fetch.js';
import type { KeyAuthorization } from '../keys/jwks-endpoint.js';
import type { JwksSource } from '../keys/jwks-source.js';
import { ALGORITHMS, DEFAULT_ALGORITHMS } from './algorithms.js';
import type { ClaimsPolicy, RequiredValue } from './claims.js';
import { DEFAULT_TYPES, type HeaderPolicy } from './header.js';
import { FETCH_OPTIONS, parseIssuerBaseUrl, parseKeySource } from './key-source.js';
import { AT_JWT, normalizeType } from './media-type.js';
import { parseScopesFrom, type ScopeReader, type ScopesFrom } from './scopes-from.js';
import { TIME_OPTIONS } from './times.js';
import type { TokenKindPolicy } from './token-kind.js';

/** Options of `jwtVerifier()`. Those that `express-oauth2-jwt-bearer` has as well have the same names. */
export interface JwtVerifierOptions {
  /**
   * The issuer, or several (a domain can change its issuer while the former one stays valid). Compared exactly. This or
   * `issuerBaseURL`.
   */
  readonly issuer?: string | readonly string[] | undefined;
  /**
   * The issuer, whose keys are discovered by OpenID Connect Discovery 1.0 or RFC 8414: `https`, or `http` on this machine.
   * The document must name this issuer, one trailing slash apart; `iss` must then be what the document names, exactly. The
   * document is fetched with the keys, at the first use or in `ready()`, within the same 5 s and 256 KiB. In place of
   * `issuer` and `jwksUri`.
   */
  readonly issuerBaseURL?: string | undefined;
  /** The `aud` of tokens for this resource server, or several: one match is enough. */
  readonly audience: Audience | readonly Audience[];
  /**
   * Claims that a token must have, each with one of these values, compared exactly: `{ azp: ['dashboard', 'cli'] }`. A claim
   * that is not a string does not match. Default none.
   */
  readonly requiredClaims?: Readonly<Record<string, string | readonly string[]>> | undefined;
  /**
   * Where the scopes are: a claim, a list of claims of which the first that is there counts, or a function of the verified
   * payload. A function must be synchronous and depend on the payload alone; where it throws, the request is an error of
   * the application (500). Default `['scope', 'scp']`.
   */
  readonly scopesFrom?: ScopesFrom | undefined;
  /** The URL of the issuer's keys: `https`, or `http` on this machine. This or `jwks`. */
  readonly jwksUri?: string | undefined;
  /** The issuer's keys, `{ keys: [ … ] }` (RFC 7517 §5), where they are not fetched. This or `jwksUri`. */
  readonly jwks?: object | undefined;
  /**
   * What a client writes before a scope when it requests a token, such as `https://orders.example/`: challenges name
   * scopes that way. Scopes that begin with it, or with `urn:opc:`, stay as they are. Default none.
   */
  readonly scopePrefix?: string | undefined;
  /**
   * Allowed algorithms. Default: RS, PS and ES 256–512, EdDSA and its newer name Ed25519 (RFC 9864), one of which stands for
   * the other. An RSA key without `alg` is used with the first RSA algorithm of the list.
   */
  readonly algorithms?: readonly string[] | undefined;
  /**
   * The accepted `typ` of the header: one or a list, such as `['at+jwt', 'application/okta-internal-at+jwt']`. `'JWT'` also
   * accepts a token without `typ`. Letter case and `application/` do not matter (RFC 7515 §4.1.9). Every other type that is
   * listed says that the token is an access token. Default `['at+jwt', 'JWT']`.
   */
  readonly typ?: string | readonly string[] | undefined;
  /** All of RFC 9068: `typ` of `at+jwt`, and `sub`, `client_id`, `iat`, `jti` present. Default `false`. */
  readonly strict?: boolean | undefined;
  /**
   * Accepts tokens with `nonce`, `at_hash`, `c_hash` or `s_hash` although nothing says that they are access tokens, as Dex
   * writes them; ID tokens for the same audience are then accepted too, so require scopes. A token that says it is an ID
   * token is always refused. Default `false`.
   */
  readonly ignoreIdTokenClaims?: boolean | undefined;
  /** Seconds for which a token is accepted after its `exp`. Default 5. */
  readonly clockTolerance?: number | undefined;
  /** Seconds by which `iat` and `nbf` may lie in the future, since the issuer's clock may be ahead. Default 60. */
  readonly futureTolerance?: number | undefined;
  /**
   * How many tokens with a verified signature are cached at most, or `false`. Default `{ maxTokens: 20000 }`. A token of
   * more than 8192 characters is not cached.
   */
  readonly cache?: false | { readonly maxTokens?: number | undefined } | undefined;
  /** Milliseconds after which fetched keys are fetched again. Default 600000 (10 minutes). */
  readonly cacheMaxAgeMs?: number | undefined;
  /**
   * Milliseconds after `cacheMaxAgeMs` for which known keys are used while `jwksUri` is unavailable. Default 14400000
   * (4 hours).
   */
  readonly outageToleranceMs?: number | undefined;
  /** Ignores the `key_ops` of keys (RFC 7517 §4.3). Default `false`. */
  readonly ignoreKeyOps?: boolean | undefined;
  /** Returns the `Authorization` header for a protected `jwksUri`. */
  readonly keyAuthorization?: KeyAuthorization | undefined;
  /** Accepts keys and metadata over plain `http` from another machine. Default `false`. */
  readonly allowInsecureHttp?: boolean | undefined;
  /**
   * Fetches the keys and the metadata. The body of its response can be a web stream, a Node stream or another async iterable of bytes.
   * Default `globalThis.fetch`, looked up at each call.
   */
  readonly fetch?: Fetch | undefined;
  /** Default: the system's clocks. */
  readonly clock?: Clock | undefined;
}

/** The rules of the options of `jwtVerifier()`. */
export const JWT_VERIFIER_OPTIONS = {
  issuer: true,
  issuerBaseURL: true,
  audience: true,
  requiredClaims: true,
  scopesFrom: true,
  jwksUri: true,
  jwks: true,
  scopePrefix: SCOPE_PREFIX,
  algorithms: [areAlgorithms, `a list of ${[...ALGORITHMS.keys()].join(', ')}`, DEFAULT_ALGORITHMS],
  typ: true,
  strict: FLAG,
  ignoreIdTokenClaims: FLAG,
  ...TIME_OPTIONS,
  cache: true,
  ...FETCH_OPTIONS,
  ignoreKeyOps: FLAG,
  allowInsecureHttp: true,
  clock: CLOCK,
} as const satisfies OptionRules<JwtVerifierOptions>;

const NAMED_ELSEWHERE = {
  issuerUrl: 'issuerBaseURL',
  discovery: 'issuerBaseURL',
  jwksUrl: 'jwksUri',
  jwks_uri: 'jwksUri',
  publicKey: 'jwks',
  tokenSigningAlg: 'algorithms',
  alg: 'algorithms',
  leeway: 'clockTolerance',
  clockSkew: 'clockTolerance',
};

/** What a token must be. */
export interface JwtPolicy extends HeaderPolicy, ClaimsPolicy, TokenKindPolicy {}

/** The parsed options. */
export interface Verification {
  readonly policy: JwtPolicy;
  readonly keys: JwksSource;
  readonly clock: Clock;
  readonly scopePrefix: string;
  readonly scopes: ScopeReader;
  /** `undefined` where tokens are not cached. */
  readonly cacheBounds: TokenCacheBounds | undefined;
}

/** Parses the options. @throws {TypeError} for wrong, unknown or missing ones */
export function parseOptions(creator: string, options: JwtVerifierOptions): Verification {
  const checked = readOptions(creator, options, JWT_VERIFIER_OPTIONS, NAMED_ELSEWHERE);
  const algorithms = [...checked.algorithms];
  const { clock, ignoreIdTokenClaims, ignoreKeyOps, scopePrefix, strict } = checked;
  const discovery = parseIssuerBaseUrl(creator, options);
  const issuers = discovery ? undefined : parseIssuers(creator, options.issuer);
  const audiences = parseAudiences(creator, options.audience);
  const values = parseRequiredClaims(creator, options.requiredClaims);
  const scopes = parseScopesFrom(creator, options.scopesFrom);
  return {
    policy: {
      algorithms,
      types: parseTypes(creator, options.typ, strict),
      get issuers() {
        return issuers ?? discovery?.issuers; // discovery narrows them
      },
      audiences,
      values,
      times: checked,
      scopeClaims: scopes.claims ?? [],
      required: listRequired(creator, audiences, values, strict),
      ignoreIdTokenClaims,
    },
    keys: parseKeySource(creator, options, checked, { algorithms, obeyKeyOps: !ignoreKeyOps }, discovery),
    clock,
    scopePrefix,
    scopes,
    cacheBounds: parseCache(creator, options.cache),
  };
}

/** The claims that must be present. */
function listRequired(
  creator: string,
  audiences: readonly AudienceRule[],
  values: readonly RequiredValue[],
  strict: boolean,
): readonly string[] {
  const mayLackAudience = audiences.some(({ acceptsMissing }) => acceptsMissing === true);
  insistThat(
    !mayLackAudience || values.length > 0,
    `${creator}: an audience that may be missing needs "requiredClaims" that say whose tokens they are.`,
  );
  return ['iss', 'exp', ...(mayLackAudience ? [] : ['aud']), ...(strict ? ['sub', 'client_id', 'iat', 'jti'] : [])];
}

function parseRequiredClaims(
  creator: string,
  requiredClaims: JwtVerifierOptions['requiredClaims'] = {},
): readonly RequiredValue[] {
  insist(isObject(requiredClaims), creator, 'requiredClaims', 'an object of claims with their values', requiredClaims);
  return Object.entries(requiredClaims).map(([claim, given]) => {
    const values: readonly unknown[] = toList(given);
    const areValues = isListOf(values, isText);
    insist(areValues, creator, `requiredClaims.${claim}`, 'a string or a list of strings', given);
    return { claim, values };
  });
}

/** Reads the option `typ`. @throws {TypeError} where it is no type, or contradicts `strict` */
export function parseTypes(creator: string, typ: JwtVerifierOptions['typ'], strict = false): readonly string[] {
  if (typ === undefined) return strict ? [AT_JWT] : DEFAULT_TYPES;
  const given: readonly unknown[] = toList(typ);
  const areTypes = isListOf(given, isMediaType);
  insist(areTypes, creator, 'typ', `the "typ" of access tokens, such as 'at+jwt', or a list`, typ);
  const types = [...new Set((given as readonly string[]).map(normalizeType))];
  insist(!strict || types.every((each) => each === AT_JWT), creator, 'typ', `'at+jwt' where "strict" is true`, typ);
  return types;
}

/** type-name "/" subtype-name (RFC 6838 §4.2), where RFC 7515 §4.1.9 lets `application/` be left out */
const MEDIA_TYPE = /^(?:[a-z0-9][a-z0-9!#$&^_.+-]*\/)?[a-z0-9][a-z0-9!#$&^_.+-]*$/i;

function isMediaType(value: unknown): value is string {
  return isText(value) && MEDIA_TYPE.test(value);
}

function parseIssuers(creator: string, issuer: JwtVerifierOptions['issuer']): readonly string[] {
  const issuers = toList(issuer as string | readonly string[]);
  insist(isListOf(issuers, isText), creator, 'issuer', 'a string or a list of strings', issuer);
  return issuers;
}

function parseAudiences(creator: string, audience: JwtVerifierOptions['audience']) {
  const audiences = toList(audience);
  insist(audiences.length > 0, creator, 'audience', 'at least one audience', audience);
  return audiences.map((each) => toAudienceRule(creator, each));
}

function areAlgorithms(value: unknown): boolean {
  return isListOf(value, (name) => ALGORITHMS.has(name as string));
}

function parseCache(creator: string, cache: JwtVerifierOptions['cache'] = {}): TokenCacheBounds | undefined {
  if (cache === false) return undefined;
  return readOptions(creator, cache, CACHE_OPTIONS, { max: 'maxTokens', size: 'maxTokens' }, 'cache');
}

const CACHE_OPTIONS = {
  maxTokens: quantity('tokens', 20_000, 2),
} as const satisfies OptionRules<TokenCacheBounds>;
