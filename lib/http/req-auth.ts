import type { GateRequest } from '../enforcement/gate-request.js';
import type { HttpRequest } from '../enforcement/http-message.js';
import type { PassedPolicy } from '../enforcement/passed-policy.js';
import type { LivePermission } from '../live/live-grants.js';
import type { ScopeSet } from '../scope/scope-set.js';
import type { AccessToken, JwtHeader, JwtPayload } from '../token/access-token.js';

/**
 * What `gate.auth(req)` returns. After a gate, `req.auth` has the same members.
 *
 * `Claims` are claims that the issuer is known to write, beside those of {@link JwtPayload}: stated by the application,
 * not verified.
 */
export interface Auth<Claims extends object = object> {
  payload: JwtPayload & Claims;
  header: JwtHeader;
  /** The token itself. Keep it out of logs. */
  token: string;
  /** The scope claim, compiled; of a gate with live grants, the scopes that are still granted. */
  scopes: ScopeSet;
  /** Of `multiIssuerVerifier()` and `tokenFormVerifier()`: the one of the given verifiers that accepted the token. */
  verifier?: object;
}

/** What one gate has established about a request that it let pass. */
export interface AuthContext {
  readonly accessToken: AccessToken;
  readonly scopes: ScopeSet;
  readonly permission: LivePermission | undefined;
  /** What open connections are held to. */
  readonly passed: PassedPolicy;
  /** The header that the token was read from: with another one, the context does not count. */
  readonly authorization: string | undefined;
}

/** The contexts of one gate by request. Nothing else can read or write them. */
export type AuthContexts = WeakMap<HttpRequest, AuthContext>;

/** The contexts of one gate by what it returned about them, for `gate.watch`. */
export type ReturnedAuths = WeakMap<Auth, AuthContext>;

/** What this gate has established about this request; `undefined` where its `Authorization` header has changed since. */
export function getAuthContext(contexts: AuthContexts, req: HttpRequest): AuthContext | undefined {
  const context = contexts.get(req);
  if (context === undefined) return undefined;
  return context.authorization === req.headers.authorization ? context : undefined;
}

/**
 * Remembers for later middleware of the gate what this one has established, and sets `req.auth` to a copy of it. The
 * copy cannot change what the gate relies on.
 */
export function attachAuth(contexts: AuthContexts, request: GateRequest): void {
  const { req, accessToken } = request;
  if (accessToken === undefined) {
    contexts.delete(req);
    clearAuth(req);
    return;
  }
  const context = toAuthContext(request, accessToken);
  contexts.set(req, context);
  setAuth(req, toAuth(context));
}

/** What a gate has established about a request that passes with a token. */
export function toAuthContext(request: GateRequest, accessToken: AccessToken): AuthContext {
  const { headers, granted, permission, policy, isOwner, passed: earlier } = request;
  const scopes = granted ?? accessToken.scopes;
  const passed: PassedPolicy = { policy, isOwner, earlier };
  return { accessToken, scopes, permission, passed, authorization: headers.authorization };
}

/** What an application gets to see: a plain object, which the gate recognizes. */
export function returnAuth(returned: ReturnedAuths, context: AuthContext): Auth {
  const auth = toAuth(context);
  returned.set(auth, context);
  return auth;
}

/** A plain object of its own, with the members that the verifier of an application may have added. */
export function toAuth({ accessToken, scopes }: AuthContext): Auth {
  const { payload, header, token } = accessToken;
  const auth: Auth = { payload, header, token, scopes };
  if (!hasOwnMembers(accessToken)) return auth;
  const { scopeClaims, ...members } = accessToken; // for records
  return { ...auth, ...members, scopes };
}

/** Spreading costs a microsecond for each request, and hardly any verifier adds members. */
function hasOwnMembers(accessToken: AccessToken): boolean {
  for (const name in accessToken) if (!MEMBERS.has(name)) return true;
  return false;
}

const MEMBERS: ReadonlySet<string> = new Set(['payload', 'header', 'token', 'scopes', 'scopeClaims']);

/** An anonymous request has no `req.auth`, not even an inherited one. */
function clearAuth(req: HttpRequest & { auth?: unknown }): void {
  if (req.auth === undefined) return;
  delete req.auth;
  if (req.auth !== undefined) setAuth(req, undefined);
}

/** Sets `req.auth`, whatever stood there. */
export function setAuth(req: HttpRequest & { auth?: unknown }, value: object | undefined): void {
  if ('auth' in req) {
    // A getter, or a property of a prototype, may stand there.
    Object.defineProperty(req, 'auth', { value, configurable: true, enumerable: true, writable: true });
  } else {
    req.auth = value;
  }
}
