import type { ApplicationPath, GrantStore } from 'scopegate/admin';
import { covers } from '../../lib/scope/covers.js';

/**
 * What live grants are compared with: for each request, all that the database says is read by the admin API's own
 * methods, and the rules are applied scope by scope. Nothing is kept between two requests.
 */

/** A token, as far as grants go. */
export interface Claims {
  readonly iat?: number | undefined;
  readonly sub?: string | undefined;
}

/** What the store does not tell by its reads: the revocations that it acknowledged, in milliseconds. */
export interface Revoked {
  everything: number;
  readonly subjects: Map<string, number>;
}

/** Where an application stands. */
export interface Stand {
  readonly state: 'enabled' | 'disabled' | 'gone';
  readonly scopes: readonly string[];
  readonly everything: number;
  readonly subjects: ReadonlyMap<string, number>;
}

export async function standOf(store: GrantStore, at: ApplicationPath, revoked: Revoked): Promise<Stand> {
  const application = await store.applications.get(at);
  if (application === undefined) return { state: 'gone', scopes: [], everything: 0, subjects: new Map() };
  const grants = await store.grants.list(at, { limit: 100 });
  return {
    state: application.enabled ? 'enabled' : 'disabled',
    scopes: (grants?.items ?? []).flatMap((grant) => grant.scopes.map(({ name }) => name)),
    everything: revoked.everything,
    subjects: new Map(revoked.subjects),
  };
}

/** Milliseconds by which the clocks of issuer and store may differ, as live grants assume where nothing else is said. */
const TOLERANCE = 5000;

/** Which of `asked` a token with `held` opens, or why none. */
export function answerOf(
  { state, scopes, everything, subjects }: Stand,
  { iat, sub }: Claims,
  held: readonly string[],
  asked: readonly string[],
): readonly string[] | string {
  if (state !== 'enabled' || scopes.length === 0) return 'application_revoked';
  const since = Math.max(everything, sub === undefined ? 0 : (subjects.get(sub) ?? 0));
  if (since > 0 && (iat === undefined || iat * 1000 < since + TOLERANCE)) return 'application_revoked';
  return asked.filter((scope) => {
    return held.some((each) => covers(each, scope)) && scopes.some((each) => covers(each, scope));
  });
}
