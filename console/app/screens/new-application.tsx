import { useRef, useState } from 'preact/hooks';
import { ApiFailure } from '../api.js';
import { useConsole } from '../console.js';
import { useDraft } from '../draft.js';
import type { Application, Scope } from '../model.js';
import { Dialog, Failure } from '../parts.js';
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
  const [failure, setFailure] = useState<ApiFailure>();
  const [isBusy, setIsBusy] = useState(false);
  const [fresh, setFresh] = useState<{ readonly name: string; readonly secret: string }>();
  const made = useRef<Made>({});
  const scopes = useLoad(`scopes of ${environment.id}`, (signal) =>
    api.all<Scope>(`${base}/scopes?limit=1000`, signal),
  );
  const mayGrant = may('applications:create:grant');
  const change = (part: Partial<Answers>) => setDraft({ ...answers, ...part });

  async function create(): Promise<void> {
    const { hasSecret, ...kind } = KINDS[answers.kind];
    const application = made.current.application ?? (await createApplication());
    made.current = { ...made.current, application };
    const { id } = application;
    const scope = scopes.value?.find((each) => each.id === answers.scopeId);
    if (scope !== undefined && made.current.isGranted !== true) {
      const body = { resource: { id: scope.resource.id }, scopes: [{ id: scope.id }] };
      await api.change('POST', `${base}/applications/${id}/grants`, { body });
      made.current = { ...made.current, isGranted: true };
    }
    if (hasSecret && may('applications:update:secret')) {
      const { value } = await api.change<{ secret: string }>('POST', `${base}/applications/${id}/secret`);
      made.current = { ...made.current, secret: value.secret };
    }
    setDraft(undefined);
    if (made.current.secret === undefined) open();
    else setFresh({ name: application.name, secret: made.current.secret });

    async function createApplication(): Promise<Application> {
      const redirectUris = answers.kind === 'service' || answers.redirectUri === '' ? [] : [answers.redirectUri];
      const name = answers.name.trim();
      const body = { name, redirectUris, enabled: true, protocol: 'OPENID_CONNECT', trustScope: 'Account', ...kind };
      const { value } = await api.change<Application>('POST', `${base}/applications`, { body });
      return value;
    }
  }

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    if (isBusy) return;
    setIsBusy(true);
    setFailure(undefined);
    await create().catch((error: unknown) => setFailure(error instanceof ApiFailure ? error : new ApiFailure(0, {})));
    setIsBusy(false);
  }

  function open(): void {
    onClose();
    go({ environmentId: environment.id, screen: 'applications', id: made.current.application?.id });
  }

  if (fresh !== undefined) return <SecretOnce {...fresh} onDone={open} />;
  return (
    <Dialog label={say.title} onClose={onClose}>
      <form onSubmit={(event) => void submit(event)}>
        <header>
          <h2>{say.title}</h2>
          <p class="ink2">{say.lead}</p>
        </header>
        <div class="body">
          <div class="field">
            <label for="new-name">{say.name}</label>
            <input
              id="new-name"
              class="input"
              required
              maxLength={256}
              value={answers.name}
              onInput={({ currentTarget }) => change({ name: currentTarget.value })}
            />
          </div>
          <fieldset class="field">
            <legend class="label">{say.what}</legend>
            <div class="choices">
              {(Object.keys(KINDS) as Kind[]).map((kind) => (
                <label key={kind} class={answers.kind === kind ? 'choice chosen' : 'choice'}>
                  <input
                    type="radio"
                    name="kind"
                    class="sr"
                    checked={answers.kind === kind}
                    onChange={() => change({ kind })}
                  />
                  <b>{say.kinds[kind].title}</b>
                  <small>{say.kinds[kind].lead}</small>
                </label>
              ))}
            </div>
          </fieldset>
          {answers.kind !== 'service' && (
            <div class="field">
              <label for="new-redirect">{say.redirectUri}</label>
              <input
                id="new-redirect"
                class="input mono"
                type="url"
                value={answers.redirectUri}
                onInput={({ currentTarget }) => change({ redirectUri: currentTarget.value })}
              />
              <span class="hint">{say.redirectUriHint}</span>
            </div>
          )}
          {mayGrant && (
            <div class="field">
              <label for="new-scope">{say.scope}</label>
              <select
                id="new-scope"
                class="input mono"
                value={answers.scopeId}
                onChange={({ currentTarget }) => change({ scopeId: currentTarget.value })}
              >
                <option value="">{say.noScope}</option>
                {scopes.value?.map(({ id, name }) => (
                  <option key={id} value={id}>
                    {name}
                  </option>
                ))}
              </select>
              <span class="hint">{scopes.value?.find(({ id }) => id === answers.scopeId)?.description}</span>
            </div>
          )}
          {failure && <Failure failure={failure} isChange />}
        </div>
        <footer>
          <button type="button" class="btn" onClick={onClose}>
            {words.cancel}
          </button>
          <button type="submit" class="btn primary" aria-disabled={isBusy}>
            {isBusy ? say.creating : say.create}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
