import { useState } from 'preact/hooks';
import { Icon } from '../../../parts/icon.js';
import { useConsole } from '../../console.js';
import type { Application, Decision } from '../../model.js';
import { Empty, Title } from '../../parts.js';
import { type Route, replace } from '../../route.js';
import { sayClock } from '../../time.js';
import { words } from '../../words.js';
import { useNames } from '../use-names.js';
import { applicationIdOf, DecisionRow, DecisionTable } from './decision-row.js';
import { type Stream, useDecisions } from './use-decisions.js';
import { useStreamKeys } from './use-stream-keys.js';

/** Watch calls be let through or refused. */
export function DecisionsScreen({ route }: { readonly route: Route }) {
  const { decisions: say } = words;
  const application = route.query.get('application') ?? '';
  return (
    <>
      <header class="head">
        <Title name={say.title}>{say.title}</Title>
        <p class="ink2">{say.lead}</p>
      </header>
      <DecisionList key={application} route={route} />
    </>
  );
}

const OUTCOMES = ['', 'deny', 'permit', 'outage'] as const;

export interface DecisionListProps {
  readonly route: Route;
  /** The application whose calls are shown. Default that of the address, or all. */
  readonly only?: Pick<Application, 'id' | 'name'>;
}

/** The live list, with its filters. While it is paused, nothing moves. Begins anew where it is of another application. */
export function DecisionList({ route, only }: DecisionListProps) {
  const { api, environment } = useConsole();
  const { decisions: say } = words;
  const [filter = '', outcome = ''] = ['q', 'outcome'].map((name) => route.query.get(name) ?? '');
  const application = only?.id ?? route.query.get('application') ?? '';
  const query = application === '' ? '' : `?application=${encodeURIComponent(application)}`;
  const stream = useDecisions(api, `/environments/${environment.id}/decisions${query}`);
  const ids = application === '' ? stream.decisions.flatMap(applicationIdOf) : [application];
  const names = useNames(only === undefined ? ids : []);
  const nameOf = (decision: Decision) => only?.name ?? names.get(applicationIdOf(decision)[0] ?? '');
  const [frozen, setFrozen] = useState<readonly Decision[]>();
  const [open, setOpen] = useState<number>();
  const set = (name: string, value: string) =>
    replace({ ...route, query: { ...Object.fromEntries(route.query), [name]: value } });
  const kept = { application: route.query.get('application') ?? undefined }; // without the filters
  const pause = () => setFrozen(frozen ?? stream.decisions);
  const togglePause = () => setFrozen(frozen === undefined ? stream.decisions : undefined);

  const isShown = (decision: Decision) =>
    (!outcome || decision.outcome === outcome) &&
    say.searched(decision, nameOf(decision)).includes(filter.toLowerCase());
  const all = frozen ?? stream.decisions;
  const shown = all.filter(isShown);
  const fresh = frozen === undefined ? 0 : countNew(stream.decisions, frozen);
  const { chosen, list } = useStreamKeys(shown, { onPause: pause, onTogglePause: togglePause });
  return (
    <>
      <Toolbar
        filter={filter}
        outcome={outcome}
        isOfOne={only !== undefined}
        isPaused={frozen !== undefined}
        onSet={set}
        onTogglePause={togglePause}
      />
      {only === undefined && application !== '' && (
        <p class="small">
          {say.only(names.get(application) ?? application)}{' '}
          <button type="button" class="btn" onClick={() => set('application', '')}>
            {say.everybody}
          </button>
        </p>
      )}
      <div class="card" ref={list}>
        <Bar stream={stream} isPaused={frozen !== undefined} fresh={fresh} onShow={() => setFrozen(stream.decisions)} />
        {shown.length === 0 ? (
          <Empty title={all.length === 0 ? say.empty : say.nothing} lead={say.emptyLead}>
            {all.length > 0 && (
              <button type="button" class="btn" onClick={() => replace({ ...route, query: kept })}>
                {say.clear}
              </button>
            )}
          </Empty>
        ) : (
          <DecisionTable>
            {shown.map((decision, at) => (
              <DecisionRow
                key={decision.number}
                decision={decision}
                name={nameOf(decision)}
                isStop={chosen === undefined ? at === 0 : chosen === decision.number}
                isOpen={open === decision.number}
                onToggle={() => {
                  pause();
                  setOpen(open === decision.number ? undefined : decision.number);
                }}
              />
            ))}
          </DecisionTable>
        )}
        <div class="pager">
          <span>{say.kept}</span>
          {stream.processId && <span class="xs muted">{say.process(stream.processId)}</span>}
        </div>
      </div>
    </>
  );
}

interface ToolbarProps {
  readonly filter: string;
  readonly outcome: string;
  /** Whether all decisions are about one application. */
  readonly isOfOne: boolean;
  readonly isPaused: boolean;
  readonly onSet: (name: 'q' | 'outcome', value: string) => void;
  readonly onTogglePause: () => void;
}

function Toolbar({ filter, outcome, isOfOne, isPaused, onSet, onTogglePause }: ToolbarProps) {
  const { decisions: say } = words;
  return (
    <div class="toolbar">
      <label class="search grow">
        <span class="sr">{say.filter}</span>
        <Icon name="search" />
        <input
          type="search"
          class="input"
          data-key="/"
          placeholder={isOfOne ? say.placeholderOfOne : say.placeholder}
          value={filter}
          onInput={({ currentTarget }) => onSet('q', currentTarget.value)}
        />
        <kbd>/</kbd>
      </label>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would need a legend that is seen */}
      <div class="seg" role="group" aria-label={say.outcome}>
        {OUTCOMES.map((each) => (
          <button type="button" key={each} aria-pressed={outcome === each} onClick={() => onSet('outcome', each)}>
            {say.outcomes[each]}
          </button>
        ))}
      </div>
      <button type="button" class="btn" aria-pressed={isPaused} onClick={onTogglePause}>
        <Icon name="pause" /> {isPaused ? say.goOn : say.pause} <kbd>{say.space}</kbd>
      </button>
    </div>
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
