import type { StatusGrant } from '../grants/store.js';

/** The scopes of the grants that count now, and until when that is so: when the next grant begins or ends. */
export interface ActiveScopes {
  readonly scopes: readonly string[];
  /** Milliseconds since the epoch; `Infinity` where no grant has a date that lies ahead. */
  readonly activeUntil: number;
}

/**
 * A grant whose dates are not numbers does not count: what a source may mean by them is unknown.
 *
 * @param now milliseconds since the epoch
 */
export function selectActiveScopes(grants: readonly StatusGrant[], now: number): ActiveScopes {
  const scopes = new Set<string>();
  let activeUntil = Number.POSITIVE_INFINITY;
  for (const { scope, notBefore, expiresAt } of grants) {
    const hasBegun = notBefore === undefined || notBefore <= now;
    if (hasBegun && (expiresAt === undefined || now < expiresAt)) scopes.add(scope);
    for (const date of [notBefore, expiresAt]) {
      if (date !== undefined && date > now) activeUntil = Math.min(activeUntil, date);
    }
  }
  return { scopes: [...scopes], activeUntil };
}
