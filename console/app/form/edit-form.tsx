import type { ComponentChildren } from 'preact';
import { Toast } from '../parts.js';
import { words } from '../words.js';
import { FailureSummary, Form } from './form.js';
import { changedMembers, type Draft } from './object-draft.js';
import type { ObjectEdit } from './use-object-edit.js';

export interface EditFormProps<T> {
  readonly edit: ObjectEdit<T>;
  readonly stored: T;
  readonly label: string;
  /** Whether the label is shown as a heading. Default `false`. */
  readonly isTitled?: boolean;
  readonly isReadOnly: boolean;
  /** The members that the form shows, and what each is called. */
  readonly labels: Readonly<Partial<Record<keyof T, string>>>;
  /** What the button says where it is more than a save. */
  readonly submit?: string;
  readonly isDanger?: boolean;
  /** What comes of the draft, above the buttons. */
  readonly effect?: ComponentChildren;
  readonly children: ComponentChildren;
}

/** The form of one object that is there: a conflict above it, the fields, what comes of it, and the undo of what was saved. */
export function EditForm<T extends object>({ edit, stored, label, isReadOnly, labels, ...props }: EditFormProps<T>) {
  const { form: say } = words;
  const { sending, isChanged } = edit;
  return (
    <>
      {edit.theirs && <EditConflict edit={edit} stored={stored} labels={labels} />}
      <section class="card" aria-label={label}>
        {props.isTitled && (
          <header>
            <h2>{label}</h2>
          </header>
        )}
        <Form class="body stack-4" sending={sending} isReadOnly={isReadOnly} onSubmit={() => void edit.save()}>
          <FailureSummary failure={sending.failure} />
          {props.children}
          {isChanged && props.effect}
          {!isReadOnly && (
            <div class="row-flex">
              <button
                type="submit"
                class={props.isDanger ? 'btn danger' : 'btn primary'}
                disabled={!isChanged}
                aria-disabled={sending.isBusy}
              >
                {sending.isBusy ? words.grants.saving : (props.submit ?? words.settings.save)}
              </button>
              {isChanged && (
                <button type="button" class="btn" aria-disabled={sending.isBusy} onClick={edit.discard}>
                  {words.discard}
                </button>
              )}
            </div>
          )}
        </Form>
      </section>
      {edit.undo && (
        <Toast onUndo={() => edit.change(edit.undo as Draft<T>)} onClose={edit.forgetUndo}>
          {say.saved}
        </Toast>
      )}
    </>
  );
}

type ConflictProps<T> = Pick<EditFormProps<T>, 'edit' | 'stored' | 'labels'>;

/** What they saved, what mine is, and two ways on. */
function EditConflict<T extends object>({ edit, stored, labels }: ConflictProps<T>) {
  const { grants: say } = words;
  const members = Object.keys(labels) as (keyof T)[];
  const theirs = edit.theirs?.value as T;
  return (
    <section class="card conflict" aria-label={words.form.conflict} role="alert">
      <header>
        <h2>{words.form.conflict}</h2>
        <span class="chip soon">{say.nothingSaved}</span>
      </header>
      <div class="side-by-side">
        <div>
          <p class="label">{say.theirs}</p>
          <Members
            labels={labels}
            before={stored}
            after={theirs}
            members={changedMembers(stored, theirs, members)}
            none={words.form.theirsElse}
          />
        </div>
        <div>
          <p class="label">{say.yours}</p>
          <Members
            labels={labels}
            before={stored}
            after={edit.edited}
            members={Object.keys(edit.draft) as (keyof T)[]}
            none=""
          />
          <p class="small ink2">{say.conflictLead}</p>
        </div>
      </div>
      <footer>
        <button type="button" class="btn primary" onClick={edit.keepMine}>
          {say.applyOnTop}
        </button>
        <button type="button" class="btn" onClick={edit.takeTheirs}>
          {say.drop}
        </button>
      </footer>
    </section>
  );
}

interface MembersProps<T> {
  readonly labels: ConflictProps<T>['labels'];
  readonly before: T;
  readonly after: T;
  readonly members: readonly (keyof T)[];
  readonly none: string;
}

function Members<T extends object>({ labels, before, after, members, none }: MembersProps<T>) {
  if (members.length === 0) return <p class="small ink2">{none}</p>;
  return (
    <>
      {members.map((member) => (
        <div key={String(member)}>
          <p class="small">{labels[member] ?? String(member)}</p>
          <ul class="diff">
            <li class="del">
              <i>−</i>
              {words.form.value(before[member])}
            </li>
            <li class="ins">
              <i>+</i>
              {words.form.value(after[member])}
            </li>
          </ul>
        </div>
      ))}
    </>
  );
}
