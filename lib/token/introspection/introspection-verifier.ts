import { hash } from 'node:crypto';
import { type Instant, readClock } from '../../clock.js';
import { toRequestedScope } from '../../scope/requested-scope.js';
import type { JwtHeader } from '../access-token.js';
import type { Credentials } from '../credentials.js';
import { MAX_TOKEN_LENGTH } from '../jwt/decode.js';
import { reject } from '../jwt/rejection.js';
import { toOrigins } from '../multi-issuer/origin.js';
import { isRejection, type Rejection, type TokenVerifier, type Verdict } from '../verifier.js';
import { type ActiveToken, checkTimesAgain, judgeResponse } from './active-token.js';
import { IntrospectionCache } from './introspection-cache.js';
import { introspect } from './introspection-endpoint.js';
import {
  type Introspection,
  type IntrospectionVerifierOptions,
  parseOptions,
} from './introspection-verifier-options.js';
import { UnknownTokenLimit } from './unknown-token-limit.js';

/**
 * Verifies access tokens by asking their authorization server (RFC 7662, token introspection): for opaque tokens, and for
 * JWTs that are to be refused as soon as the server revokes them.
 *
 * Verified, in this order: that the endpoint responds with JSON, within `timeoutMs`, at most 256 KiB, without redirects and
 * repeated members; `active`; `aud` with its tenant; `iss` where `issuer` is given; `exp`, `nbf` and `iat` where the response
 * has them, although the token is active; that it is an access token (`token_type`, `token_use`, `tok_type`, `typ`). Members
 * of `null` count as absent. Scopes are read from `scope`, else from `scp`, unless `scopesFrom` says otherwise.
 *
 * Not verified: signatures; signed responses (RFC 9701) are refused as an outage. A sender-constrained token (`cnf`, or
 * `token_type` `DPoP`) is refused, since its proof is not checked here.
 *
 * Each request to the API is a request to the endpoint. Requests with the same token share the one in flight, and so learn
 * what was right when it was sent. `cache` saves further requests, for the price that a token which the server revokes is
 * accepted for up to `maxAgeMs` more. Live grants are checked with every request all the same. Tokens are remembered by
 * their SHA-256 only.
 *
 * A token that is not active is refused as `token_inactive`. Whatever else comes instead of a response, wrong credentials of
 * this resource server included, is an outage: 503, never 401. A flood of unknown tokens reaches the endpoint in limited
 * numbers (`unknownTokens`); those beyond get 503 with `Retry-After`.
 *
 * `auth.payload` is the response; `auth.header` is empty.
 *
 * ```ts
 * const verifier = introspectionVerifier({
 *   introspectionEndpoint: 'https://issuer.example/introspect',
 *   client: { clientId: 'orders-api', clientSecret },
 *   audience: 'https://orders.example',
 * });
 * ```
 *
 * @throws {TypeError} for wrong, unknown or missing options
 */
export function introspectionVerifier(options: IntrospectionVerifierOptions): TokenVerifier {
  const parsed = parseOptions('introspectionVerifier()', options);
  const { scopePrefix, policy } = parsed;
  const introspection = new TokenIntrospection(parsed);
  return {
    verify: (credentials) => introspection.verify(credentials),
    toRequestedScope: (scope) => toRequestedScope(scope, scopePrefix),
    clockTolerance: policy.times.clockTolerance,
    ...(policy.issuer !== undefined && { origins: toOrigins([policy.issuer], policy.audiences ?? []) }),
  };
}

class TokenIntrospection {
  readonly #parsed: Introspection;
  readonly #cache: IntrospectionCache | undefined;
  readonly #limit: UnknownTokenLimit;
  readonly #inFlight = new Map<string, Promise<ActiveToken | Rejection>>();

  constructor(parsed: Introspection) {
    const { cacheBounds, unknownTokens, clock } = parsed;
    this.#parsed = parsed;
    this.#cache = cacheBounds && new IntrospectionCache(cacheBounds);
    this.#limit = new UnknownTokenLimit(unknownTokens, clock);
  }

  verify({ token }: Credentials): Verdict | Promise<Verdict> {
    if (token.length > MAX_TOKEN_LENGTH) {
      return reject(
        'token_malformed',
        () => `The token has ${token.length} characters; the limit is ${MAX_TOKEN_LENGTH}.`,
      );
    }
    const digest = hash('sha256', token, 'binary');
    const now = readClock(this.#parsed.clock);
    const cached = this.#fromCache(digest, now);
    if (cached !== undefined) return this.#toVerdict(cached, token);
    const result = this.#inFlight.get(digest) ?? this.#send(token, digest, now);
    return result.then((settled) => this.#toVerdict(settled, token));
  }

  #toVerdict(result: ActiveToken | Rejection, token: string): Verdict {
    if (isRejection(result)) return result;
    const { payload, scopes } = result;
    return { payload, header: NO_HEADER, token, scopes, scopeClaims: this.#parsed.policy.scopes.claims };
  }

  #fromCache(digest: string, now: Instant): ActiveToken | Rejection | undefined {
    const cached = this.#cache?.get(digest, now);
    if (cached === undefined) return undefined;
    const rejection = checkTimesAgain(cached, this.#parsed.policy.times, now.now / 1000);
    if (rejection?.reason === 'token_expired') this.#cache?.delete(digest);
    return rejection ?? cached;
  }

  #send(token: string, digest: string, now: Instant): Promise<ActiveToken | Rejection> {
    const settle = this.#limit.admit(digest);
    const result = this.#introspect(token, digest, now, settle).finally(() => this.#inFlight.delete(digest));
    this.#inFlight.set(digest, result);
    return result;
  }

  async #introspect(
    token: string,
    digest: string,
    sentAt: Instant,
    settle: (isActive: boolean | undefined) => void,
  ): Promise<ActiveToken | Rejection> {
    const { endpoint, policy, clock } = this.#parsed;
    let isActive: boolean | undefined;
    try {
      const response = await introspect(token, endpoint);
      isActive = response.active;
      const judged = judgeResponse(response, policy, clock.now() / 1000);
      if (!isRejection(judged)) this.#cache?.set(digest, judged, sentAt);
      return judged;
    } finally {
      settle(isActive);
    }
  }
}

const NO_HEADER: JwtHeader = /* @__PURE__ */ Object.freeze({});
