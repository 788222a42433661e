import { useConsole } from '../console.js';
import { useDraft } from '../draft.js';
import { TextField } from '../form/fields.js';
import { FormDialog } from '../form/form.js';
import { useSending } from '../form/sending.js';
import type { Resource } from '../model.js';
import { go } from '../route.js';
import { words } from '../words.js';

interface Answers {
  readonly name?: string;
  readonly audience?: string;
  readonly description?: string;
}

/** An API to protect: what it is called, and the audience of its tokens. */
export function NewResource({ onClose }: { readonly onClose: () => void }) {
  const { api, environment } = useConsole();
  const { resource: say } = words;
  const [draft = {}, setDraft] = useDraft<Answers>('new resource');
  const sending = useSending();
  const change = (part: Answers) => setDraft({ ...draft, ...part });

  async function create(): Promise<void> {
    const { name = '', audience, description } = draft;
    const body = { name: name.trim(), ...(audience && { audience }), ...(description && { description }) };
    const path = `/environments/${environment.id}/resources`;
    const { value } = await api.change<Resource>('POST', path, { body });
    setDraft(undefined);
    onClose();
    go({ environmentId: environment.id, screen: 'scopes', id: 'resource', tab: value.id });
  }

  return (
    <FormDialog
      title={say.create}
      lead={say.lead}
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
        name="audience"
        label={say.audience}
        hint={say.audienceHint}
        value={draft.audience}
        onInput={(audience) => change({ audience })}
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
