import { insist, isQuantity } from '../options.js';
import type { DatedGrant, TokenRequest } from './token-request.js';

/** A granted scope that counts now. */
export interface ActiveScope {
  readonly resourceId: string;
  readonly name: string;
  /** Milliseconds since the epoch: it counts until just before. `Infinity` where it has no end. */
  readonly endsAt: number;
}

/**
 * Selects what has begun and not ended, in the order of the grants. A date that is none does not count.
 *
 * @throws {TypeError} where there are dates, and `now` is no time
 */
export function selectActiveScopes({ grants, now }: Pick<TokenRequest, 'grants' | 'now'>): ActiveScope[] {
  const hasDates = grants.some((grant) => [grant, ...grant.scopes].some(isDated));
  if (!hasDates && now === undefined) return flatten(grants, () => Number.POSITIVE_INFINITY);
  const expected = 'milliseconds since the epoch, since grants have dates';
  insist(isQuantity(now), 'resolveTokenRequest()', 'now', expected, now);
  const time = now as number;
  return flatten(grants, (dates) => (hasBegun(dates, time) ? getEnd(dates) : Number.NaN)).filter(
    ({ endsAt }) => time < endsAt,
  );
}

type Dates = Pick<DatedGrant, 'notBefore' | 'expiresAt'>;

function flatten(grants: TokenRequest['grants'], getEndOf: (dates: Dates) => number): ActiveScope[] {
  return grants.flatMap(({ resourceId, scopes, ...grant }) =>
    scopes.map(({ name, ...scope }) => ({ resourceId, name, endsAt: Math.min(getEndOf(grant), getEndOf(scope)) })),
  );
}

function isDated({ notBefore, expiresAt }: Dates): boolean {
  return notBefore !== undefined || expiresAt !== undefined;
}

function hasBegun({ notBefore }: Dates, now: number): boolean {
  return notBefore === undefined || Date.parse(notBefore) <= now;
}

function getEnd({ expiresAt }: Dates): number {
  return expiresAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(expiresAt);
}
