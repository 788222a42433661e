import type { ComponentChildren } from 'preact';
import { Icon } from '../../../parts/icon.js';
import { Sentence, Urn } from '../../../parts/urn.js';
import { useConsole } from '../../console.js';
import type { Decision } from '../../model.js';
import { linkTo } from '../../route.js';
import { sayClock, sayExactly } from '../../time.js';
import { words } from '../../words.js';
import { toApplicationId } from '../activity.js';

export interface DecisionRowProps {
  readonly decision: Decision;
  /** Of the application, where it is known. */
  readonly name: string | undefined;
  /** In place of the time of day. */
  readonly when?: ComponentChildren;
  /** Whether the tabulator stops here. Default `true`. */
  readonly isStop?: boolean;
  readonly isOpen: boolean;
  readonly onToggle: () => void;
}

/** The head of a list of calls; its rows are the children. */
export function DecisionTable({ children }: { readonly children: ComponentChildren }) {
  return (
    <table class="table stream cards">
      <thead>
        <tr>
          {words.decisions.columns.map((name, at) => (
            <th key={name} scope="col" class={at > 4 ? 'num' : undefined}>
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>{children}</tbody>
    </table>
  );
}

/** One call in a line; its details below it. */
export function DecisionRow({ decision, name, when, isStop = true, isOpen, onToggle }: DecisionRowProps) {
  const { decisions: say } = words;
  const { time, outcome, method, route, client, status, durationMs } = decision;
  const isRefused = outcome !== 'permit';
  return (
    <>
      <tr class={`${isRefused ? 'deny-row' : ''} ${isOpen ? 'open' : ''}`}>
        <td class="muted t" title={sayExactly(time)}>
          {when ?? sayClock(time)}
        </td>
        <td class="oc">
          <Outcome outcome={outcome} />
        </td>
        <td class="route full">
          <button
            type="button"
            class="quiet"
            data-call={decision.number}
            tabIndex={isStop ? 0 : -1}
            aria-expanded={isOpen}
            onClick={onToggle}
          >
            <b>{method}</b> {route}
          </button>
        </td>
        <td class="app">{name ?? client ?? <span class="muted">{say.unknown}</span>}</td>
        <td class="why full">
          <Why decision={decision} />
        </td>
        <td class="num mono hide">{status ?? ''}</td>
        <td class="num ms">{say.took(durationMs)}</td>
      </tr>
      {isOpen && (
        <tr class="detail">
          <td colSpan={7} class="full">
            <Detail decision={decision} name={name} />
          </td>
        </tr>
      )}
    </>
  );
}

function Outcome({ outcome }: Pick<Decision, 'outcome'>) {
  const { outcomeOf } = words.decisions;
  if (outcome === 'permit') {
    return (
      <span class="chip plain">
        <Icon name="check" /> {outcomeOf.permit}
      </span>
    );
  }
  return (
    <span class={outcome === 'deny' ? 'chip deny' : 'chip soon'}>
      <Icon name={outcome === 'deny' ? 'cross' : 'warn'} /> {outcomeOf[outcome]}
    </span>
  );
}

function Why({ decision: { outcome, reason, detail, coverage = [] } }: { readonly decision: Decision }) {
  const { decisions: say } = words;
  const [first] = coverage;
  if (outcome !== 'permit') return <Sentence text={detail ?? reason} />;
  if (first === undefined) return <>{say.reasons[reason] ?? reason}</>;
  return (
    <>
      <Urn scope={first.by} /> {first.by === first.required ? say.held : say.covers}
    </>
  );
}

function Detail({ decision, name }: { readonly decision: Decision; readonly name: string | undefined }) {
  const { environment, may } = useConsole();
  const { decisions: say } = words;
  const { reason, detail, held = [], subject, warning } = decision;
  const scope = scopeOf(decision);
  const at = { environmentId: environment.id };
  const [application] = name === undefined ? [] : applicationIdOf(decision);
  return (
    <div class="stack">
      {detail !== undefined && (
        <p>
          <Sentence text={detail} />
        </p>
      )}
      <dl class="kv">
        <dt>{say.reason}</dt>
        <dd class="mono">{reason}</dd>
        {scope !== undefined && (
          <>
            <dt>{say.needs}</dt>
            <dd>
              <Urn scope={scope} />
            </dd>
          </>
        )}
        {held.length > 0 && (
          <>
            <dt>{say.tokenHolds}</dt>
            <dd>
              {held.map((each) => (
                <div key={each}>
                  <Urn scope={each} />
                </div>
              ))}
            </dd>
          </>
        )}
        {subject !== undefined && (
          <>
            <dt>{say.subject}</dt>
            <dd class="mono">{subject}</dd>
          </>
        )}
        {warning !== undefined && (
          <>
            <dt>{say.warning}</dt>
            <dd>{warning}</dd>
          </>
        )}
      </dl>
      {application !== undefined && (
        <div class="row-flex">
          {may('applications:read:explanation') && (
            <a class="btn primary" href={linkTo({ ...at, screen: 'explain', query: { application, scope } })}>
              {words.explain.title}
            </a>
          )}
          <a class="btn" href={linkTo({ ...at, screen: 'applications', id: application })}>
            {say.grantsOf(name as string)}
          </a>
        </div>
      )}
    </div>
  );
}

/** The one that the route needs, or that would do. */
export function scopeOf({ required, sufficient }: Decision): string | undefined {
  return typeof required === 'string' ? required : sufficient?.[0];
}

/** The id of its application, where the client of the token may be one. */
export function applicationIdOf({ client = '' }: Decision): readonly string[] {
  const id = toApplicationId(client);
  return id === undefined ? [] : [id];
}
