import { CLOCK, type Clock } from '../../clock.js';
import {
  between,
  callback,
  FLAG,
  insist,
  isQuantity,
  type OptionRules,
  optional,
  quantity,
  readOptions,
  TEXT,
  toList,
} from '../../options.js';
import { SCOPE_PREFIX } from '../../scope/requested-scope.js';
import { type Audience, type AudienceRule, toAudienceRule } from '../audience.js';
import { parseScopesFrom, type ScopeReader, type ScopesFrom } from '../jwt/scopes-from.js';
import { TIME_OPTIONS, type TimePolicy } from '../jwt/times.js';
import { callGlobalFetch, type Fetch } from '../keys/bounded-fetch.js';
import { parseEndpointUrl } from '../keys/endpoint-url.js';
import {
  clientAuthentication,
  type IntrospectionClientKey,
  type IntrospectionClientSecret,
} from './client-authentication.js';
import type { IntrospectionEndpointOptions } from './introspection-endpoint.js';
import type { UnknownTokenLimits } from './unknown-token-limit.js';

/** Options of `introspectionVerifier()`. */
export interface IntrospectionVerifierOptions {
  /** The URL of the introspection endpoint: `https`, or `http` on this machine. */
  readonly introspectionEndpoint: string;
  /** How this resource server authenticates: `{ clientId, clientSecret }`, or `{ clientId, privateKey }` for `private_key_jwt`. */
  readonly client: IntrospectionClientSecret | IntrospectionClientKey;
  /**
   * The `aud` of tokens for this resource server, or several: one match is enough. A response without `aud` is refused. For a
   * server that never sends it, as OCI IAM, `'any-for-this-client'`: every token that is active for this client is then
   * accepted, whatever its `aud`, where the response says that it is an access token.
   */
  readonly audience: Audience | readonly Audience[] | 'any-for-this-client';
  /** The `iss` that responses must have. Default none: the endpoint alone says whose tokens are accepted. */
  readonly issuer?: string | undefined;
  /**
   * Where the scopes are, as in `jwtVerifier`: a member of the response, several, of which the first that is there counts, or
   * a function of the response. Default `['scope', 'scp']`.
   */
  readonly scopesFrom?: ScopesFrom | undefined;
  /** What a client writes before a scope when it requests a token, for challenges, as in `jwtVerifier`. Default none. */
  readonly scopePrefix?: string | undefined;
  /**
   * Caches what was accepted, for at most `maxAgeMs` milliseconds and never after `exp`: a token that the server revokes is
   * accepted for so long. `maxTokens` is 10000 if left out. Default `false`.
   */
  readonly cache?: false | { readonly maxAgeMs: number; readonly maxTokens?: number | undefined } | undefined;
  /**
   * Limits the requests for tokens that were not accepted lately: `burst` at once, and `perSecond` in the long run. A token
   * that turns out to be active does not count. Default `{ burst: 200, perSecond: 50 }`.
   */
  readonly unknownTokens?: { readonly burst?: number | undefined; readonly perSecond?: number | undefined } | undefined;
  /**
   * Believes that an active token is an access token although the response has no `token_type`, and `audience` is
   * `'any-for-this-client'`. Only where the server introspects no refresh tokens. Default `false`.
   */
  readonly assumeAccessToken?: boolean | undefined;
  /** Seconds for which a token is accepted after its `exp`. Default 5. */
  readonly clockTolerance?: number | undefined;
  /** Seconds by which `iat` and `nbf` may lie in the future. Default 60. */
  readonly futureTolerance?: number | undefined;
  /** Milliseconds within which the endpoint must respond. Default 5000. */
  readonly timeoutMs?: number | undefined;
  /** Sends credentials and tokens over plain `http` to another machine. Default `false`. */
  readonly allowInsecureHttp?: boolean | undefined;
  /** Sends the requests. Default `globalThis.fetch`, looked up at each call. */
  readonly fetch?: Fetch | undefined;
  /** Default: the system's clocks. */
  readonly clock?: Clock | undefined;
}

const MAX_TIMEOUT_MS = 60_000;

const OPTIONS = {
  introspectionEndpoint: true,
  client: true,
  audience: true,
  issuer: optional(TEXT),
  scopesFrom: true,
  scopePrefix: SCOPE_PREFIX,
  cache: true,
  unknownTokens: true,
  assumeAccessToken: FLAG,
  ...TIME_OPTIONS,
  timeoutMs: [between(1, MAX_TIMEOUT_MS), `a number of milliseconds from 1 to ${MAX_TIMEOUT_MS}`, 5000],
  allowInsecureHttp: FLAG,
  fetch: callback(callGlobalFetch),
  clock: CLOCK,
} as const satisfies OptionRules<IntrospectionVerifierOptions>;

