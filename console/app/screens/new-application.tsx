import { useState } from 'preact/hooks';
import { useConsole } from '../console.js';
import { useDraft } from '../draft.js';
import { ChoiceField, TextField } from '../form/fields.js';
import { FormDialog } from '../form/form.js';
import { useSending } from '../form/sending.js';
import type { Application, Scope } from '../model.js';
import { go } from '../route.js';
import { useLoad } from '../use-load.js';
import { words } from '../words.js';
import { SecretOnce } from './secret-once.js';

/** What the first answer stands for: all else of an application has defaults. */
const KINDS = {
  service: {
    type: 'WORKER',
    tokenEndpointAuthMethod: 'CLIENT_SECRET_BASIC',
    grantTypes: ['CLIENT_CREDENTIALS'],
    hasSecret: true,
  },
  website: {
    type: 'WEB_APP',
    tokenEndpointAuthMethod: 'CLIENT_SECRET_BASIC',
    grantTypes: ['AUTHORIZATION_CODE', 'REFRESH_TOKEN'],
    responseTypes: ['CODE'],
    pkceEnforcement: 'S256_REQUIRED',
    hasSecret: true,
  },
  app: {
    type: 'NATIVE_APP',
    tokenEndpointAuthMethod: 'NONE',
    grantTypes: ['AUTHORIZATION_CODE', 'REFRESH_TOKEN'],
    responseTypes: ['CODE'],
    pkceEnforcement: 'S256_REQUIRED',
    hasSecret: false,
  },
} as const;
type Kind = keyof typeof KINDS;

/** How far the steps after each other have come: a failed one is tried again without the ones before. */
interface Progress {
  readonly made: Pick<Application, 'id' | 'name'> | undefined;
  readonly isGranted: boolean;
}

interface Answers extends Progress {
  readonly name: string;
  readonly kind: Kind;
  readonly redirectUri: string;
  readonly scopeId: string;
}

const NOTHING: Answers = { name: '', kind: 'service', redirectUri: '', scopeId: '', made: undefined, isGranted: false };

/** Three answers: what it is called, what it is, and its first scope. Then its secret, once. */
export function NewApplication({ onClose }: { readonly onClose: () => void }) {
  const { api, environment, may } = useConsole();
  const { newApplication: say } = words;
  const base = `/environments/${environment.id}`;
  const [draft, setDraft] = useDraft<Answers>(`new application of ${environment.id}`);
  const answers: Answers = { ...NOTHING, ...draft };
  const { made, isGranted } = answers;
  const sending = useSending();
  const [fresh, setFresh] = useState<{ readonly id: string; readonly name: string; readonly secret: string }>();
  const scopes = useLoad(`scopes of ${environment.id}`, (signal) =>
    api.all<Scope>(`${base}/scopes?limit=1000`, signal),
  );
  const chosen = scopes.value?.find(({ id }) => id === answers.scopeId);
  const change = (part: Partial<Answers>) => setDraft((latest) => ({ ...NOTHING, ...latest, ...part }));

  async function create(): Promise<void> {
    let done: Progress = { made, isGranted };
    try {
      const { hasSecret, ...kind } = KINDS[answers.kind];
      const { id, name } = made ?? (await createApplication(kind));
      done = { ...done, made: { id, name } };
      const path = `${base}/applications/${id}`;
      if (chosen !== undefined && !isGranted) {
        const body = { resource: { id: chosen.resource.id }, scopes: [{ id: chosen.id }] };
        await api.change('POST', `${path}/grants`, { body });
        done = { ...done, isGranted: true };
      }
      const secret = hasSecret && may('applications:update:secret') ? await createSecret(path) : undefined;
      setDraft(undefined);
      if (secret === undefined) open(id);
      else setFresh({ id, name, secret });
    } catch (error) {
      change(done);
      throw error;
    }
  }

  async function createSecret(path: string): Promise<string> {
    return (await api.change<{ secret: string }>('POST', `${path}/secret`)).value.secret;
  }

  async function createApplication(kind: object): Promise<Application> {
    const redirectUris = answers.kind === 'service' || answers.redirectUri === '' ? [] : [answers.redirectUri];
    const name = answers.name.trim();
    const body = { name, redirectUris, enabled: true, protocol: 'OPENID_CONNECT', trustScope: 'Account', ...kind };
    const { value } = await api.change<Application>('POST', `${base}/applications`, { body });
    return value;
  }

  function open(id: string): void {
    onClose();
    go({ environmentId: environment.id, screen: 'applications', id });
  }

  if (fresh !== undefined) {
    const { id, ...shown } = fresh;
    return <SecretOnce {...shown} onDone={() => open(id)} />;
  }
  return (
    <FormDialog
      title={say.title}
      lead={say.lead}
      sending={sending}
      submit={[say.create, say.creating]}
      isHalfway={made !== undefined}
      onSubmit={() => void sending.send(create)}
      onClose={onClose}
      onCancel={() => {
        setDraft(undefined);
        onClose();
      }}
    >
      {made ? <p class="banner soon">{say.halfway(made.name)}</p> : <WhatItIs answers={answers} change={change} />}
      {may('applications:create:grant') && !isGranted && (
        <ChoiceField
          name="scopes"
          label={say.scope}
          hint={chosen?.description}
          value={answers.scopeId}
          choices={[['', say.noScope], ...(scopes.value ?? []).map(({ id, name }) => [id, name] as const)]}
          onInput={(scopeId) => change({ scopeId })}
        />
      )}
    </FormDialog>
  );
}

interface WhatItIsProps {
  readonly answers: Answers;
  readonly change: (part: Partial<Answers>) => void;
}

/** What the application is made of: no longer asked for once it is. */
function WhatItIs({ answers, change }: WhatItIsProps) {
  const { newApplication: say } = words;
  return (
    <>
      <TextField name="name" label={say.name} isRequired value={answers.name} onInput={(name) => change({ name })} />
      <Kinds chosen={answers.kind} onChoose={(kind) => change({ kind })} />
      {answers.kind !== 'service' && (
        <TextField
          name="redirectUris"
          label={say.redirectUri}
          hint={say.redirectUriHint}
          isMono
          value={answers.redirectUri}
          onInput={(redirectUri) => change({ redirectUri })}
        />
      )}
    </>
  );
}

function Kinds({ chosen, onChoose }: { readonly chosen: Kind; readonly onChoose: (kind: Kind) => void }) {
  const { newApplication: say } = words;
  return (
    <fieldset class="field">
      <legend class="label">{say.what}</legend>
      <div class="choices">
        {(Object.keys(KINDS) as Kind[]).map((kind) => (
          <label key={kind} class={chosen === kind ? 'choice chosen' : 'choice'}>
            <input type="radio" name="kind" class="sr" checked={chosen === kind} onChange={() => onChoose(kind)} />
            <b>{say.kinds[kind].title}</b>
            <small>{say.kinds[kind].lead}</small>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
