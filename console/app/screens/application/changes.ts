import type { Grant, GrantedScope, Scope } from '../../model.js';

/** What a person ticked and unticked, by the ids of scopes: it can be applied to whatever the grants are by then. */
export interface GrantDraft {
  readonly add: readonly string[];
  readonly remove: readonly string[];
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
export function toggle({ add, remove }: GrantDraft, scopeId: string, isHeld: boolean): GrantDraft {
  const flip = (ids: readonly string[]) =>
    ids.includes(scopeId) ? ids.filter((id) => id !== scopeId) : [...ids, scopeId];
  return isHeld ? { add, remove: flip(remove) } : { add: flip(add), remove };
}

/** Without what has come true, or can no longer, since the draft was made. */
export function settle({ add, remove }: GrantDraft, grants: readonly Grant[], scopes: readonly Scope[]): GrantDraft {
  const held = new Set(heldScopes(grants).map(({ id }) => id));
  const defined = new Set(scopes.map(({ id }) => id));
  return { add: add.filter((id) => defined.has(id) && !held.has(id)), remove: remove.filter((id) => held.has(id)) };
}

export function isEmpty({ add, remove }: GrantDraft): boolean {
  return add.length === 0 && remove.length === 0;
}

export function heldScopes(grants: readonly Grant[]): readonly GrantedScope[] {
  return grants.flatMap(({ scopes }) => scopes);
}

/**
 * The requests that make the draft true: one for each grant, on the condition that it is as it was shown. Scopes that stay
 * keep their dates.
 */
export function requestsOf(draft: GrantDraft, held: readonly TaggedGrant[], scopes: readonly Scope[]): GrantRequest[] {
  const resourceOf = new Map(scopes.map(({ id, resource }) => [id, resource.id]));
  const resourceIds = new Set(
    [
      ...draft.add.map((id) => resourceOf.get(id)),
      ...held
        .filter(({ grant }) => grant.scopes.some(({ id }) => draft.remove.includes(id)))
        .map(({ grant }) => grant.resource.id),
    ].filter((id) => id !== undefined),
  );
  return [...resourceIds].map((resourceId): GrantRequest => {
    const added = draft.add.filter((id) => resourceOf.get(id) === resourceId).map((id) => ({ id }));
    const known = held.find(({ grant }) => grant.resource.id === resourceId);
    if (known === undefined) return { method: 'POST', path: '', body: { resource: { id: resourceId }, scopes: added } };
    const { grant, tag } = known;
    const kept = grant.scopes.filter(({ id }) => !draft.remove.includes(id)).map(({ name: _name, ...scope }) => scope);
    const path = `/${grant.id}`;
    if (kept.length + added.length === 0) return { method: 'DELETE', path, tag };
    return { method: 'PATCH', path, tag, body: { scopes: [...kept, ...added] } };
  });
}
