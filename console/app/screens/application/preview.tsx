import { useEffect, useState } from 'preact/hooks';
import type { TreeInput } from '../../../tree/layout.js';
import { countEffect } from '../../../tree/state.js';
import type { Application } from '../../model.js';
import { Failure, Time } from '../../parts.js';
import { words } from '../../words.js';
import { countDates, countScopes, isEmpty, type Undone } from './changes.js';
import { Difference } from './difference.js';
import { CallImpact } from './impact.js';
import type { Reach } from './reach.js';
import type { Edit } from './use-edit.js';

export interface PreviewProps {
  readonly application: Application;
  readonly reach: Reach;
  readonly input: TreeInput;
  readonly nameOf: ReadonlyMap<string, string>;
  readonly mayChange: boolean;
  readonly edit: Edit;
}

/** What a change takes and gives, before it is saved. On phones it is a sheet at the bottom, folded to one line. */
export function Preview({ application, reach, input, nameOf, mayChange, edit }: PreviewProps) {
  const { draft, save, isSaving, failure, discard } = edit;
  const { grants: say } = words;
  const [isUnfolded, setIsUnfolded] = useState(false);
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void save();
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  });
  if (isEmpty(draft)) {
    return (
      <aside class="card" aria-label={say.panel}>
        <header>
          <h2>{say.panel}</h2>
        </header>
        <div class="body">
          <p class="small ink2">{mayChange ? say.tick : say.mayNotChange}</p>
        </div>
      </aside>
    );
  }
  const { lost, stay, won } = countEffect(input);
  const [adds, removes, dates] = [draft.add.length, draft.remove.length, countDates(draft)];
  return (
    <aside class={isUnfolded ? 'card sheet unfolded' : 'card sheet'} aria-label={say.panel}>
      <div class="line">
        <b class="grow">{say.sheet(lost, won)}</b>
        <button type="button" class="btn" aria-expanded={isUnfolded} onClick={() => setIsUnfolded(!isUnfolded)}>
          {isUnfolded ? say.fold : say.review}
        </button>
      </div>
      <header>
        <h2>{say.panel}</h2>
        <span class="xs muted">{say.unsaved}</span>
      </header>
      <div class="body stack">
        {draft.undoes && <Undoes undoes={draft.undoes} left={countScopes(draft)} />}
        <Difference draft={draft} nameOf={nameOf} />
        <p class="small">{say.effect(application.name, lost, won, stay)}</p>
        <CallImpact application={application} draft={draft} reach={reach} />
        <p class="small ink2">{say.takesEffect}</p>
        {failure && <Failure failure={failure} isChange />}
      </div>
      <footer>
        <button
          type="button"
          class={lost > 0 ? 'btn danger' : 'btn primary'}
          aria-disabled={isSaving}
          onClick={() => void save()}
        >
          {isSaving ? say.saving : say.save(adds, removes, dates)}
        </button>
        <button type="button" class="btn" onClick={discard}>
          {words.discard}
        </button>
        <span class="grow" />
        <kbd title={say.saveKey}>Ctrl ↵</kbd>
      </footer>
    </aside>
  );
}

/** That this is an undo, and what of the change is no longer there to be undone. */
function Undoes({ undoes: { at, scopes }, left }: { readonly undoes: Undone; readonly left: number }) {
  const { grants: say } = words;
  return (
    <p class="small">
      {say.undoes} <Time at={at} />. {left < scopes ? say.undoneSince(scopes - left) : say.allUndone}
    </p>
  );
}
