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

/** The rule of the option `scopePrefix`. */
export const SCOPE_PREFIX = [
  (value: unknown) => value === '' || isScopeToken(value),
  'the beginning of a scope (RFC 6749 §3.3), such as an audience',
  '',
] as const;
