import { useEffect, useState } from 'preact/hooks';
import type { ApiFailure } from '../../api.js';
import { useConsole } from '../../console.js';
import { toFailure } from '../../form/sending.js';
import type { Explanation, Scope } from '../../model.js';
import { Empty, Failure, Title } from '../../parts.js';
import { go, type Route } from '../../route.js';
import { useLoad } from '../../use-load.js';
import { words } from '../../words.js';
import { useNames } from '../use-names.js';
import { Answer } from './answer.js';
import { ApplicationField } from './application-field.js';

/** May this application do that; if not, why, and since when. */
export function ExplainScreen({ route }: { readonly route: Route }) {
  const { api, environment, may } = useConsole();
  const { explain: say } = words;
  const base = `/environments/${environment.id}`;
  const { value: scopes = [] } = useLoad(`explain ${base}`, async (signal) =>
    may('resources:read:scope') ? api.all<Scope>(`${base}/scopes?limit=1000`, signal) : [],
  );
  return (
    <>
      <header class="head">
        <Title name={say.title}>{say.title}</Title>
        <p class="ink2">{say.lead}</p>
      </header>
      <Question route={route} scopes={scopes} />
    </>
  );
}

interface QuestionProps {
  readonly route: Route;
  readonly scopes: readonly Scope[];
}

/** The application and the scope are in the address; a token is in this field only. */
function Question({ route, scopes }: QuestionProps) {
  const { api, environment } = useConsole();
  const { explain: say } = words;
  const asked = { application: route.query.get('application') ?? '', scope: route.query.get('scope') ?? '' };
  const [application, setApplication] = useState(asked.application);
  const [scope, setScope] = useState(asked.scope);
  const [token, setToken] = useState<string>();
  const [answer, setAnswer] = useState<Explanation>();
  const [failure, setFailure] = useState<ApiFailure>();
  const names = useNames(answer === undefined ? [] : [answer.application.id]);

  async function ask(about: object, required: string): Promise<void> {
    setFailure(undefined);
    setAnswer(undefined);
    try {
      const path = `/environments/${environment.id}/explain`;
      setAnswer((await api.change<Explanation>('POST', path, { body: { ...about, required } })).value);
    } catch (error) {
      setFailure(toFailure(error));
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
              <ApplicationField value={application} onChoose={setApplication} />
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
          name={names.get(answer.application.id)}
          scopes={scopes}
          isToken={token !== undefined}
        />
      )}
    </div>
  );
}
