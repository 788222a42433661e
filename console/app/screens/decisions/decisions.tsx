import { useEffect, useRef, useState } from 'preact/hooks';
import { Icon } from '../../../parts/icon.js';
import { useConsole } from '../../console.js';
import type { Application, Decision } from '../../model.js';
import { Empty, Title } from '../../parts.js';
import { type Route, replace } from '../../route.js';
import { sayClock } from '../../time.js';
import { useLoad } from '../../use-load.js';
import { words } from '../../words.js';
import { DecisionRow } from './decision-row.js';
import { type Stream, useDecisions } from './use-decisions.js';

/** Watch calls be let through or refused. */
export function DecisionsScreen({ route }: { readonly route: Route }) {
  const { decisions: say } = words;
  return (
    <>
      <header class="head">
        <Title name={say.title}>{say.title}</Title>
        <p class="ink2">{say.lead}</p>
      </header>
      <DecisionList route={route} />
    </>
  );
}

const OUTCOMES = ['', 'deny', 'permit', 'outage'] as const;

/** The live list, with its filters. While it is paused, nothing moves. */
function DecisionList({ route }: { readonly route: Route }) {
  const { api, environment } = useConsole();
  const { decisions: say } = words;
  const stream = useDecisions(api, `/environments/${environment.id}/decisions`);
  const nameOf = useApplicationNames();
  const [frozen, setFrozen] = useState<readonly Decision[]>();
  const [open, setOpen] = useState<number>();
  const [filter, outcome, application] = ['q', 'outcome', 'application'].map((name) => route.query.get(name) ?? '');
  const set = (name: string, value: string) =>
    replace({ ...route, query: { ...Object.fromEntries(route.query), [name]: value } });
  const togglePause = () => setFrozen(frozen === undefined ? stream.decisions : undefined);
  useSpace(togglePause);

  const isShown = (decision: Decision) =>
    (!outcome || decision.outcome === outcome) &&
    (!application || decision.client === application) &&
    say.searched(decision, nameOf(decision.client)).includes((filter ?? '').toLowerCase());
  const all = frozen ?? stream.decisions;
  const shown = all.filter(isShown);
  const fresh = frozen === undefined ? 0 : countNew(stream.decisions, frozen);
  return (
    <>
      <div class="toolbar">
        <label class="search grow">
          <span class="sr">{say.filter}</span>
          <Icon name="search" />
          <input
            type="search"
            class="input"
            placeholder={say.placeholder}
            value={filter}
            onInput={({ currentTarget }) => set('q', currentTarget.value)}
          />
        </label>
        {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would need a legend that is seen */}
        <div class="seg" role="group" aria-label={say.outcome}>
          {OUTCOMES.map((each) => (
            <button
              type="button"
              key={each}
              aria-pressed={(outcome ?? '') === each}
              onClick={() => set('outcome', each)}
            >
              {say.outcomes[each]}
            </button>
          ))}
        </div>
        <button type="button" class="btn" aria-pressed={frozen !== undefined} onClick={togglePause}>
          <Icon name="pause" /> {frozen === undefined ? say.pause : say.goOn} <kbd>{say.space}</kbd>
        </button>
      </div>
      {application !== '' && (
        <p class="small">
          {say.only(nameOf(application) ?? (application as string))}{' '}
          <button type="button" class="btn" onClick={() => set('application', '')}>
            {say.everybody}
          </button>
        </p>
      )}
      <div class="card">
        <Bar stream={stream} isPaused={frozen !== undefined} fresh={fresh} onShow={() => setFrozen(stream.decisions)} />
        {shown.length === 0 ? (
          <Empty title={all.length === 0 ? say.empty : say.nothing} lead={say.emptyLead} />
        ) : (
          <table class="table stream cards">
            <thead>
              <tr>
                {say.columns.map((name) => (
                  <th key={name}>{name}</th>
                ))}
              </tr>
            </thead>
            <tbody>
              {shown.map((decision) => (
                <DecisionRow
                  key={decision.number}
                  decision={decision}
                  name={nameOf(decision.client)}
                  isOpen={open === decision.number}
                  onToggle={() => {
                    if (frozen === undefined) setFrozen(stream.decisions);
                    setOpen(open === decision.number ? undefined : decision.number);
                  }}
                />
              ))}
            </tbody>
          </table>
        )}
        <div class="pager">
          <span>{say.kept}</span>
          {stream.processId && <span class="xs muted">{say.process(stream.processId)}</span>}
        </div>
      </div>
    </>
  );
}

interface BarProps {
  readonly stream: Stream;
  readonly isPaused: boolean;
  readonly fresh: number;
  readonly onShow: () => void;
}

/** Whether it is live, how much comes, and what was left out. */
function Bar({ stream, isPaused, fresh, onShow }: BarProps) {
  const { decisions: say } = words;
  const { state, decisions, omitted, connect } = stream;
  const minute = decisions.filter(({ time }) => Date.now() - Date.parse(time) < 60_000);
  const refused = minute.filter(({ outcome }) => outcome !== 'permit').length;
  if (state.kind === 'waiting') {
    return (
      <div class="banner soon">
        <Icon name="warn" />
        <div class="grow">
          <p role="alert">
            <b>{say.notLive(sayClock(state.since))}</b>
          </p>
          <p class="small ink2">
            {say.onlyBehind} {words.failure.retryIn(state.seconds)}
          </p>
        </div>
        <button type="button" class="btn" onClick={connect}>
          {say.connect}
        </button>
      </div>
    );
  }
  return (
    <div class="livebar">
      <span class="row-flex">
        <span class={isPaused || state.kind === 'opening' ? 'pulse off' : 'pulse'} />{' '}
        <span role="status">{isPaused ? say.paused : state.kind === 'opening' ? say.opening : say.live}</span>
      </span>
      {isPaused && fresh > 0 && (
        <button type="button" class="btn" onClick={onShow}>
          {say.showNew(fresh)}
        </button>
      )}
      {!isPaused && <span>{say.rate(minute.length, refused)}</span>}
      {omitted > 0 && <span class="chip soon">{say.omitted(omitted)}</span>}
    </div>
  );
}

function countNew(decisions: readonly Decision[], frozen: readonly Decision[]): number {
  const last = frozen[0]?.number ?? 0;
  return decisions.filter(({ number }) => number > last).length;
}

/** Space pauses, outside of what takes keys itself. */
function useSpace(onSpace: () => void): void {
  const latest = useRef(onSpace);
  latest.current = onSpace;
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const { target } = event;
      if (event.key !== ' ' || !(target instanceof HTMLElement)) return;
      if (target.closest('input, textarea, select, button, a, [role=button], dialog') !== null) return;
      event.preventDefault();
      latest.current();
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, []);
}

/** Names of applications, where the caller may read them. */
export function useApplicationNames(): (id: string | undefined) => string | undefined {
  const { api, environment, may } = useConsole();
  const mayRead = may('applications:read:application');
  const path = `/environments/${environment.id}/applications?limit=1000`;
  const loaded = useLoad(`names ${path}`, async (signal) => {
    const items = mayRead ? (await api.page<Application>(path, signal)).items : [];
    return new Map(items.map(({ id, name }) => [id.replaceAll('-', ''), name]));
  });
  return (id) => (id === undefined ? undefined : loaded.value?.get(id.replaceAll('-', '')));
}
