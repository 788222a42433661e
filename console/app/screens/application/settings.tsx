import { useState } from 'preact/hooks';
import { ApiFailure, type Tagged } from '../../api.js';
import { useConsole } from '../../console.js';
import { useDraft } from '../../draft.js';
import type { Application } from '../../model.js';
import { Dialog, Failure } from '../../parts.js';
import { go } from '../../route.js';
import { words } from '../../words.js';

interface Edit {
  readonly name?: string;
  readonly description?: string;
  readonly enabled?: boolean;
  readonly trustScope?: Application['trustScope'];
}

export interface SettingsProps {
  readonly tagged: Tagged<Application>;
  readonly onChange: (tagged: Tagged<Application>) => void;
}

/** Name, description, enabled; and the end of an application. */
export function SettingsTab({ tagged, onChange }: SettingsProps) {
  const { api, environment, may } = useConsole();
  const { settings: say } = words;
  const { value: application, tag } = tagged;
  const [draft, setDraft] = useDraft<Edit>(`settings ${application.id}`);
  const [failure, setFailure] = useState<ApiFailure>();
  const [isBusy, setIsBusy] = useState(false);
  const [isDeleting, setIsDeleting] = useState(false);
  const path = `/environments/${environment.id}/applications/${application.id}`;
  const edited = { ...application, ...draft };
  const mayUpdate = may('applications:update:application');

  async function save(event: Event): Promise<void> {
    event.preventDefault();
    if (isBusy || draft === undefined) return;
    setIsBusy(true);
    setFailure(undefined);
    try {
      onChange(await api.change<Application>('PATCH', path, { body: draft, tag }));
      setDraft(undefined);
    } catch (error) {
      setFailure(error instanceof ApiFailure ? error : new ApiFailure(0, {}));
    }
    setIsBusy(false);
  }

  async function readAgain(): Promise<void> {
    setFailure(undefined);
    onChange(await api.get<Application>(path)); // the draft stays, on top of it
  }

  return (
    <div class="stack-5">
      <section class="card" aria-label={words.applications.tabs.settings}>
        <form class="body stack" onSubmit={(event) => void save(event)}>
          <div class="field">
            <label for="name">{say.name}</label>
            <input
              id="name"
              class="input"
              required
              disabled={!mayUpdate}
              value={edited.name}
              onInput={({ currentTarget }) => setDraft({ ...draft, name: currentTarget.value })}
            />
          </div>
          <div class="field">
            <label for="description">{say.description}</label>
            <input
              id="description"
              class="input"
              disabled={!mayUpdate}
              value={edited.description ?? ''}
              onInput={({ currentTarget }) => setDraft({ ...draft, description: currentTarget.value })}
            />
          </div>
          <div class="field">
            <label for="trust">{say.trust}</label>
            <select
              id="trust"
              class="input"
              disabled={!mayUpdate}
              value={edited.trustScope}
              onChange={({ currentTarget }) =>
                setDraft({ ...draft, trustScope: currentTarget.value as Application['trustScope'] })
              }
            >
              {(['Account', 'Tags', 'Explicit'] as const).map((trust) => (
                <option key={trust} value={trust}>
                  {say.trusts[trust]}
                </option>
              ))}
            </select>
          </div>
          <label class="check">
            <input
              type="checkbox"
              disabled={!mayUpdate}
              checked={edited.enabled}
              onChange={() => setDraft({ ...draft, enabled: !edited.enabled })}
            />
            <span>
              {say.enabled}
              <br />
              <span class="small muted">{say.enabledHint}</span>
            </span>
          </label>
          {failure?.status === 412 ? (
            <div class="banner soon" role="alert">
              <div class="grow">
                <p>
                  <b>{say.conflict}</b> {say.conflictLead}
                </p>
              </div>
              <button type="button" class="btn" onClick={() => void readAgain()}>
                {say.readAgain}
              </button>
            </div>
          ) : (
            failure && <Failure failure={failure} isChange />
          )}
          {mayUpdate && (
            <div class="row-flex">
              <button type="submit" class="btn primary" disabled={draft === undefined} aria-disabled={isBusy}>
                {isBusy ? words.grants.saving : say.save}
              </button>
              {draft !== undefined && (
                <button type="button" class="btn" onClick={() => setDraft(undefined)}>
                  {words.discard}
                </button>
              )}
            </div>
          )}
        </form>
      </section>
      {may('applications:delete:application') && (
        <section class="card" aria-label={say.end}>
          <div class="body spread">
            <p class="ink2">{say.deleteLead}</p>
            <button type="button" class="btn danger" onClick={() => setIsDeleting(true)}>
              {say.delete(application.name)}
            </button>
          </div>
        </section>
      )}
      {isDeleting && (
        <Delete
          application={application}
          onClose={() => setIsDeleting(false)}
          onDelete={async () => {
            await api.change('DELETE', path, { tag });
            go({ environmentId: environment.id, screen: 'applications' });
          }}
        />
      )}
    </div>
  );
}

interface DeleteProps {
  readonly application: Application;
  readonly onClose: () => void;
  readonly onDelete: () => Promise<void>;
}

/** The name is typed, for what cannot be undone. */
function Delete({ application, onClose, onDelete }: DeleteProps) {
  const { settings: say } = words;
  const [typed, setTyped] = useState('');
  const [failure, setFailure] = useState<ApiFailure>();
  return (
    <Dialog label={say.deleteTitle(application.name)} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (typed !== application.name) return;
          void onDelete().catch((error: unknown) =>
            setFailure(error instanceof ApiFailure ? error : new ApiFailure(0, {})),
          );
        }}
      >
        <header>
          <h2>{say.deleteTitle(application.name)}</h2>
          <p class="ink2">{say.deleteWhat}</p>
        </header>
        <div class="body">
          <div class="field">
            <label for="confirm">{say.typeName(application.name)}</label>
            <input
              id="confirm"
              class="input"
              autocomplete="off"
              value={typed}
              onInput={({ currentTarget }) => setTyped(currentTarget.value)}
            />
          </div>
          {failure && <Failure failure={failure} isChange />}
        </div>
        <footer>
          <button type="button" class="btn" onClick={onClose}>
            {say.keep}
          </button>
          <button type="submit" class="btn danger" disabled={typed !== application.name}>
            {say.deleteIt}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
