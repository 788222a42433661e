import { useRef, useState } from 'preact/hooks';
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

interface Answers {
  readonly name: string;
  readonly kind: Kind;
  readonly redirectUri: string;
  readonly scopeId: string;
}

const NOTHING: Answers = { name: '', kind: 'service', redirectUri: '', scopeId: '' };

/** How far the steps after each other have come: a failed one is tried again without the ones before. */
interface Made {
  readonly application?: Application;
  readonly isGranted?: boolean;
  readonly secret?: string;
}

/** Three answers: what it is called, what it is, and its first scope. Then its secret, once. */
export function NewApplication({ onClose }: { readonly onClose: () => void }) {
  const { api, environment, may } = useConsole();
  const { newApplication: say } = words;
  const base = `/environments/${environment.id}`;
  const [draft, setDraft] = useDraft<Answers>('new application');
  const answers = { ...NOTHING, ...draft };
  const sending = useSending();
  const [fresh, setFresh] = useState<{ readonly name: string; readonly secret: string }>();
  const made = useRef<Made>({});
  const scopes = useLoad(`scopes of ${environment.id}`, (signal) =>
    api.all<Scope>(`${base}/scopes?limit=1000`, signal),
  );
  const chosen = scopes.value?.find(({ id }) => id === answers.scopeId);
  const change = (part: Partial<Answers>) => setDraft({ ...answers, ...part });

  async function create(): Promise<void> {
    const { hasSecret, ...kind } = KINDS[answers.kind];
    const application = made.current.application ?? (await createApplication(kind));
    made.current = { ...made.current, application };
    const path = `${base}/applications/${application.id}`;
    if (chosen !== undefined && made.current.isGranted !== true) {
      const body = { resource: { id: chosen.resource.id }, scopes: [{ id: chosen.id }] };
      await api.change('POST', `${path}/grants`, { body });
      made.current = { ...made.current, isGranted: true };
    }
    if (hasSecret && may('applications:update:secret')) {
      const { value } = await api.change<{ secret: string }>('POST', `${path}/secret`);
      made.current = { ...made.current, secret: value.secret };
    }
    setDraft(undefined);
    if (made.current.secret === undefined) open();
    else setFresh({ name: application.name, secret: made.current.secret });
  }

  async function createApplication(kind: object): Promise<Application> {
    const redirectUris = answers.kind === 'service' || answers.redirectUri === '' ? [] : [answers.redirectUri];
    const name = answers.name.trim();
    const body = { name, redirectUris, enabled: true, protocol: 'OPENID_CONNECT', trustScope: 'Account', ...kind };
    const { value } = await api.change<Application>('POST', `${base}/applications`, { body });
    return value;
  }

  function open(): void {
    onClose();
    go({ environmentId: environment.id, screen: 'applications', id: made.current.application?.id });
  }

  if (fresh !== undefined) return <SecretOnce {...fresh} onDone={open} />;
  return (
    <FormDialog
      title={say.title}
      lead={say.lead}
      sending={sending}
      submit={[say.create, say.creating]}
      onSubmit={() => void sending.send(create)}
      onClose={onClose}
      onCancel={() => {
        setDraft(undefined);
        onClose();
      }}
    >
      {sending.failure && made.current.application && <p class="banner soon">{say.halfway}</p>}
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
      {may('applications:create:grant') && (
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
