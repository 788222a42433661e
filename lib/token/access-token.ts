import type { ScopeSet } from '../scope/scope-set.js';

/** The JOSE header of a token (RFC 7515 §4), with the members that this package reads. */
export interface JwtHeader {
  readonly alg?: string;
  readonly kid?: string;
  readonly typ?: string;
  readonly x5t?: string;
  readonly 'x5t#S256'?: string;
  readonly [member: string]: unknown;
}

/** The claims of a token (RFC 7519 §4, RFC 9068 §2.2), with the members that this package reads. */
export interface JwtPayload {
  readonly iss?: string;
  readonly sub?: string;
  readonly aud?: string | string[];
  readonly exp?: number;
  readonly nbf?: number;
  readonly iat?: number;
  readonly jti?: string;
  readonly client_id?: string;
  /** A string of scope-tokens (RFC 9068 §2.2.3); some issuers write a list. `AccessToken.scopes` has them compiled. */
  readonly scope?: string | readonly string[] | null;
  /** The scopes of a token without `scope`. */
  readonly scp?: string | readonly string[] | null;
  readonly [claim: string]: unknown;
}

/** An access token that a {@link TokenVerifier} accepted. A gate puts it at `req.auth`. */
export interface AccessToken {
  readonly payload: JwtPayload;
  readonly header: JwtHeader;
  /** The token itself. Keep it out of logs. */
  readonly token: string;
  /** The scopes of the token, from `scope` or, where that is absent, from `scp`, unless `scopesFrom` says otherwise. */
  readonly scopes: ScopeSet;
  /** Of `multiIssuerVerifier()` and `tokenFormVerifier()`: the one of the given verifiers that accepted the token. */
  readonly verifier?: object;
  /** The claims that the scopes were read from, the first that is there, for records; `undefined` where that is not known. */
  readonly scopeClaims?: readonly string[] | undefined;
}
