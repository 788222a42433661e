import { useEffect, useState } from 'preact/hooks';
import { ApiFailure } from '../../api.js';
import { useConsole } from '../../console.js';
import type { Application, Explanation, Scope } from '../../model.js';
import { Empty, Failure, Shown, Title } from '../../parts.js';
import { go, type Route } from '../../route.js';
import { useLoad } from '../../use-load.js';
import { words } from '../../words.js';
import { Answer } from './answer.js';

/** May this application do that; if not, why, and since when. */
export function ExplainScreen({ route }: { readonly route: Route }) {
  const { api, environment, may } = useConsole();
  const { explain: say } = words;
  const base = `/environments/${environment.id}`;
  const loaded = useLoad(`explain ${base}`, async (signal) => {
    const [applications, scopes] = await Promise.all([
      api.all<Application>(`${base}/applications?limit=1000`, signal),
      may('resources:read:scope') ? api.all<Scope>(`${base}/scopes?limit=1000`, signal) : [],
    ]);
    return { applications, scopes };
  });
  return (
    <>
      <header class="head">
        <Title name={say.title}>{say.title}</Title>
        <p class="ink2">{say.lead}</p>
      </header>
      <Shown loaded={loaded} what={say.what}>
        {({ applications, scopes }) => <Question route={route} applications={applications} scopes={scopes} />}
      </Shown>
    </>
  );
}

interface QuestionProps {
  readonly route: Route;
  readonly applications: readonly Application[];
  readonly scopes: readonly Scope[];
}

/** The application and the scope are in the address; a token is in this field only. */
function Question({ route, applications, scopes }: QuestionProps) {
  const { api, environment } = useConsole();
  const { explain: say } = words;
  const asked = { application: route.query.get('application') ?? '', scope: route.query.get('scope') ?? '' };
  const [application, setApplication] = useState(asked.application);
  const [scope, setScope] = useState(asked.scope);
  const [token, setToken] = useState<string>();
  const [answer, setAnswer] = useState<Explanation>();
  const [failure, setFailure] = useState<ApiFailure>();

  async function ask(about: object, required: string): Promise<void> {
    setFailure(undefined);
    setAnswer(undefined);
    try {
      const path = `/environments/${environment.id}/explain`;
      setAnswer((await api.change<Explanation>('POST', path, { body: { ...about, required } })).value);
    } catch (error) {
      setFailure(error instanceof ApiFailure ? error : new ApiFailure(0, {}));
    }
  }

  useEffect(() => {
    setApplication(asked.application);
    setScope(asked.scope);
    if (asked.application !== '' && asked.scope !== '')
      void ask({ application: { id: asked.application } }, asked.scope);
  }, [asked.application, asked.scope]);

  const submit = () => {
    const query = { application, scope };
    if (token !== undefined) void ask({ token: token.trim() }, scope);
    else if (application === asked.application && scope === asked.scope)
      void ask({ application: { id: application } }, scope);
    else go({ environmentId: environment.id, screen: 'explain', query });
  };
  return (
    <div class="stack-5">
      <form
        class="card"
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <div class="body">
          <div class="pair">
            {token === undefined ? (
              <div class="field">
                <label for="explained-application">{say.application}</label>
                <select
                  id="explained-application"
                  class="input"
                  required
                  value={application}
                  onChange={({ currentTarget }) => setApplication(currentTarget.value)}
                >
                  <option value="">{say.choose}</option>
                  {applications.map(({ id, name }) => (
                    <option key={id} value={id}>
                      {name}
                    </option>
                  ))}
                </select>
              </div>
            ) : (
              <div class="field">
                <label for="explained-token">{say.token}</label>
                <textarea
                  id="explained-token"
                  class="input mono"
                  required
                  autocomplete="off"
                  spellcheck={false}
                  value={token}
                  onInput={({ currentTarget }) => setToken(currentTarget.value)}
                />
                <span class="hint">{say.tokenHint}</span>
              </div>
            )}
            <div class="field">
              <label for="explained-scope">{say.scope}</label>
              <input
                id="explained-scope"
                class="input mono"
                required
                list="explained-scopes"
                value={scope}
                onInput={({ currentTarget }) => setScope(currentTarget.value)}
              />
              <datalist id="explained-scopes">
                {scopes.map(({ id, name }) => (
                  <option key={id} value={name} />
                ))}
              </datalist>
              <span class="hint">{say.scopeHint}</span>
            </div>
          </div>
        </div>
        <footer>
          <button type="submit" class="btn primary">
            {say.ask}
          </button>
          <button
            type="button"
            class="btn"
            onClick={() => {
              setAnswer(undefined);
              setToken(token === undefined ? '' : undefined);
            }}
          >
            {token === undefined ? say.paste : say.forget}
          </button>
        </footer>
      </form>
      {failure && <Failure failure={failure} onRetry={submit} />}
      {answer === undefined && failure === undefined && (
        <div class="card">
          <Empty title={say.empty} lead={say.emptyLead} />
        </div>
      )}
      {answer && (
        <Answer
          explanation={answer}
          name={applications.find(({ id }) => id === answer.application.id)?.name}
          scopes={scopes}
          isToken={token !== undefined}
        />
      )}
    </div>
  );
}
