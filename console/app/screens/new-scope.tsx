import { useState } from 'preact/hooks';
import { ApiFailure } from '../api.js';
import { useConsole } from '../console.js';
import { useDraft } from '../draft.js';
import type { Resource } from '../model.js';
import { Dialog, Failure } from '../parts.js';
import { words } from '../words.js';

interface Answers {
  readonly resourceId?: string;
  /** Of a resource that is made with it. */
  readonly resourceName?: string;
  readonly audience?: string;
  readonly name?: string;
  readonly description?: string;
}

export interface NewScopeProps {
  readonly resources: readonly Resource[];
  readonly onClose: () => void;
  readonly onMade: () => void;
}

/** A scope of a resource that is there, or of one that is made with it. */
export function NewScope({ resources, onClose, onMade }: NewScopeProps) {
  const { api, environment, may } = useConsole();
  const { newScope: say } = words;
  const base = `/environments/${environment.id}/resources`;
  const custom = resources.filter(({ type }) => type === 'CUSTOM');
  const mayMakeResource = may('resources:create:resource');
  const [draft, setDraft] = useDraft<Answers>('new scope');
  const [failure, setFailure] = useState<ApiFailure>();
  const [isBusy, setIsBusy] = useState(false);
  const resourceId = draft?.resourceId ?? custom[0]?.id ?? '';
  const change = (part: Answers) => setDraft({ ...draft, ...part });

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    if (isBusy) return;
    setIsBusy(true);
    setFailure(undefined);
    try {
      const at = resourceId === '' ? await createResource() : resourceId;
      const body = { name: draft?.name, ...(draft?.description && { description: draft.description }) };
      await api.change('POST', `${base}/${at}/scopes`, { body });
      setDraft(undefined);
      onMade();
    } catch (error) {
      setFailure(error instanceof ApiFailure ? error : new ApiFailure(0, {}));
      setIsBusy(false);
    }
  }

  /** Once it is made, the draft names it: another try does not make it again. */
  async function createResource(): Promise<string> {
    const body = { name: draft?.resourceName, ...(draft?.audience && { audience: draft.audience }) };
    const { value } = await api.change<Resource>('POST', base, { body });
    change({ resourceId: value.id });
    return value.id;
  }

  return (
    <Dialog label={say.title} onClose={onClose}>
      <form onSubmit={(event) => void submit(event)}>
        <header>
          <h2>{say.title}</h2>
          <p class="ink2">{say.lead}</p>
        </header>
        <div class="body">
          <div class="field">
            <label for="scope-resource">{say.resource}</label>
            <select
              id="scope-resource"
              class="input"
              value={resourceId}
              onChange={({ currentTarget }) => change({ resourceId: currentTarget.value })}
            >
              {custom.map(({ id, name }) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
              {mayMakeResource && <option value="">{say.newResource}</option>}
            </select>
          </div>
          {resourceId === '' && (
            <>
              <Text
                id="resource-name"
                label={say.resourceName}
                required
                value={draft?.resourceName}
                onInput={(resourceName) => change({ resourceName })}
              />
              <Text
                id="resource-audience"
                label={say.audience}
                hint={say.audienceHint}
                value={draft?.audience}
                onInput={(audience) => change({ audience })}
              />
            </>
          )}
          <Text
            id="scope-name"
            label={say.name}
            hint={say.nameHint}
            required
            value={draft?.name}
            onInput={(name) => change({ name })}
          />
          <Text
            id="scope-description"
            label={say.description}
            value={draft?.description}
            onInput={(description) => change({ description })}
          />
          {failure && <Failure failure={failure} isChange />}
        </div>
        <footer>
          <button type="button" class="btn" onClick={onClose}>
            {words.cancel}
          </button>
          <button type="submit" class="btn primary" aria-disabled={isBusy}>
            {say.create}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

interface TextProps {
  readonly id: string;
  readonly label: string;
  readonly hint?: string;
  readonly required?: boolean;
  readonly value: string | undefined;
  readonly onInput: (value: string) => void;
}

function Text({ id, label, hint, required = false, value = '', onInput }: TextProps) {
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        class="input"
        required={required}
        value={value}
        onInput={({ currentTarget }) => onInput(currentTarget.value)}
      />
      {hint !== undefined && <span class="hint">{hint}</span>}
    </div>
  );
}
