import type { Request } from 'express';
import type { AuthResult } from 'express-oauth2-jwt-bearer';
import type { LivePermission } from '../grants/live-grants.js';
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
export interface Note {
  /** Whose note it is: the same for all middleware that believes each other. */
  readonly gate: object;
  readonly accessToken: AccessToken;
  permission: LivePermission | undefined;
}

/** Makes the class below give its private members to an object that is there already. */
const Given = function (this: unknown, given: object): object {
  return given;
} as unknown as new (
  given: object,
) => object;

/**
 * A `req.auth` with the gate's note inside, where nobody else can see it or put it, and the headers that it was read
 * from: with others it says nothing; whoever keeps it keeps those too. A property of the request or an entry of a
 * `WeakMap` would take a microsecond more, since Express has changed the prototype of the request.
 */
class Noted extends Given {
  readonly #note: Note;
  readonly #headers: Request['headers'];
  readonly #authorization: string | undefined;

  constructor(auth: object, note: Note, { headers }: Request) {
    super(auth);
    this.#note = note;
    this.#headers = headers;
    this.#authorization = headers.authorization;
  }

  static noteOn({ auth, headers }: Request): Note | undefined {
    if (typeof auth !== 'object' || auth === null || !(#note in auth)) return undefined;
    return auth.#headers === headers && auth.#authorization === headers.authorization ? auth.#note : undefined;
  }
}

/** What this gate has established of this very request; `undefined` where something else is at `req.auth` by now. */
export function noteOn(req: Request, gate: object): Note | undefined {
  const note = Noted.noteOn(req);
  return note?.gate === gate ? note : undefined;
}

/**
 * Sets `req.auth`, whatever stood or was inherited there. It is a copy, so that what the gate goes by in this request
 * cannot be changed through it.
 */
export function setAuth(req: Request, note: Note, scopes = note.accessToken.scopes): void {
  const auth = { ...note.accessToken, scopes } as Auth;
  new Noted(auth, note, req);
  setProperty(req, auth);
}

/** An anonymous request has no `req.auth`, not even an inherited one. */
export function dropAuth(req: Request): void {
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
