import { useState } from 'preact/hooks';
import { ApiFailure } from '../../api.js';
import { useConsole } from '../../console.js';
import type { Application, SecretState } from '../../model.js';
import { Failure, Shown, Time } from '../../parts.js';
import { sayExactly } from '../../time.js';
import { useLoad } from '../../use-load.js';
import { words } from '../../words.js';
import { SecretOnce } from '../secret-once.js';

/** Replace the secret without a hurry, and void tokens that are out already. */
export function SecretTab({ application }: { readonly application: Application }) {
  const { api, environment, may } = useConsole();
  const { secret: say } = words;
  const path = `/environments/${environment.id}/applications/${application.id}`;
  const loaded = useLoad(`${path}/secret`, async (signal) => {
    try {
      return { state: (await api.get<SecretState>(`${path}/secret`, signal)).value };
    } catch (error) {
      if (error instanceof ApiFailure && error.status === 404) return { state: undefined };
      throw error;
    }
  });
  const [fresh, setFresh] = useState<{ readonly secret: string; readonly state: SecretState }>();
  const [revoked, setRevoked] = useState(false);
  const [failure, setFailure] = useState<ApiFailure>();
  const [isBusy, setIsBusy] = useState(false);

  async function run(action: () => Promise<void>): Promise<void> {
    if (isBusy) return;
    setIsBusy(true);
    setFailure(undefined);
    await action().catch((error: unknown) => setFailure(error instanceof ApiFailure ? error : new ApiFailure(0, {})));
    setIsBusy(false);
  }

  const rotate = () =>
    run(async () => {
      const { value } = await api.change<SecretState & { secret: string }>('POST', `${path}/secret`);
      setFresh({ secret: value.secret, state: value });
      loaded.reload();
    });
  const revoke = (subject: string) =>
    run(async () => {
      await api.change('POST', `${path}/revocations`, { body: subject === '' ? {} : { subject } });
      setRevoked(true);
    });

  return (
    <div class="stack-5">
      {failure && <Failure failure={failure} isChange />}
      <section class="card" aria-label={say.heading}>
        <header>
          <h2>{say.heading}</h2>
        </header>
        <div class="body stack">
          <Shown loaded={loaded} what={say.what}>
            {({ state }) =>
              state === undefined ? (
                <p class="ink2">{say.none}</p>
              ) : (
                <p class="ink2">
                  {say.made} <Time at={state.createdAt} />.{' '}
                  {state.previous && (
                    <>
                      {say.previous} <Time at={state.previous.expiresAt} />.
                    </>
                  )}
                </p>
              )
            }
          </Shown>
          {may('applications:update:secret') && (
            <p>
              <button type="button" class="btn" aria-disabled={isBusy} onClick={() => void rotate()}>
                {loaded.value?.state === undefined ? say.create : say.replace}
              </button>
            </p>
          )}
        </div>
      </section>
      {may('applications:create:revocation') && (
        <Revoke name={application.name} isBusy={isBusy} isDone={revoked} onRevoke={(subject) => void revoke(subject)} />
      )}
      {fresh && (
        <SecretOnce
          name={application.name}
          secret={fresh.secret}
          {...(fresh.state.previous && { note: say.stays(sayExactly(fresh.state.previous.expiresAt)) })}
          onDone={() => setFresh(undefined)}
        />
      )}
    </div>
  );
}

interface RevokeProps {
  readonly name: string;
  readonly isBusy: boolean;
  readonly isDone: boolean;
  readonly onRevoke: (subject: string) => void;
}

function Revoke({ name, isBusy, isDone, onRevoke }: RevokeProps) {
  const { secret: say } = words;
  const [subject, setSubject] = useState('');
  return (
    <section class="card" aria-label={say.tokens}>
      <header>
        <h2>{say.tokens}</h2>
      </header>
      <form
        class="body stack"
        onSubmit={(event) => {
          event.preventDefault();
          onRevoke(subject.trim());
        }}
      >
        <p class="ink2">{say.tokensLead(name)}</p>
        <div class="field">
          <label for="subject">{say.subject}</label>
          <input
            id="subject"
            class="input"
            value={subject}
            onInput={({ currentTarget }) => setSubject(currentTarget.value)}
          />
          <span class="hint">{say.subjectHint}</span>
        </div>
        <div class="row-flex">
          <button type="submit" class="btn danger" aria-disabled={isBusy}>
            {subject.trim() === '' ? say.revokeAll : say.revokeOf(subject.trim())}
          </button>
          <span role="status">{isDone ? say.revoked : ''}</span>
        </div>
      </form>
    </section>
  );
}
