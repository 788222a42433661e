import { useState } from 'preact/hooks';
import { Icon } from '../../../parts/icon.js';
import { layOutTree } from '../../../tree/layout.js';
import { ScopeTree } from '../../../tree/scope-tree.js';
import { type Api, ApiFailure } from '../../api.js';
import { useConsole } from '../../console.js';
import { useDraft } from '../../draft.js';
import type { Application, Grant, Resource, Scope } from '../../model.js';
import { Empty, Shown } from '../../parts.js';
import { useLoad } from '../../use-load.js';
import { words } from '../../words.js';
import {
  type GrantDraft,
  heldScopes,
  isEmpty,
  NO_CHANGE,
  requestsOf,
  settle,
  type TaggedGrant,
  toggle,
} from './changes.js';
import { Conflict } from './conflict.js';
import { OwnScopes } from './own-scopes.js';
import { Preview } from './preview.js';

interface Reach {
  readonly grants: readonly TaggedGrant[];
  readonly scopes: readonly Scope[];
  readonly resources: readonly Resource[];
}

/** See how far an application reaches, and change it knowing the effect. */
export function GrantsTab({ application }: { readonly application: Application }) {
  const { api, environment } = useConsole();
  const base = `/environments/${environment.id}`;
  const loaded = useLoad(`reach ${application.id}`, (signal) => loadReach(api, base, application.id, signal));
  return (
    <Shown loaded={loaded} what="scopes">
      {(reach) => <Editor key={application.id} application={application} reach={reach} reload={loaded.reload} />}
    </Shown>
  );
}

async function loadReach(api: Api, base: string, applicationId: string, signal: AbortSignal): Promise<Reach> {
  const [grants, scopes, resources] = await Promise.all([
    api.all<Grant>(`${base}/applications/${applicationId}/grants?limit=1000`, signal),
    api.all<Scope>(`${base}/scopes?limit=1000`, signal),
    api.all<Resource>(`${base}/resources?limit=1000`, signal),
  ]);
  const names = new Map(scopes.map(({ id, name }) => [id, name]));
  const tagged = await Promise.all(
    grants.map(async ({ id }) => {
      const { value, tag } = await api.get<Grant>(`${base}/applications/${applicationId}/grants/${id}`, signal);
      return {
        grant: { ...value, scopes: value.scopes.map((scope) => ({ ...scope, name: names.get(scope.id) ?? '' })) },
        tag,
      };
    }),
  );
  return { grants: tagged, scopes, resources };
}

interface EditorProps {
  readonly application: Application;
  readonly reach: Reach;
  readonly reload: () => void;
}

function Editor({ application, reach, reload }: EditorProps) {
  const { api, environment, may } = useConsole();
  const { grants: say } = words;
  const [stored, setDraft] = useDraft<GrantDraft>(`grants ${application.id}`);
  const [saving, setSaving] = useState(false);
  const [failure, setFailure] = useState<ApiFailure>();
  const [isAdding, setIsAdding] = useState(false);
  const held = reach.grants.map(({ grant }) => grant);
  const draft = settle(stored ?? NO_CHANGE, held, reach.scopes);
  const nameOf = new Map(reach.scopes.map(({ id, name }) => [id, name]));
  const heldNames = heldScopes(held).map(({ name }) => name ?? '');
  const nextNames = [
    ...heldScopes(held)
      .filter(({ id }) => !draft.remove.includes(id))
      .map(({ name }) => name ?? ''),
    ...draft.add.map((id) => nameOf.get(id) ?? ''),
  ];
  const input = { defined: reach.scopes.map(({ name }) => name), held: heldNames, next: nextNames };
  const mayChange = ['create', 'update', 'delete'].every((verb) => may(`applications:${verb}:grant`));
  const change = (after: GrantDraft) => setDraft(isEmpty(after) ? undefined : after);

  function toggleScope(name: string): void {
    const [first] = reach.scopes.filter((scope) => scope.name === name);
    const heldIds = heldScopes(held).filter((scope) => scope.name === name);
    const ids = heldIds.length > 0 ? heldIds : first ? [first] : [];
    change(ids.reduce((after, { id }) => toggle(after, id, heldIds.length > 0), draft));
  }

  async function save(): Promise<void> {
    if (saving) return;
    setSaving(true);
    setFailure(undefined);
    try {
      const path = `/environments/${environment.id}/applications/${application.id}/grants`;
      for (const request of requestsOf(draft, reach.grants, reach.scopes)) {
        await api.change(request.method, `${path}${request.path}`, { body: request.body, tag: request.tag });
      }
      setDraft(undefined);
      reload();
    } catch (error) {
      setFailure(error instanceof ApiFailure ? error : new ApiFailure(0, {}));
    } finally {
      setSaving(false);
    }
  }

  const { rows, others } = layOutTree(input);
  if (heldNames.length === 0 && isEmpty(draft) && !isAdding) {
    return (
      <div class="card">
        <Empty title={say.none(application.name)} lead={reach.scopes.length === 0 ? say.nothingDefined : say.noneLead}>
          {mayChange && reach.scopes.length > 0 && (
            <button type="button" class="btn primary" onClick={() => setIsAdding(true)}>
              <Icon name="plus" /> {say.first}
            </button>
          )}
        </Empty>
      </div>
    );
  }
  return (
    <>
      <p class="rule">{say.rule}</p>
      <div class="with-panel">
        <div class="stack">
          {rows.length > 0 && (
            <div class="card">
              <ScopeTree label={say.tree(application.name)} {...input} {...(mayChange && { onToggle: toggleScope })} />
            </div>
          )}
          {others.length > 0 && (
            <OwnScopes
              scopes={reach.scopes.filter(({ name }) => others.includes(name))}
              resources={reach.resources}
              held={heldScopes(held)}
              draft={draft}
              onToggle={mayChange ? (id, isHeld) => change(toggle(draft, id, isHeld)) : undefined}
            />
          )}
        </div>
        {failure?.status === 412 ? (
          <Conflict
            draft={draft}
            nameOf={nameOf}
            onApply={() => {
              setFailure(undefined);
              reload();
            }}
            onDrop={() => {
              setFailure(undefined);
              setDraft(undefined);
              reload();
            }}
          />
        ) : (
          <Preview
            application={application}
            input={input}
            draft={draft}
            nameOf={nameOf}
            isSaving={saving}
            failure={failure}
            mayChange={mayChange}
            onSave={() => void save()}
            onDiscard={() => {
              setFailure(undefined);
              setDraft(undefined);
            }}
          />
        )}
      </div>
    </>
  );
}
