import type { Instant } from '../clock.js';
import type { ApplicationStatus } from '../grants/store.js';
import { GenerationalCache } from '../lru.js';
import { type ScopeSet, scopeSet } from '../scope/scope-set.js';

/**
 * The cached status of one application. Flat, without what few applications have: with many of them, each further object
 * that a check looks at costs a read of main memory.
 */
export interface CachedApplication {
  readonly granted: ScopeSet;
  /** Of the latest change that it takes into account. */
  readonly number: number;
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
  readonly granted: ScopeSet;
  readonly activeUntil: number;
  readonly asOf: Instant;
}

export function toCachedApplication(
  status: ApplicationStatus,
  { granted, activeUntil, asOf }: ReadApplication,
): CachedApplication {
  const { number, state, environmentId, notBefore, subjectsNotBefore } = status;
  const hasRevocations = notBefore !== undefined || subjectsNotBefore.size > 0;
  return {
    granted,
    number,
    environmentId,
    isKnown: state !== 'unknown',
    isUsable: state === 'enabled' && granted.size > 0,
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

/** Of how many scopes a set is shared at most, and how many such sets are kept. */
const SHARED_SCOPES = 16;
const SHARED_SETS = 1000;

/** Compiles lists of scopes. Many applications are granted the same few, and have one set then. */
export function internScopeSets(): (scopes: readonly string[]) => ScopeSet {
  const sets = new GenerationalCache<string, ScopeSet>(SHARED_SETS);
  return (scopes) => {
    if (scopes.length > SHARED_SCOPES) return scopeSet([...scopes]);
    const text = JSON.stringify(scopes);
    const known = sets.get(text);
    if (known !== undefined) return known;
    const set = scopeSet([...scopes]);
    sets.set(text, set);
    return set;
  };
}