const NAMED_ELSEWHERE = {
  introspection_endpoint: 'introspectionEndpoint',
  introspectionUri: 'introspectionEndpoint',
  introspectionUrl: 'introspectionEndpoint',
  endpoint: 'introspectionEndpoint',
  url: 'introspectionEndpoint',
  clientId: 'client: { clientId, clientSecret }',
  clientSecret: 'client: { clientId, clientSecret }',
  privateKey: 'client: { clientId, privateKey }',
};

/** What an active token must be. */
export interface IntrospectionPolicy {
  readonly issuer: string | undefined;
  /** `undefined` for `'any-for-this-client'`. */
  readonly audiences: readonly AudienceRule[] | undefined;
  readonly times: TimePolicy;
  readonly scopes: ScopeReader;
  readonly assumeAccessToken: boolean;
}

/** The bounds of the cache. */
export interface IntrospectionCacheBounds {
  readonly maxAgeMs: number;
  readonly maxTokens: number;
}

/** The parsed options. */
export interface Introspection {
  readonly policy: IntrospectionPolicy;
  readonly endpoint: IntrospectionEndpointOptions;
  readonly cacheBounds: IntrospectionCacheBounds | undefined;
  readonly unknownTokens: UnknownTokenLimits;
  readonly scopePrefix: string;
  readonly clock: Clock;
}

/** Parses the options. @throws {TypeError} for wrong, unknown or missing ones */
export function parseOptions(creator: string, options: IntrospectionVerifierOptions): Introspection {
  const checked = readOptions(creator, options, OPTIONS, NAMED_ELSEWHERE);
  const {
    issuer,
    assumeAccessToken,
    scopePrefix,
    clock,
    timeoutMs,
    fetch,
    allowInsecureHttp,
    unknownTokens = {},
  } = checked;
  const audiences = parseAudiences(creator, options.audience);
  const scopes = parseScopesFrom(creator, options.scopesFrom);
  const url = parseUrl(creator, options.introspectionEndpoint, allowInsecureHttp);
  const authenticate = clientAuthentication(creator, options.client, issuer ?? url);
  return {
    policy: { issuer, audiences, times: checked, scopes, assumeAccessToken },
    endpoint: { url, authenticate, timeoutMs, fetch, clock },
    cacheBounds: parseCache(creator, options.cache),
    unknownTokens: readOptions(creator, unknownTokens, UNKNOWN_TOKENS, {}, 'unknownTokens'),
    scopePrefix,
    clock,
  };
}

function parseAudiences(creator: string, audience: IntrospectionVerifierOptions['audience']) {
  if (audience === ANY_AUDIENCE) return undefined;
  const audiences: readonly Audience[] = toList(audience);
  const areAudiences = audiences.length > 0 && !audiences.includes(ANY_AUDIENCE);
  insist(areAudiences, creator, 'audience', "at least one audience, or 'any-for-this-client' alone", audience);
  return audiences.map((each) => toAudienceRule(creator, each));
}

const ANY_AUDIENCE = 'any-for-this-client';

function parseUrl(creator: string, given: unknown, allowInsecureHttp: boolean): string {
  const parsed = parseEndpointUrl(given, allowInsecureHttp);
  if (parsed.ok) return parsed.url.href;
  switch (parsed.reason) {
    case 'not absolute':
      throw new TypeError(`${creator}: "introspectionEndpoint" must be an absolute URL.`);
    case 'credentials':
      throw new TypeError(`${creator}: "introspectionEndpoint" must not hold credentials; use "client".`);
    case 'insecure':
      throw new TypeError(
        `${creator}: "introspectionEndpoint" must be an https address: over plain ${parsed.protocol}, a network attacker ` +
          'can read tokens and forge responses. To accept that, say allowInsecureHttp: true.',
      );
  }
}

function parseCache(
  creator: string,
  cache: IntrospectionVerifierOptions['cache'] = false,
): IntrospectionCacheBounds | undefined {
  if (cache === false) return undefined;
  return readOptions(creator, cache, CACHE_OPTIONS, { ttl: 'maxAgeMs', max: 'maxTokens' }, 'cache');
}

const CACHE_OPTIONS = {
  maxAgeMs: [(value: unknown) => isQuantity(value, 1), 'a number of milliseconds, 1 or more'],
  maxTokens: quantity('tokens', 10_000, 2),
} as const satisfies OptionRules<IntrospectionCacheBounds>;

const UNKNOWN_TOKENS = {
  burst: quantity('requests', 200, 1),
  perSecond: [(value: unknown) => isQuantity(value) && value > 0, 'a number of requests, more than 0', 50],
} as const satisfies OptionRules<UnknownTokenLimits>;
