import { useState } from 'preact/hooks';
import { ApiFailure, type Tagged } from '../api.js';
import { useConsole } from '../console.js';
import { useDraft } from '../draft.js';
import { applyDraft, changedSince, type Draft, invert, settle } from './object-draft.js';
import { type Sending, useSending } from './sending.js';

export interface ObjectEdit<T> {
  /** What is stored, with the draft on top. */
  readonly edited: T;
  readonly draft: Draft<T>;
  readonly isChanged: boolean;
  readonly change: (members: Draft<T>) => void;
  readonly discard: () => void;
  readonly save: () => Promise<void>;
  readonly sending: Sending;
  /** What somebody else saved meanwhile: nothing of the draft was saved, and it is kept until one way is chosen. */
  readonly theirs: Tagged<T> | undefined;
  readonly keepMine: () => void;
  readonly takeTheirs: () => void;
  /** What takes back that which was saved last. */
  readonly undo: Draft<T> | undefined;
  readonly forgetUndo: () => void;
}

export interface ObjectEditOptions<T> {
  /** Of the object, in the admin API. */
  readonly path: string;
  readonly tagged: Tagged<T>;
  /** Gets what is stored by now. */
  readonly onChange: (tagged: Tagged<T>) => void;
}

/** The edit of one object: a merge patch on the condition that the object is as it was shown. It outlives a reload. */
export function useObjectEdit<T extends object>({ path, tagged, onChange }: ObjectEditOptions<T>): ObjectEdit<T> {
  const { api } = useConsole();
  const [stored, setDraft] = useDraft<Draft<T>>(path);
  const sending = useSending();
  const [theirs, setTheirs] = useState<Tagged<T>>();
  const [undo, setUndo] = useState<Draft<T>>();
  const draft = settle(stored ?? {}, tagged.value);
  const isChanged = Object.keys(draft).length > 0;

  async function patch(): Promise<void> {
    try {
      const after = await api.change<T>('PATCH', path, { body: draft, tag: tagged.tag });
      setUndo(invert(draft, tagged.value));
      setDraft((latest = {}) => orNone(changedSince(draft, latest, tagged.value)));
      onChange(after);
    } catch (error) {
      if (!(error instanceof ApiFailure) || error.status !== 412) throw error;
      setTheirs(await api.get<T>(path));
    }
  }

  const settleConflict = (isMineKept: boolean) => {
    if (!isMineKept) setDraft(undefined);
    if (theirs !== undefined) onChange(theirs);
    setTheirs(undefined);
  };
  return {
    edited: applyDraft(tagged.value, draft),
    draft,
    isChanged,
    change(members) {
      setUndo(undefined);
      setDraft(orNone(settle({ ...draft, ...members }, tagged.value)));
    },
    discard() {
      if (sending.isBusy) return;
      sending.forget();
      setDraft(undefined);
    },
    async save() {
      if (isChanged) await sending.send(patch);
    },
    sending,
    theirs,
    keepMine: () => settleConflict(true),
    takeTheirs: () => settleConflict(false),
    undo,
    forgetUndo: () => setUndo(undefined),
  };
}

function orNone<T>(draft: Draft<T>): Draft<T> | undefined {
  return Object.keys(draft).length === 0 ? undefined : draft;
}
