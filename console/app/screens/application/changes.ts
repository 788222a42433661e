import type { Grant, GrantedScope, Scope } from '../../model.js';

/** What a person ticked and unticked, by the ids of scopes: it can be applied to whatever the grants are by then. */
export interface GrantDraft {
  readonly add: readonly string[];
  readonly remove: readonly string[];
  /** The new ends of scopes that are held or added, in RFC 3339; `null` for none. */
  readonly ends?: Readonly<Record<string, string | null>>;
  /** What it takes back, where it is an undo: when that was made, and how many scopes it was about. */
  readonly undoes?: Undone;
}

export interface Undone {
  readonly at: string;
  readonly scopes: number;
}

export const NO_CHANGE: GrantDraft = { add: [], remove: [] };

/** A grant with its entity tag. */
export interface TaggedGrant {
  readonly grant: Grant;
  readonly tag: string;
}

/** One request of the admin API. */
export interface GrantRequest {
  readonly method: 'POST' | 'PATCH' | 'DELETE';
  /** After `…/applications/{id}/grants`. */
  readonly path: string;
  readonly tag?: string;
  readonly body?: unknown;
}

/** Ticks or unticks; a second time takes the first one back. */
export function toggle({ add, remove, ends = {} }: GrantDraft, scopeId: string, isHeld: boolean): GrantDraft {
  const flip = (ids: readonly string[]) =>
    ids.includes(scopeId) ? ids.filter((id) => id !== scopeId) : [...ids, scopeId];
  const { [scopeId]: _end, ...others } = ends;
  return { ...(isHeld ? { add, remove: flip(remove) } : { add: flip(add), remove }), ends: others };
}

/** Without what has come true, or can no longer, since the draft was made. */
export function settle(draft: GrantDraft, grants: readonly Grant[], scopes: readonly Scope[]): GrantDraft {
  const held = new Map(heldScopes(grants).map((scope) => [scope.id, scope]));
  const defined = new Set(scopes.map(({ id }) => id));
  const add = draft.add.filter((id) => defined.has(id) && !held.has(id));
  const remove = draft.remove.filter((id) => held.has(id));
  const ends = Object.entries(draft.ends ?? {}).filter(([id, end]) => {
    if (add.includes(id)) return end !== null;
    return held.has(id) && !remove.includes(id) && (held.get(id)?.expiresAt ?? null) !== end;
  });
  return { add, remove, ends: Object.fromEntries(ends), ...(draft.undoes && { undoes: draft.undoes }) };
}

/** How many scopes a draft is about. */
export function countScopes(draft: GrantDraft): number {
  return draft.add.length + draft.remove.length + countDates(draft);
}

/** Both changes as one; what the one adds and the other removes stays as it is. */
export function combine(one: GrantDraft, other: GrantDraft): GrantDraft {
  const [adds, removes] = [new Set([...one.add, ...other.add]), new Set([...one.remove, ...other.remove])];
  const ends = Object.entries({ ...one.ends, ...other.ends }).filter(([id]) => !removes.has(id));
  return {
    add: [...adds].filter((id) => !removes.has(id)),
    remove: [...removes].filter((id) => !adds.has(id)),
    ends: Object.fromEntries(ends),
    ...(other.undoes && { undoes: other.undoes }),
  };
}

/** How many held scopes only get another end. */
export function countDates({ add, ends = {} }: GrantDraft): number {
  return Object.keys(ends).filter((id) => !add.includes(id)).length;
}

export function isEmpty(draft: GrantDraft): boolean {
  return countScopes(draft) === 0;
}

/** What takes a draft back, once it is saved: `before` is what was held. */
export function invert({ add, remove, ends = {} }: GrantDraft, before: readonly GrantedScope[]): GrantDraft {
  const endOf = (id: string) => before.find((scope) => scope.id === id)?.expiresAt ?? null;
  const dated = [...remove.filter((id) => endOf(id) !== null), ...Object.keys(ends).filter((id) => !add.includes(id))];
  return { add: remove, remove: add, ends: Object.fromEntries(dated.map((id) => [id, endOf(id)])) };
}

/** What came between two readings of the grants. */
export function compare(before: readonly Grant[], after: readonly Grant[]): GrantDraft {
  const [old, now] = [heldScopes(before), heldScopes(after)];
  const isIn = (scopes: readonly GrantedScope[], id: string) => scopes.some((scope) => scope.id === id);
  return {
    add: now.filter(({ id }) => !isIn(old, id)).map(({ id }) => id),
    remove: old.filter(({ id }) => !isIn(now, id)).map(({ id }) => id),
  };
}

export function heldScopes(grants: readonly Grant[]): readonly GrantedScope[] {
  return grants.flatMap(({ scopes }) => scopes);
}

/**
 * The requests that make the draft true: one for each grant, on the condition that it is as it was shown. Scopes that stay
 * keep their dates, but for those that the draft changes.
 */
export function requestsOf(draft: GrantDraft, held: readonly TaggedGrant[], scopes: readonly Scope[]): GrantRequest[] {
  const resourceOf = new Map(scopes.map(({ id, resource }) => [id, resource.id]));
  const { ends = {} } = draft;
  const isChanged = ({ id }: GrantedScope) => draft.remove.includes(id) || id in ends;
  const resourceIds = new Set(
    [
      ...draft.add.map((id) => resourceOf.get(id)),
      ...held.filter(({ grant }) => grant.scopes.some(isChanged)).map(({ grant }) => grant.resource.id),
    ].filter((id) => id !== undefined),
  );
  return [...resourceIds].map((resourceId): GrantRequest => {
    const added = draft.add.filter((id) => resourceOf.get(id) === resourceId).map((id) => withEnd({ id }, ends));
    const known = held.find(({ grant }) => grant.resource.id === resourceId);
    if (known === undefined) return { method: 'POST', path: '', body: { resource: { id: resourceId }, scopes: added } };
    const { grant, tag } = known;
    const kept = grant.scopes
      .filter(({ id }) => !draft.remove.includes(id))
      .map(({ name: _name, ...scope }) => withEnd(scope, ends));
    const path = `/${grant.id}`;
    if (kept.length + added.length === 0) return { method: 'DELETE', path, tag };
    return { method: 'PATCH', path, tag, body: { scopes: [...kept, ...added] } };
  });
}

function withEnd(scope: GrantedScope, ends: Readonly<Record<string, string | null>>): GrantedScope {
  if (!(scope.id in ends)) return scope;
  const { expiresAt: _end, ...others } = scope;
  const end = ends[scope.id] ?? null;
  return end === null ? others : { ...others, expiresAt: end };
}
