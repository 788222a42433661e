import type { Request } from 'express';
import type { AuthResult } from 'express-oauth2-jwt-bearer';
import type { ScopeSet } from '../scope/scope-set.js';
import type { AccessToken, JwtHeader, JwtPayload } from '../token/access-token.js';

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

/** What a gate established of a request. */
export interface Note<Permission> {
  /** Whose note it is: the same for all middleware that believes each other. */
  readonly gate: object;
  readonly accessToken: AccessToken;
  permission: Permission | undefined;
}

/**
 * The `req.auth` of a gate: a copy, so that what the gate goes by in this request cannot be changed through it. What the
 * gate goes by is inside, where nobody else can put or see it, together with the headers that it was read from: on
 * another request it says nothing. A property of its own or an entry of a `WeakMap` would take a microsecond more, since
 * Express has changed the prototype of the request.
 */
class GateAuth {
  readonly payload: JwtPayload;
  readonly header: JwtHeader;
  readonly token: string;
  readonly scopes: ScopeSet;
  readonly #note: Note<unknown>;
  readonly #headers: object;

  constructor({ payload, header, token }: AccessToken, scopes: ScopeSet, note: Note<unknown>, headers: object) {
    this.payload = payload;
    this.header = header;
    this.token = token;
    this.scopes = scopes;
    this.#note = note;
    this.#headers = headers;
  }

  static noteOn(req: Request): Note<unknown> | undefined {
    const auth: unknown = req.auth;
    const isOurs = typeof auth === 'object' && auth !== null && #note in auth && auth.#headers === req.headers;
    return isOurs ? auth.#note : undefined;
  }
}

/** What this gate has established of this very request. */
export function noteOn<Permission>(req: Request, gate: object): Note<Permission> | undefined {
  const note = GateAuth.noteOn(req);
  return note?.gate === gate ? (note as Note<Permission>) : undefined;
}

/** Sets `req.auth`, whatever stood or was inherited there. */
export function setAuth(req: Request, note: Note<unknown>, scopes = note.accessToken.scopes): void {
  setProperty(req, new GateAuth(note.accessToken, scopes, note, req.headers) as unknown as Auth);
}

/** An anonymous request has no `req.auth`, not even an inherited one. */
export function dropAuth(req: Request): void {
  if (req.auth === undefined) return;
  delete req.auth;
  if (req.auth !== undefined) setProperty(req, undefined);
}

function setProperty(req: Request, value: Auth | undefined): void {
  if ('auth' in req)
    Object.defineProperty(req, 'auth', { value, configurable: true, enumerable: true, writable: true });
  else (req as { auth: Auth | undefined }).auth = value; // much quicker
}
