import type { Request } from 'express';
import type { AuthResult } from 'express-oauth2-jwt-bearer';
import type { LivePermission } from '../live/live-grants.js';
import type { ScopeSet } from '../scope/scope-set.js';
import type { AccessToken } from '../token/access-token.js';

/**
 * `req.auth` behind a gate: what `express-oauth2-jwt-bearer` sets, `{ payload, header, token }`, and the compiled
 * scopes. That package declares the property; its type grows here, so that both compile side by side.
 */
export type Auth = AuthResult & { scopes: ScopeSet };

declare module 'express-oauth2-jwt-bearer' {
  interface AuthResult {
    /** The scope claim, compiled. Always there behind a gate of scopegate's; never behind that package's own `auth()`. */
    scopes?: ScopeSet;
  }
}

/** What a gate's own verifier and live grants said of a request. */
export interface AuthContext {
  /** Whose note it is: the same for all middleware that believes each other. */
  readonly gate: object;
  readonly accessToken: AccessToken;
  permission: LivePermission | undefined;
}

/**
 * A `req.auth` with the gate's note inside, where nobody else can see it or put it, and the headers that it was read
 * from: with others it says nothing; whoever keeps it keeps those too. A property of the request or an entry of a
 * `WeakMap` would take microseconds more, since Express has changed the prototype of the request.
 */
class NotedAuth implements Auth {
  readonly payload: Auth['payload'];
  readonly header: Auth['header'];
  readonly token: string;
  readonly scopes: ScopeSet;
  readonly #note: AuthContext;
  readonly #headers: Request['headers'];
  readonly #authorization: string | undefined;

  constructor(note: AuthContext, scopes: ScopeSet, { headers }: Request) {
    const { payload, header, token } = note.accessToken as Auth;
    this.payload = payload;
    this.header = header;
    this.token = token;
    this.scopes = scopes;
    this.#note = note;
    this.#headers = headers;
    this.#authorization = headers.authorization;
    if (isMore(note.accessToken)) {
      // Defined, not assigned: to a name such as "__proto__", that would do something else.
      Object.defineProperties(this, Object.getOwnPropertyDescriptors({ ...note.accessToken, scopes }));
    }
  }

  static noteOn({ auth, headers }: Request): AuthContext | undefined {
    if (!NotedAuth.#isOne(auth)) return undefined;
    return auth.#headers === headers && auth.#authorization === headers.authorization ? auth.#note : undefined;
  }

  /** Whether this is what was made of the note, and nobody has changed it. */
  static isUntouched(auth: unknown, note: AuthContext, scopes: ScopeSet): boolean {
    if (!NotedAuth.#isOne(auth) || auth.#note !== note || Object.keys(auth).length !== MEMBERS) return false;
    const { payload, header, token } = note.accessToken;
    return auth.payload === payload && auth.header === header && auth.token === token && auth.scopes === scopes;
  }

  static #isOne(auth: unknown): auth is NotedAuth {
    return typeof auth === 'object' && auth !== null && #note in auth;
  }
}

/** A verifier of somebody else's may give an access token members of its own. */
function isMore(accessToken: Readonly<Partial<AccessToken>>): boolean {
  const { header, token } = accessToken;
  return header === undefined || token === undefined || Object.keys(accessToken).length > MEMBERS;
}

const MEMBERS = 4;

// For everybody else it is an object like any other; nobody gets from it to the class, which could make another.
Object.freeze(Object.defineProperty(NotedAuth.prototype, 'constructor', { value: Object }));

/** What this gate has established of this very request; `undefined` where something else is at `req.auth` by now. */
export function getAuthContext(req: Request, gate: object): AuthContext | undefined {
  const note = NotedAuth.noteOn(req);
  return note?.gate === gate ? note : undefined;
}

/**
 * Sets `req.auth`, whatever stood or was inherited there. It is a copy, so that what the gate goes by in this request
 * cannot be changed through it.
 */
export function attachAuth(req: Request, note: AuthContext, scopes = note.accessToken.scopes): void {
  if (NotedAuth.isUntouched(req.auth, note, scopes)) return;
  setProperty(req, new NotedAuth(note, scopes, req));
}

/** An anonymous request has no `req.auth`, not even an inherited one. */
export function clearAuth(req: Request): void {
  if (req.auth === undefined) return;
  delete req.auth;
  if (req.auth !== undefined) setProperty(req, undefined);
}

function setProperty(req: Request, value: Auth | undefined): void {
  if ('auth' in req) {
    Object.defineProperty(req, 'auth', { value, configurable: true, enumerable: true, writable: true });
  } else {
    (req as { auth: Auth | undefined }).auth = value; // much quicker
  }
}
