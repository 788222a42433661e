import { useEffect } from 'preact/hooks';
import type { TreeInput } from '../../../tree/layout.js';
import { countEffect } from '../../../tree/state.js';
import type { ApiFailure } from '../../api.js';
import type { Application } from '../../model.js';
import { Failure } from '../../parts.js';
import { words } from '../../words.js';
import { type GrantDraft, isEmpty } from './changes.js';
import { Difference } from './difference.js';

export interface PreviewProps {
  readonly application: Application;
  readonly input: TreeInput;
  readonly draft: GrantDraft;
  readonly nameOf: ReadonlyMap<string, string>;
  readonly isSaving: boolean;
  readonly failure: ApiFailure | undefined;
  readonly mayChange: boolean;
  readonly onSave: () => void;
  readonly onDiscard: () => void;
}

/** What a change takes and gives, before it is saved. */
export function Preview(props: PreviewProps) {
  const { application, input, draft, nameOf, isSaving, failure, mayChange, onSave, onDiscard } = props;
  const { grants: say } = words;
  useEffect(() => {
    if (isEmpty(draft)) return;
    const press = (event: KeyboardEvent) => {
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) onSave();
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  });
  if (isEmpty(draft)) {
    return (
      <aside class="card panel" aria-label={say.panel}>
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
  const removes = draft.remove.length;
  const adds = draft.add.length;
  return (
    <aside class="card panel" aria-label={say.panel}>
      <header>
        <h2>{say.panel}</h2>
        <span class="xs muted">{say.unsaved}</span>
      </header>
      <div class="body stack">
        <Difference draft={draft} nameOf={nameOf} />
        <p class="small" role="status">
          {say.effect(application.name, lost, won, stay)}
        </p>
        <p class="small ink2">{say.takesEffect}</p>
        {failure && <Failure failure={failure} isChange />}
      </div>
      <footer>
        <button type="button" class={lost > 0 ? 'btn danger' : 'btn primary'} aria-disabled={isSaving} onClick={onSave}>
          {isSaving ? say.saving : say.save(adds, removes)}
        </button>
        <button type="button" class="btn" onClick={onDiscard}>
          {words.discard}
        </button>
        <span class="grow" />
        <kbd title={say.saveKey}>Ctrl ↵</kbd>
      </footer>
    </aside>
  );
}
