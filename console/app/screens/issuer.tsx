import type { ComponentChildren } from 'preact';
import { Icon } from '../../parts/icon.js';
import { useConsole } from '../console.js';
import type { Health } from '../model.js';
import { Shown, Time, Title } from '../parts.js';
import { useLoad } from '../use-load.js';
import { words } from '../words.js';

/** Keys, their age, live grants and the store. */
export function IssuerScreen() {
  const { api, environment } = useConsole();
  const { issuer: say } = words;
  const path = `/environments/${environment.id}/health`;
  const loaded = useLoad(path, async (signal) => (await api.get<Health>(path, signal)).value);
  return (
    <>
      <header class="head">
        <div class="spread">
          <Title name={say.title}>{say.title}</Title>
          <div class="actions">
            <button type="button" class="btn" onClick={loaded.reload}>
              {say.again}
            </button>
          </div>
        </div>
        <p class="ink2">{say.lead}</p>
      </header>
      <Shown loaded={loaded} what={say.what}>
        {({ ok, checkedAt, gate: { keys, grants }, store }) => (
          <div class="stack-5">
            <div class={ok ? 'banner' : 'banner deny'}>
              <Icon name={ok ? 'check' : 'warn'} />
              <div class="grow">
                <p role="status">
                  <b>{ok ? say.well : say.ill}</b>
                </p>
                <p class="small ink2">
                  {say.checked} <Time at={checkedAt} />. {say.perProcess}
                </p>
              </div>
            </div>
            <div class="pair">
              <Part title={say.keys} isWell={keys.ok} error={keys.error}>
                <p>{keys.ageMs === undefined ? say.noKeys : say.keysAge(keys.ageMs)}</p>
                {keys.warning !== undefined && (
                  <div class="banner soon">
                    <Icon name="warn" />
                    <p class="grow">{keys.warning}</p>
                  </div>
                )}
              </Part>
              <Part title={say.store} isWell={store.ok} error={store.error}>
                <p>{say.took(store.durationMs)}</p>
              </Part>
              {grants && (
                <Part title={say.grants} isWell={grants.ok} error={grants.error}>
                  <p>{grants.ageMs === undefined ? say.nothingCached : say.grantsAge(grants.ageMs)}</p>
                </Part>
              )}
            </div>
          </div>
        )}
      </Shown>
    </>
  );
}

interface PartProps {
  readonly title: string;
  readonly isWell: boolean;
  readonly error: string | undefined;
  readonly children: ComponentChildren;
}

function Part({ title, isWell, error, children }: PartProps) {
  const { issuer: say } = words;
  return (
    <section class="card" aria-label={title}>
      <header>
        <h2>{title}</h2>
        <span class={isWell ? 'chip plain' : 'chip deny'}>
          <Icon name={isWell ? 'check' : 'cross'} /> {isWell ? say.up : say.down}
        </span>
      </header>
      <div class="body stack">
        {children}
        {error !== undefined && <p class="mono small">{error}</p>}
      </div>
    </section>
  );
}
