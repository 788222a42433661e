import type { Activity, GrantedScope } from '../../model.js';
import { countScopes, type GrantDraft } from './changes.js';

/** A grant as a change of it has it, before or after. */
interface GrantSnapshot {
  readonly scopes?: readonly GrantedScope[];
  readonly notBefore?: string;
  readonly expiresAt?: string;
}

/**
 * The opposite of a change of grants, as far as it can be made by ticks and ends; `undefined` where it cannot: what it would
 * bring back begins at a date or did, has ended, or had dates of the whole grant, so that less was held than the opposite
 * would give.
 */
export function invertActivity({ action, recordedAt, ...activity }: Activity): GrantDraft | undefined {
  if (!action.type.startsWith('GRANT.')) return undefined;
  const [before, after] = [(activity.before ?? {}) as GrantSnapshot, (activity.after ?? {}) as GrantSnapshot];
  const [old, now] = [before.scopes ?? [], after.scopes ?? []];
  const back = old.filter(({ id }) => !now.some((scope) => scope.id === id));
  const dated = old.filter((scope) =>
    now.some(({ id, expiresAt }) => id === scope.id && expiresAt !== scope.expiresAt),
  );
  const isMoved = old.some(({ id, notBefore }) =>
    now.some((scope) => scope.id === id && scope.notBefore !== notBefore),
  );
  const isWhole = action.type === 'GRANT.CREATED' || (before.notBefore ?? before.expiresAt) === undefined;
  const hasSameDates = before.notBefore === after.notBefore && before.expiresAt === after.expiresAt;
  const isPast = ({ expiresAt }: GrantedScope) => expiresAt !== undefined && Date.parse(expiresAt) <= Date.now();
  if (action.type === 'GRANT.UPDATED' && (isMoved || !hasSameDates)) return undefined;
  if (action.type === 'GRANT.DELETED' && !isWhole) return undefined;
  if ([...back, ...dated].some((scope) => scope.notBefore !== undefined || isPast(scope))) return undefined;
  const ends = [
    ...back.flatMap(({ id, expiresAt }) => (expiresAt === undefined ? [] : [[id, expiresAt] as const])),
    ...dated.map(({ id, expiresAt }) => [id, expiresAt ?? null] as const),
  ];
  const draft: GrantDraft = {
    add: back.map(({ id }) => id),
    remove: now.filter(({ id }) => !old.some((scope) => scope.id === id)).map(({ id }) => id),
    ends: Object.fromEntries(ends),
  };
  const scopes = countScopes(draft);
  return scopes === 0 ? undefined : { ...draft, undoes: { at: recordedAt, scopes } };
}
