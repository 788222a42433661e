import type { ComponentChildren } from 'preact';
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
  const { environment } = useConsole();
  const { explain: say } = words;
  const asked = { application: route.query.get('application') ?? '', scope: route.query.get('scope') ?? '' };
  const [application, setApplication] = useState(asked.application);
  const [scope, setScope] = useState(asked.scope);
  const [token, setToken] = useState<string>();
  const { answer, failure, ask, forget } = useAnswer();
  const names = useNames(answer === undefined ? [] : [answer.application.id]);

  useEffect(() => {
    setApplication(asked.application);
    setScope(asked.scope);
    if (asked.application !== '' && asked.scope !== '') ask({ application: { id: asked.application } }, asked.scope);
  }, [asked.application, asked.scope]);

  const submit = () => {
    const query = { application, scope };
    if (token !== undefined) ask({ token: token.trim() }, scope);
    else if (application === asked.application && scope === asked.scope)
      ask({ application: { id: application } }, scope);
    else go({ environmentId: environment.id, screen: 'explain', query });
  };
  const toggleToken = () => {
    forget();
    setToken(token === undefined ? '' : undefined);
  };
  return (
    <div class="stack-5">
      <QuestionForm isToken={token !== undefined} onSubmit={submit} onToggleToken={toggleToken}>
        {token === undefined ? (
          <ApplicationField value={application} onChoose={setApplication} />
        ) : (
          <TokenField value={token} onChange={setToken} />
        )}
        <ScopeField value={scope} onChange={setScope} scopes={scopes} />
      </QuestionForm>
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

/** The last question that was asked, and what came of it. */
function useAnswer() {
  const { api, environment } = useConsole();
  const [answer, setAnswer] = useState<Explanation>();
  const [failure, setFailure] = useState<ApiFailure>();
  const forget = () => setAnswer(undefined);
  return {
    answer,
    failure,
    forget,
    ask(about: object, required: string): void {
      setFailure(undefined);
      forget();
      const path = `/environments/${environment.id}/explain`;
      api
        .change<Explanation>('POST', path, { body: { ...about, required } })
        .then(({ value }) => setAnswer(value))
        .catch((error) => setFailure(toFailure(error)));
    },
  };
}

interface QuestionFormProps {
  readonly isToken: boolean;
  readonly onSubmit: () => void;
  readonly onToggleToken: () => void;
  readonly children: ComponentChildren;
}

function QuestionForm({ isToken, onSubmit, onToggleToken, children }: QuestionFormProps) {
  const { explain: say } = words;
  return (
    <form
      class="card"
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit();
      }}
    >
      <div class="body">
        <div class="pair">{children}</div>
      </div>
      <footer>
        <button type="submit" class="btn primary">
          {say.ask}
        </button>
        <button type="button" class="btn" onClick={onToggleToken}>
          {isToken ? say.forget : say.paste}
        </button>
      </footer>
    </form>
  );
}

interface FieldProps {
  readonly value: string;
  readonly onChange: (value: string) => void;
}

function TokenField({ value, onChange }: FieldProps) {
  const { explain: say } = words;
  return (
    <div class="field">
      <label for="explained-token">{say.token}</label>
      <textarea
        id="explained-token"
        class="input mono"
        required
        autocomplete="off"
        spellcheck={false}
        value={value}
        onInput={({ currentTarget }) => onChange(currentTarget.value)}
      />
      <span class="hint">{say.tokenHint}</span>
    </div>
  );
}

function ScopeField({ value, onChange, scopes }: FieldProps & Pick<QuestionProps, 'scopes'>) {
  const { explain: say } = words;
  return (
    <div class="field">
      <label for="explained-scope">{say.scope}</label>
      <input
        id="explained-scope"
        class="input mono"
        required
        list="explained-scopes"
        value={value}
        onInput={({ currentTarget }) => onChange(currentTarget.value)}
      />
      <datalist id="explained-scopes">
        {scopes.map(({ id, name }) => (
          <option key={id} value={name} />
        ))}
      </datalist>
      <span class="hint">{say.scopeHint}</span>
    </div>
  );
}
