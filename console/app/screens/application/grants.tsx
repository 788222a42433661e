import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { Icon } from '../../../parts/icon.js';
import { type End, layOutTree, type TreeInput } from '../../../tree/layout.js';
import { Legend } from '../../../tree/legend.js';
import { ScopeTree } from '../../../tree/scope-tree.js';
import { countEffect } from '../../../tree/state.js';
import { useConsole } from '../../console.js';
import type { Application } from '../../model.js';
import { Empty, Shown, Toast } from '../../parts.js';
import type { Route } from '../../route.js';
import { isSoon, sayDate, sayShortDate } from '../../time.js';
import { useLoad } from '../../use-load.js';
import { words } from '../../words.js';
import { AskedUndo, useAskedUndo } from './asked-undo.js';
import { CellPanel } from './cell-panel.js';
import { type GrantDraft, heldScopes, isEmpty, toggle } from './changes.js';
import { Conflict } from './conflict.js';
import { OwnScopes } from './own-scopes.js';
import { Preview } from './preview.js';
import { loadReach, type Reach } from './reach.js';
import { type Edit, useEdit } from './use-edit.js';

/** See how far an application reaches, and change it knowing the effect. */
export function GrantsTab({ application, route }: { readonly application: Application; readonly route: Route }) {
  const { api, environment } = useConsole();
  const base = `/environments/${environment.id}`;
  const loaded = useLoad(`reach ${application.id}`, (signal) => loadReach(api, base, application.id, signal));
  return (
    <Shown loaded={loaded} what={words.scopes.what}>
      {(reach) => (
        <Editor key={application.id} application={application} route={route} reach={reach} reload={loaded.reload} />
      )}
    </Shown>
  );
}

interface EditorProps {
  readonly application: Application;
  readonly route: Route;
  readonly reach: Reach;
  readonly reload: () => void;
}

function Editor({ application, route, reach, reload }: EditorProps) {
  const { may } = useConsole();
  const { grants: say } = words;
  const edit = useEdit(application, reach, reload);
  const { draft, change } = edit;
  const [isAdding, setIsAdding] = useState(false);
  const [selected, setSelected] = useState<string>();
  const held = heldScopes(reach.grants.map(({ grant }) => grant));
  const pending = JSON.stringify(draft);
  const input = useMemo(() => toInput(reach, draft), [reach, pending]);
  const nameOf = new Map(reach.scopes.map(({ id, name }) => [id, name]));
  const mayChange = ['create', 'update', 'delete'].every((verb) => may(`applications:${verb}:grant`));

  function toggleScope(name: string): void {
    const [first] = reach.scopes.filter((scope) => scope.name === name);
    const heldIds = held.filter((scope) => scope.name === name);
    const ids = heldIds.length > 0 ? heldIds : first ? [first] : [];
    change(ids.reduce((after, { id }) => toggle(after, id, heldIds.length > 0), draft));
  }

  const panel = useRef<HTMLDivElement>(null);
  useEditKeys(edit, panel);
  const asked = useAskedUndo(route, application.id, mayChange ? edit : undefined);

  const tree = useMemo(() => layOutTree(input), [input]);
  if (held.length === 0 && isEmpty(draft) && !isAdding && asked === undefined) {
    const mayBegin = mayChange && reach.scopes.length > 0;
    return (
      <>
        <NoGrants application={application} reach={reach} onBegin={mayBegin ? () => setIsAdding(true) : undefined} />
        <SavedToast application={application} edit={edit} />
      </>
    );
  }
  const scope = reach.scopes.find(({ name }) => name === selected);
  return (
    <>
      <p class="rule">{say.rule}</p>
      <p class="sr" role="status">
        {isEmpty(draft) ? '' : say.sum(countEffect(input))}
      </p>
      {asked && <AskedUndo asked={asked} />}
      <Stale edit={edit} nameOf={nameOf} />
      <div class="with-panel">
        <div class="stack">
          {tree.rows.length > 0 && (
            <>
              <Legend />
              <div class="card">
                <ScopeTree
                  label={say.tree(application.name)}
                  isPreview
                  {...input}
                  {...(mayChange && { onToggle: toggleScope })}
                  onSelect={setSelected}
                  onOpen={() => panel.current?.focus()}
                />
              </div>
            </>
          )}
          {tree.others.length > 0 && (
            <OwnScopes
              scopes={reach.scopes.filter(({ name }) => tree.others.includes(name))}
              resources={reach.resources}
              held={held}
              draft={draft}
              onToggle={mayChange ? (id, isHeld) => change(toggle(draft, id, isHeld)) : undefined}
            />
          )}
        </div>
        <div class="stack panel" ref={panel} tabIndex={-1}>
          {(!isEmpty(draft) || scope === undefined) && edit.theirs === undefined && (
            <Preview {...{ application, reach, input, nameOf, mayChange, edit }} />
          )}
          {scope && (
            <CellPanel
              {...{ application, scope, input, draft }}
              held={held.find(({ id }) => id === scope.id)}
              onToggle={mayChange ? () => toggleScope(scope.name) : undefined}
              onEnd={(end) => change({ ...draft, ends: { ...draft.ends, [scope.id]: end } })}
            />
          )}
        </div>
      </div>
      <SavedToast application={application} edit={edit} />
    </>
  );
}

