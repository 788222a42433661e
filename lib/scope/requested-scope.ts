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
