import type { GrantedScope, Resource, Scope } from '../../model.js';
import { sayDate } from '../../time.js';
import { words } from '../../words.js';
import type { GrantDraft } from './changes.js';

export interface OwnScopesProps {
  readonly scopes: readonly Scope[];
  readonly resources: readonly Resource[];
  readonly held: readonly GrantedScope[];
  readonly draft: GrantDraft;
  /** Without it, the list can only be read. */
  readonly onToggle: ((scopeId: string, isHeld: boolean) => void) | undefined;
}

/** The scopes that have no place in a hierarchy, under the names of their resources. */
export function OwnScopes({ scopes, resources, held, draft, onToggle }: OwnScopesProps) {
  const { grants: say } = words;
  const heldById = new Map(held.map((scope) => [scope.id, scope]));
  const groups = resources
    .map((resource) => ({ resource, own: scopes.filter((scope) => scope.resource.id === resource.id) }))
    .filter(({ own }) => own.length > 0);
  return (
    <section class="card" aria-label={say.own}>
      <header>
        <h2>{say.own}</h2>
      </header>
      <div class="body stack">
        {groups.map(({ resource, own }) => (
          <fieldset key={resource.id} class="plain stack">
            <legend class="label">{resource.name}</legend>
            {own.map(({ id, name, description }) => {
              const isHeld = heldById.has(id);
              const willBeHeld = isHeld ? !draft.remove.includes(id) : draft.add.includes(id);
              const end = heldById.get(id)?.expiresAt;
              return (
                <label key={id} class="check">
                  <input
                    type="checkbox"
                    checked={willBeHeld}
                    disabled={onToggle === undefined}
                    onChange={() => onToggle?.(id, isHeld)}
                  />
                  <span>
                    <span class="mono">{name}</span>{' '}
                    {isHeld !== willBeHeld && (
                      <span class={willBeHeld ? 'chip permit' : 'chip deny'}>
                        {willBeHeld ? say.willBeGranted : say.willBeRemoved}
                      </span>
                    )}
                    {end !== undefined && <span class="chip soon">{say.ends(sayDate(end))}</span>}
                    {description !== undefined && <span class="small muted"> {description}</span>}
                  </span>
                </label>
              );
            })}
          </fieldset>
        ))}
      </div>
    </section>
  );
}