interface NoGrantsProps {
  readonly application: Application;
  readonly reach: Reach;
  /** Shows the scopes that can be granted; absent where there are none, or the caller may not grant them. */
  readonly onBegin: (() => void) | undefined;
}

function NoGrants({ application, reach, onBegin }: NoGrantsProps) {
  const { grants: say } = words;
  return (
    <div class="card">
      <Empty title={say.none(application.name)} lead={reach.scopes.length === 0 ? say.nothingDefined : say.noneLead}>
        {onBegin && (
          <button type="button" class="btn primary" onClick={onBegin}>
            <Icon name="plus" /> {say.first}
          </button>
        )}
      </Empty>
    </div>
  );
}

/** What somebody else has changed in the meantime. */
function Stale({ edit, nameOf }: { readonly edit: Edit; readonly nameOf: ReadonlyMap<string, string> }) {
  if (edit.theirs === undefined) return null;
  const drop = () => {
    edit.acceptTheirs();
    edit.discard();
  };
  return <Conflict theirs={edit.theirs} draft={edit.draft} nameOf={nameOf} onApply={edit.acceptTheirs} onDrop={drop} />;
}

/** `Ctrl Z` outside of fields; `Escape` leads from the panel back to the cell. */
function useEditKeys({ undo }: Edit, panel: { readonly current: HTMLElement | null }): void {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const { key, target } = event;
      if (!(target instanceof Element) || target.closest('dialog')) return;
      if (key === 'Escape' && panel.current?.contains(target)) {
        document.querySelector<HTMLElement>('.tree [tabindex="0"]')?.focus();
      } else if (key.toLowerCase() === 'z' && (event.ctrlKey || event.metaKey) && !target.closest('input')) {
        event.preventDefault();
        undo();
      }
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  });
}

function SavedToast({
  application,
  edit: { saved, change, forgetSaved },
}: {
  readonly application: Application;
  readonly edit: Edit;
}) {
  if (saved === undefined) return null;
  return (
    <Toast onUndo={() => change(saved.undo)} onClose={forgetSaved}>
      {words.grants.saved(application.name, saved.adds, saved.removes, saved.dates)}
    </Toast>
  );
}

function toInput({ grants, scopes }: Reach, { add, remove, ends = {} }: GrantDraft): Required<TreeInput> {
  const held = heldScopes(grants.map(({ grant }) => grant));
  const kept = held.filter(({ id }) => !remove.includes(id));
  const added = scopes.filter(({ id }) => add.includes(id));
  const next = [...kept, ...added].map(({ name = '' }) => name);
  const dates = [...kept, ...added].flatMap((scope): [string, End][] => {
    const stored = 'expiresAt' in scope ? scope.expiresAt : undefined;
    const end = scope.id in ends ? ends[scope.id] : stored;
    if (typeof end !== 'string') return [];
    return [[scope.name ?? '', { short: sayShortDate(end), long: sayDate(end), isSoon: isSoon(end) }]];
  });
  return {
    defined: scopes.map(({ name }) => name),
    held: held.map(({ name = '' }) => name),
    next,
    ends: new Map(dates),
  };
}
