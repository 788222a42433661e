import { words } from '../../words.js';
import { type GrantDraft, isEmpty } from './changes.js';
import { Difference } from './difference.js';

export interface ConflictProps {
  /** What somebody else saved meanwhile. */
  readonly theirs: GrantDraft;
  readonly draft: GrantDraft;
  readonly nameOf: ReadonlyMap<string, string>;
  /** Keeps the draft, on top of what is stored by now. */
  readonly onApply: () => void;
  readonly onDrop: () => void;
}

/** Somebody changed the grants meanwhile: nothing was saved, and the draft is kept until one way is chosen. */
export function Conflict({ theirs, draft, nameOf, onApply, onDrop }: ConflictProps) {
  const { grants: say } = words;
  return (
    <section class="card conflict" aria-label={say.conflict} role="alert">
      <header>
        <h2>{say.conflict}</h2>
        <span class="chip soon">{say.nothingSaved}</span>
      </header>
      <div class="side-by-side">
        <div>
          <p class="label">{say.theirs}</p>
          {isEmpty(theirs) ? <p class="small ink2">{say.theirsElse}</p> : <Difference draft={theirs} nameOf={nameOf} />}
        </div>
        <div>
          <p class="label">{say.yours}</p>
          <Difference draft={draft} nameOf={nameOf} />
          <p class="small ink2">{say.conflictLead}</p>
        </div>
      </div>
      <footer>
        <button type="button" class="btn primary" onClick={onApply}>
          {say.applyOnTop}
        </button>
        <button type="button" class="btn" onClick={onDrop}>
          {say.drop}
        </button>
      </footer>
    </section>
  );
}
