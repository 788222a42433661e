import { insist } from '../options.js';
import { isScopeToken } from './grammar.js';

/** Scopes of Oracle's own, which a client requests as they are. */
const RESERVED = 'urn:opc:';

/**
 * Writes a scope as a client requests it. In OCI IAM that is the audience of the resource application and the scope, with
 * nothing between: `https://orders.example/` and `orders:read` make `https://orders.example/orders:read`. The token holds
 * `orders:read`.
 */
export function toRequestedScope(scope: string, prefix: string): string {
  return scope.startsWith(RESERVED) || scope.startsWith(prefix) ? scope : `${prefix}${scope}`;
}

/** Parses the option `scopePrefix`. @throws {TypeError} where no scope can begin with it */
export function parseScopePrefix(creator: string, prefix = ''): string {
  const isPrefix = prefix === '' || isScopeToken(prefix);
  insist(isPrefix, creator, 'scopePrefix', 'the beginning of a scope (RFC 6749 §3.3), such as an audience', prefix);
  return prefix;
}
