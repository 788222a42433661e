import type { Instant } from '../clock.js';
import type { ApplicationStatus } from '../grants/store.js';
import type { GrantedScopes } from './granted-scopes.js';

/**
 * The cached status of one application. Flat, without what few applications have: with many of them, each further object
 * that a check looks at costs a read of main memory.
 */
export interface CachedApplication {
  readonly granted: GrantedScopes;
  /** Of the latest change that it takes into account. */
  readonly number: number;
  /** How many changes of whole environments had arrived when its query began. */
  readonly environmentChanges: number;
  readonly environmentId: string | undefined;
  readonly isKnown: boolean;
  /** Whether any token of it may do anything. */
  readonly isUsable: boolean;
  /** `undefined` where nothing was revoked. */
  readonly revocations: Revocations | undefined;
  /** When it was read. */
  readonly asOf: Instant;
  /** When the next grant begins or ends, in milliseconds since the epoch. */
  readonly activeUntil: number;
}

/** Milliseconds since the epoch: what was issued before is revoked. 0 where that is nothing. */
interface Revocations {
  readonly notBefore: number;
  readonly subjectsNotBefore: ReadonlyMap<string, number>;
}

interface ReadApplication {
  readonly granted: GrantedScopes;
  readonly activeUntil: number;
  readonly asOf: Instant;
  readonly environmentChanges: number;
}

export function toCachedApplication(
  status: ApplicationStatus,
  { granted, activeUntil, asOf, environmentChanges }: ReadApplication,
): CachedApplication {
  const { number, state, environmentId, notBefore, subjectsNotBefore } = status;
  const hasRevocations = notBefore !== undefined || subjectsNotBefore.size > 0;
  return {
    granted,
    number,
    environmentChanges,
    environmentId,
    isKnown: state !== 'unknown',
    isUsable: state === 'enabled' && !granted.isEmpty,
    revocations: hasRevocations ? { notBefore: notBefore ?? 0, subjectsNotBefore } : undefined,
    asOf,
    activeUntil,
  };
}

/** A later time is not one in seconds. */
const LATEST = 1e11;

/**
 * Whether the token was issued before its application, or its subject, was revoked. One that does not say when, was.
 *
 * @param skew milliseconds by which the clocks of issuer and store may differ
 */
export function isRevoked(
  { notBefore, subjectsNotBefore }: Revocations,
  { iat, sub }: Readonly<Record<string, unknown>>,
  skew: number,
): boolean {
  const since = Math.max(notBefore, (typeof sub === 'string' && subjectsNotBefore.get(sub)) || 0);
  if (since === 0) return false;
  return !(typeof iat === 'number' && iat < LATEST && iat * 1000 >= since + skew);
}
