import { ApiFailure } from '../api.js';
import { useConsole } from '../console.js';
import { useDraft } from '../draft.js';
import { ChoiceField, TextField } from '../form/fields.js';
import { FormDialog } from '../form/form.js';
import { useSending } from '../form/sending.js';
import type { Resource } from '../model.js';
import { words } from '../words.js';

interface Answers {
  readonly resourceId?: string;
  /** Of a resource that is made with it. */
  readonly resourceName?: string;
  /** That resource, once it is made: another try does not make it again. */
  readonly made?: Pick<Resource, 'id' | 'name'>;
  readonly audience?: string;
  readonly name?: string;
  readonly description?: string;
}

export interface NewScopeProps {
  /** Those to choose from. Where it is a single one, the scope is of that. */
  readonly resources: readonly Resource[];
  readonly onClose: () => void;
  readonly onMade: () => void;
  /** A resource is made, and its scope not yet. */
  readonly onResourceMade?: () => void;
}

/** A scope of a resource that is there, or of one that is made with it. */
export function NewScope({ resources, onClose, onMade, onResourceMade }: NewScopeProps) {
  const { api, environment, may } = useConsole();
  const { newScope: say } = words;
  const base = `/environments/${environment.id}/resources`;
  const [stored, setDraft] = useDraft<Answers>(`new scope of ${environment.id}`);
  const draft = stored ?? {};
  const sending = useSending();
  const [only] = resources.length === 1 ? resources : [];
  const made = only === undefined ? draft.made : undefined;
  const choices = choicesOf(resources, made, only === undefined && may('resources:create:resource'));
  const isOffered = choices.some(([id]) => id === draft.resourceId);
  const resourceId = (isOffered ? draft.resourceId : choices[0]?.[0]) ?? '';
  const change = (part: Answers) => setDraft((latest) => ({ ...latest, ...part }));

  async function create(): Promise<void> {
    const at = resourceId === '' ? await createResource() : resourceId;
    const body = { name: draft.name ?? '', ...(draft.description && { description: draft.description }) };
    await api.change('POST', `${base}/${at}/scopes`, { body });
    setDraft(undefined);
    onMade();
  }

  async function createResource(): Promise<string> {
    const body = { name: draft.resourceName ?? '', ...(draft.audience && { audience: draft.audience }) };
    const { value } = await api.change<Resource>('POST', base, { body }).catch((error: unknown) => {
      throw error instanceof ApiFailure ? ofResource(error) : error;
    });
    const { id, name } = value;
    change({ resourceId: id, made: { id, name } });
    onResourceMade?.();
    return id;
  }

  return (
    <FormDialog
      title={say.title}
      lead={say.lead}
      sending={sending}
      submit={[say.create, words.resource.creating]}
      isHalfway={made !== undefined}
      onSubmit={() => void sending.send(create)}
      onClose={onClose}
      onCancel={() => {
        setDraft(undefined);
        onClose();
      }}
    >
      {sending.failure && made && <p class="banner soon">{say.halfway(made.name)}</p>}
      <ChoiceField
        name="resource"
        label={say.resource}
        value={resourceId}
        choices={choices}
        onInput={(id) => change({ resourceId: id })}
      />
      {resourceId === '' && (
        <>
          <TextField
            name="resourceName"
            label={say.resourceName}
            isRequired
            value={draft.resourceName}
            onInput={(resourceName) => change({ resourceName })}
          />
          <TextField
            name="audience"
            label={say.audience}
            hint={say.audienceHint}
            value={draft.audience}
            onInput={(audience) => change({ audience })}
          />
        </>
      )}
      <TextField
        name="name"
        label={say.name}
        hint={say.nameHint}
        isRequired
        value={draft.name}
        onInput={(name) => change({ name })}
      />
      <TextField
        name="description"
        label={say.description}
        value={draft.description}
        onInput={(description) => change({ description })}
      />
    </FormDialog>
  );
}

/** What was refused of the resource belongs to its field: `name` is that of the scope here. */
function ofResource({ status, code, message, details, reference }: ApiFailure): ApiFailure {
  return new ApiFailure(status, {
    code,
    message,
    details: details.map((detail) => (detail.target === 'name' ? { ...detail, target: 'resourceName' } : detail)),
    ...(reference !== undefined && { id: reference }),
  });
}

/** Those of one's own first. One that was just made is offered before the list has it. */
function choicesOf(
  resources: readonly Resource[],
  made: Answers['made'],
  isNewOffered: boolean,
): readonly (readonly [string, string])[] {
  const isCustom = ({ type }: Resource) => type === 'CUSTOM';
  const sorted = [...resources.filter(isCustom), ...resources.filter((resource) => !isCustom(resource))];
  const isListed = made === undefined || resources.some(({ id }) => id === made.id);
  return [
    ...(isListed ? [] : [[made.id, made.name] as const]),
    ...sorted.map(({ id, name }) => [id, name] as const),
    ...(isNewOffered ? [['', words.newScope.newResource] as const] : []),
  ];
}
