import { useState } from 'preact/hooks';
import { ApiFailure } from '../../api.js';
import { useConsole } from '../../console.js';
import { FailureSummary } from '../../form/form.js';
import { useSending } from '../../form/sending.js';
import type { Application, SecretState } from '../../model.js';
import { Shown, Time } from '../../parts.js';
import { sayExactly } from '../../time.js';
import { useLoad } from '../../use-load.js';
import { words } from '../../words.js';
import { SecretOnce } from '../secret-once.js';
import { NamedSecrets } from './named-secrets.js';
import { Revoke } from './revoke.js';

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
  const sending = useSending();

  async function rotate(): Promise<void> {
    const { value } = await api.change<SecretState & { secret: string }>('POST', `${path}/secret`);
    setFresh({ secret: value.secret, state: value });
    loaded.reload();
  }

  return (
    <div class="stack-5">
      <section class="card" aria-label={say.heading}>
        <header>
          <h2>{say.heading}</h2>
        </header>
        <div class="body stack">
          <FailureSummary failure={sending.failure} />
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
              <button
                type="button"
                class="btn"
                aria-disabled={sending.isBusy}
                onClick={() => void sending.send(rotate)}
              >
                {loaded.value?.state === undefined ? say.create : say.replace}
              </button>
            </p>
          )}
        </div>
      </section>
      <NamedSecrets application={application} path={path} />
      {may('applications:create:revocation') && <Revoke name={application.name} path={path} />}
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
