import type { Api } from '../api.js';
import { useDraft } from '../draft.js';
import { ChoiceField, TextField } from '../form/fields.js';
import { FormDialog } from '../form/form.js';
import { useSending } from '../form/sending.js';
import type { Environment } from '../model.js';
import { words } from '../words.js';

interface Answers {
  readonly name?: string;
  readonly description?: string;
  readonly type?: Environment['type'];
  readonly id?: string;
}

export interface NewEnvironmentProps {
  readonly api: Api;
  readonly onClose: () => void;
  readonly onMade: (environment: Environment) => void;
}

/** Also where there is no environment yet: so it is given all that it needs. */
export function NewEnvironment({ api, onClose, onMade }: NewEnvironmentProps) {
  const { environments: say } = words;
  const [stored, setDraft] = useDraft<Answers>('new environment');
  const draft = stored ?? {};
  const sending = useSending();
  const change = (part: Answers) => setDraft({ ...draft, ...part });

  async function create(): Promise<void> {
    const { name = '', description, type = 'SANDBOX', id = '' } = draft;
    const body = {
      name: name.trim(),
      type,
      ...(description && { description }),
      ...(id.trim() !== '' && { id: id.trim() }),
    };
    const { value } = await api.change<Environment>('POST', '/environments', { body });
    setDraft(undefined);
    onClose();
    onMade(value);
  }

  return (
    <FormDialog
      title={say.create}
      lead={say.createLead}
      sending={sending}
      submit={[say.createIt, say.creating]}
      onSubmit={() => void sending.send(create)}
      onClose={onClose}
      onCancel={() => {
        setDraft(undefined);
        onClose();
      }}
    >
      <TextField name="name" label={say.name} isRequired value={draft.name} onInput={(name) => change({ name })} />
      <TextField
        name="description"
        label={say.description}
        value={draft.description}
        onInput={(description) => change({ description })}
      />
      <ChoiceField
        name="type"
        label={say.type}
        value={draft.type ?? 'SANDBOX'}
        choices={TYPES}
        onInput={(type) => change({ type })}
      />
      <TextField name="id" label={say.id} hint={say.idHint} isMono value={draft.id} onInput={(id) => change({ id })} />
    </FormDialog>
  );
}

export const TYPES = (['SANDBOX', 'PRODUCTION'] as const).map(
  (type) => [type, words.environments.types[type]] as const,
);
