import { Urn } from '../../../parts/urn.js';
import type { TreeInput } from '../../../tree/layout.js';
import { readState } from '../../../tree/state.js';
import { useConsole } from '../../console.js';
import type { Application, GrantedScope, Scope } from '../../model.js';
import { Copy } from '../../parts.js';
import { linkTo } from '../../route.js';
import { dayOf, endOfDay } from '../../time.js';
import { words } from '../../words.js';
import type { GrantDraft } from './changes.js';

export interface CellPanelProps {
  readonly application: Application;
  readonly scope: Scope;
  readonly input: TreeInput;
  readonly draft: GrantDraft;
  /** What is stored of it, where it is held. */
  readonly held: GrantedScope | undefined;
  /** Without it, nothing can be changed. */
  readonly onToggle: (() => void) | undefined;
  readonly onEnd: (end: string | null) => void;
}

/** The scope that has the focus: why it is reached, until when, and who else reaches it. */
export function CellPanel({ application, scope, input, draft, held, onToggle, onEnd }: CellPanelProps) {
  const { environment, may } = useConsole();
  const { grants: say } = words;
  const { isHeld, by } = readState(scope.name, input);
  const state = isHeld ? (by.length > 0 ? 'twice' : 'held') : by.length > 0 ? 'covered' : 'off';
  const why = { held: say.whyHeld, twice: say.whyTwice, covered: say.whyCovered, off: say.whyOff }[state];
  const stored = held?.expiresAt ?? null;
  const end = draft.ends?.[scope.id] === undefined ? stored : (draft.ends[scope.id] ?? null);
  const label = state === 'covered' || state === 'twice' ? say.why : say.cell;
  const chain = [...by].sort((a, b) => a.length - b.length);
  return (
    <aside class="card" aria-label={label}>
      <header>
        <h2>{label}</h2>
        <span class={state === 'off' ? 'chip' : isHeld ? 'chip held' : 'chip covered'}>{say.state[state]}</span>
      </header>
      <div class="body stack">
        <p>
          <Urn scope={scope.name} /> <Copy value={scope.name} what={words.scopes.name} />
        </p>
        {scope.description !== undefined && <p class="small ink2">{scope.description}</p>}
        <p class="small ink2">{why(application.name)}</p>
        {chain.length > 0 && (
          <ol class="ladder card">
            {[...chain, scope.name].map((name) => (
              <li key={name} class={input.next?.includes(name) ? 'has' : undefined}>
                <span class="knob" />
                <Urn scope={name} />
              </li>
            ))}
          </ol>
        )}
        {isHeld && onToggle && (
          <div class="field">
            <label for="ends">{say.endsOn}</label>
            <input
              id="ends"
              class="input"
              type="date"
              value={end === null ? '' : dayOf(end)}
              onInput={({ currentTarget: { value } }) => onEnd(value === '' ? null : endOfDay(value))}
            />
            <span class="hint">{say.endsHint}</span>
          </div>
        )}
        <div class="row-flex">
          {may('applications:read:explanation') && (
            <a
              class="btn"
              data-key="w"
              href={linkTo({
                environmentId: environment.id,
                screen: 'explain',
                query: { application: application.id, scope: scope.name },
              })}
            >
              {say.explain} <kbd>W</kbd>
            </a>
          )}
          {may('resources:read:scope') && (
            <a class="btn" href={linkTo({ environmentId: environment.id, screen: 'scopes', id: scope.id })}>
              {say.who}
            </a>
          )}
          {onToggle && (
            <button type="button" class="btn ghost" onClick={onToggle}>
              {isHeld ? say.remove : state === 'covered' ? say.hold : say.grant}
            </button>
          )}
        </div>
      </div>
    </aside>
  );
}
