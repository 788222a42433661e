import type { StatusGrant } from '../grants/store.js';

/** The grants that count now, and until when that is so: when the next grant begins or ends. */
export interface ActiveGrants {
  readonly grants: readonly StatusGrant[];
  /** Milliseconds since the epoch; `Infinity` where no grant has a date that lies ahead. */
  readonly activeUntil: number;
}

/**
 * A grant whose dates are not numbers does not count: what a source may mean by them is unknown.
 *
 * @param now milliseconds since the epoch
 */
export function selectActiveGrants(grants: readonly StatusGrant[], now: number): ActiveGrants {
  let activeUntil = Number.POSITIVE_INFINITY;
  const active = grants.filter(({ notBefore, expiresAt }) => {
    for (const date of [notBefore, expiresAt]) {
      if (date !== undefined && date > now) activeUntil = Math.min(activeUntil, date);
    }
    const hasBegun = notBefore === undefined || notBefore <= now;
    return hasBegun && (expiresAt === undefined || now < expiresAt);
  });
  return { grants: active, activeUntil };
}
