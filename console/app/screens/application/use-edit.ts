import { useRef, useState } from 'preact/hooks';
import { ApiFailure } from '../../api.js';
import { useConsole } from '../../console.js';
import { useDraft } from '../../draft.js';
import { toFailure } from '../../form/sending.js';
import type { Application, Grant } from '../../model.js';
import {
  combine,
  compare,
  countDates,
  countScopes,
  type GrantDraft,
  heldScopes,
  invert,
  isEmpty,
  NO_CHANGE,
  requestsOf,
  settle,
} from './changes.js';
import type { Reach } from './reach.js';

/** What was saved, and what takes it back. */
export interface Saved {
  readonly adds: number;
  readonly removes: number;
  readonly dates: number;
  readonly undo: GrantDraft;
}

export interface Edit {
  readonly draft: GrantDraft;
  readonly change: (draft: GrantDraft) => void;
  readonly discard: () => void;
  readonly save: () => Promise<void>;
  readonly isSaving: boolean;
  readonly failure: ApiFailure | undefined;
  /** What others saved while this edit was made: nothing of it was saved. */
  readonly theirs: GrantDraft | undefined;
  readonly acceptTheirs: () => void;
  /** What was saved last, as long as that is told. */
  readonly saved: Saved | undefined;
  readonly forgetSaved: () => void;
  /** Adds a change to what is pending, of which nothing is lost. `false`: there is nothing of it to do. */
  readonly propose: (change: GrantDraft) => boolean;
  /** Takes back the last tick; where there is none, proposes the inverse of what was saved last. */
  readonly undo: () => void;
}

/** The edit of an application's grants: kept until it is saved or discarded, applied to what is stored by then. */
export function useEdit(application: Application, reach: Reach, reload: () => void): Edit {
  const { api, environment } = useConsole();
  const [stored, setDraft] = useDraft<GrantDraft>(`grants ${application.id}`);
  const [isSaving, setIsSaving] = useState(false);
  const [failure, setFailure] = useState<ApiFailure>();
  const [conflict, setConflict] = useState<readonly Grant[]>();
  const [saved, setSaved] = useState<Saved>();
  const lastUndo = useRef<GrantDraft | undefined>(undefined);
  const past = useRef<GrantDraft[]>([]);
  const grants = reach.grants.map(({ grant }) => grant);
  const draft = settle(stored ?? NO_CHANGE, grants, reach.scopes);

  async function save(): Promise<void> {
    if (isSaving || isEmpty(draft)) return;
    setIsSaving(true);
    setFailure(undefined);
    let done = 0;
    try {
      const path = `/environments/${environment.id}/applications/${application.id}/grants`;
      for (const { method, path: end, body, tag } of requestsOf(draft, reach.grants, reach.scopes)) {
        await api.change(method, path + end, { body, tag });
        done++;
      }
      const [adds, removes] = [draft.add.length, draft.remove.length];
      const undoes = { at: new Date().toISOString(), scopes: countScopes(draft) };
      lastUndo.current = { ...invert(draft, heldScopes(grants)), undoes };
      setSaved({ adds, removes, dates: countDates(draft), undo: lastUndo.current });
      past.current = [];
      setDraft(undefined);
      reload();
    } catch (error) {
      const isConflict = error instanceof ApiFailure && error.status === 412;
      if (isConflict) setConflict(grants);
      else setFailure(toFailure(error));
      if (isConflict || done > 0) reload();
    } finally {
      setIsSaving(false);
    }
  }

  /** A tick while the ones before are saved would be lost with them: it is not taken. */
  const change = (after: GrantDraft) => {
    if (isSaving) return;
    past.current.push(draft);
    setSaved(undefined);
    setDraft(isEmpty(after) ? undefined : after);
  };
  return {
    draft,
    change,
    discard() {
      if (isSaving) return;
      past.current = [];
      setFailure(undefined);
      setDraft(undefined);
    },
    save,
    isSaving,
    failure,
    theirs: conflict && withoutMine(compare(conflict, grants), stored),
    acceptTheirs: () => setConflict(undefined),
    saved,
    forgetSaved: () => setSaved(undefined),
    propose(other) {
      if (isEmpty(settle(other, grants, reach.scopes))) return false;
      change(combine(draft, other));
      return true;
    },
    undo() {
      if (isSaving) return;
      const before = past.current.pop();
      if (before !== undefined) setDraft(isEmpty(before) ? undefined : before);
      else if (lastUndo.current !== undefined && isEmpty(draft)) change(lastUndo.current);
    },
  };
}

/** A save of several grants may have come half way: that part was mine. */
function withoutMine({ add, remove }: GrantDraft, mine: GrantDraft = NO_CHANGE): GrantDraft {
  return {
    add: add.filter((id) => !mine.add.includes(id)),
    remove: remove.filter((id) => !mine.remove.includes(id)),
  };
}
