import { insist, isListOf, isText } from '../../options.js';
import type { JwtPayload } from '../access-token.js';
import { CallbackError } from '../callback-error.js';
import { isPromise } from '../verifier.js';
import { getScopeClaim, isScopeClaim, SCOPE_CLAIMS, type ScopeClaim } from './scope-claim.js';

/**
 * Where the scopes of a token are: the name of a claim, several names, of which the first that the token has counts, or a
 * function of the verified payload.
 *
 * The function returns a string of scopes, a list of them, or `undefined` for none. It is called once the signature was
 * verified, and not again while the token is cached, so it must depend on the payload alone. The payload is frozen.
 */
export type ScopesFrom =
  | string
  | readonly string[]
  | ((payload: JwtPayload) => string | readonly string[] | null | undefined);

/** Reads the scopes of verified tokens. */
export interface ScopeReader {
  /** The claims that it reads; `undefined` where a function decides. */
  readonly claims: readonly string[] | undefined;
  /** @throws {CallbackError} where the function of the application fails */
  read(payload: JwtPayload): ScopeClaim | undefined;
}

/** Reads the option `scopesFrom`. @throws {TypeError} where it is neither a name, names nor a function */
export function parseScopesFrom(creator: string, scopesFrom: ScopesFrom = SCOPE_CLAIMS): ScopeReader {
  if (typeof scopesFrom === 'function') {
    return { claims: undefined, read: (payload) => callScopesFrom(creator, scopesFrom, payload) };
  }
  const claims = typeof scopesFrom === 'string' ? [scopesFrom] : scopesFrom;
  const areNames = isListOf(claims, isText);
  insist(areNames, creator, 'scopesFrom', 'the name of a claim, a list of names, or a function', scopesFrom);
  const names = [...claims];
  return { claims: names, read: (payload) => getScopeClaim(payload, names) };
}

function callScopesFrom(
  creator: string,
  scopesFrom: (payload: JwtPayload) => unknown,
  payload: JwtPayload,
): ScopeClaim | undefined {
  let found: unknown;
  try {
    found = scopesFrom(payload);
  } catch (cause) {
    throw new CallbackError(`${creator}: the function "scopesFrom" threw an error for a verified token.`, { cause });
  }
  if (found === undefined || found === null) return undefined;
  if (isScopeClaim(found)) return found;
  if (isPromise(found)) Promise.resolve(found).catch(() => undefined);
  throw new CallbackError(
    `${creator}: the function "scopesFrom" must return a string or a list of strings, and synchronously.`,
  );
}
