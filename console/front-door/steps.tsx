import type { ComponentChildren } from 'preact';
import { covers } from 'scopegate';
import type { Call } from '../../demo-app/front-door/outcome.js';
import { REQUESTED, TAKEN } from '../../demo-app/front-door/scopes.js';
import { Icon } from '../parts/icon.js';
import { Sentence, shortName, Urn } from '../parts/urn.js';
import { Wire } from '../parts/wire.js';
import { door as words } from '../strings.js';
import type { Story } from './story.js';

/** What a step says before, while and after it is done. */
export interface StepView {
  readonly title: string;
  readonly button: string;
  readonly busy: string;
  readonly isDanger?: boolean;
  readonly explain: ComponentChildren;
  readonly result: (story: Story) => ComponentChildren;
  /** Its outcome in a few words, for a screen reader. */
  readonly said: (story: Story) => string;
}

const statusOf = (call: Call | undefined) =>
  `${call?.exchange.response.status ?? ''} ${call?.exchange.response.statusText ?? ''}`;

export const stepViews: readonly StepView[] = [
  {
    title: 'Get a token',
    button: 'Get a token',
    busy: 'Getting a token…',
    explain: 'Dashboard asks the authorization server for one scope.',
    said: () => 'Dashboard has a token.',
    result: ({ token }) =>
      token && (
        <>
          <Wire exchange={token.exchange} />
          <p class="small ink2">
            A token with <Urn scope={token.scope} />, good for {token.expiresIn.toLocaleString('en')} seconds.
          </p>
        </>
      ),
  },
  {
    title: 'Call the API',
    button: 'Call GET /live/reports',
    busy: 'Calling…',
    explain: (
      <>
        The route needs <Urn scope={REQUESTED} />. Does Dashboard have that?
      </>
    ),
    said: ({ firstCall }) => statusOf(firstCall),
    result: ({ firstCall, removal }) => {
      if (firstCall === undefined) return null;
      const by = covers(TAKEN, REQUESTED) ? TAKEN : REQUESTED;
      return (
        <>
          <Wire exchange={firstCall.exchange} shownFields={['Authorization']} />
          <p class="small ink2">
            The route needs <Urn scope={REQUESTED} />. Dashboard {removal === undefined ? 'holds' : 'held'}{' '}
            <Urn scope={by} />, and that covers it.
          </p>
        </>
      );
    },
  },
  {
    title: 'Take the scope away',
    button: `Remove ${shortName(TAKEN)}`,
    busy: 'Removing…',
    isDanger: true,
    explain: 'One click in the tree, or here. The token is not touched.',
    said: () => `${TAKEN} was taken away.`,
    result: ({ removal }) =>
      removal && (
        <>
          <Wire exchange={removal.exchange} />
          <p class="small ink2">
            <Urn scope={TAKEN} /> removed from Dashboard, recorded at <Time of={removal.recordedAt} />.
          </p>
        </>
      ),
  },
  {
    title: 'Call again, with the same token',
    button: 'Call again',
    busy: 'Calling…',
    explain: 'Same token, same route.',
    said: ({ refused, removal }) =>
      `${statusOf(refused)}. ${words.ms(removal?.effect.sinceChangeMs ?? 0)} after the scope was taken away, the API refused.`,
    result: ({ refused, removal }) =>
      refused && (
        <>
          <p class="hero-ms">
            <b>{words.ms(removal?.effect.sinceChangeMs ?? 0)}</b>
            <span class="ink2">
              after the scope was taken away, the API refused the first call. Yours came{' '}
              {words.seconds(refused.sinceChangeMs ?? 0)} after.
            </span>
          </p>
          <Wire exchange={refused.exchange} shownFields={['Authorization', 'WWW-Authenticate']} />
          <p class="small">
            <b>Why?</b> <Sentence text={refused.record?.detail ?? ''} />{' '}
            <code class="muted">{refused.record?.reason ?? ''}</code>
          </p>
        </>
      ),
  },
  {
    title: 'Give it back',
    button: `Grant ${shortName(TAKEN)} again`,
    busy: 'Granting…',
    explain: 'The same token works again at once.',
    said: ({ gift }) => `${statusOf(gift?.effect)}. The same token works again.`,
    result: ({ gift }) =>
      gift && (
        <>
          <Wire exchange={gift.exchange} />
          <Wire
            exchange={gift.effect.exchange}
            shownFields={['Authorization']}
            time={`${words.ms(gift.effect.sinceChangeMs ?? 0)} after the grant`}
          />
        </>
      ),
  },
];

const CLOCK = { hour: '2-digit', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3 } as const;

/** A moment of today as people read it, with its milliseconds. */
function Time({ of }: { readonly of: string }) {
  const text = new Date(of).toLocaleTimeString('en-GB', CLOCK);
  return (
    <time dateTime={of} title={of}>
      {text}
    </time>
  );
}

export interface StepItemProps {
  readonly view: StepView;
  readonly at: number;
  readonly story: Story;
  readonly onNext: () => void;
  /** What went wrong here. */
  readonly children?: ComponentChildren;
}

export function StepItem({ view, at, story, onNext, children }: StepItemProps) {
  const state = at < story.done ? 'done' : at === story.done ? 'now' : 'later';
  const isRefusal = at === 3 && state === 'done';
  return (
    <li class={`${state}${isRefusal ? ' refused' : ''}`} aria-current={state === 'now' ? 'step' : undefined}>
      <span class="no" aria-hidden="true">
        {state === 'done' ? <Icon name={isRefusal ? 'cross' : 'check'} /> : at + 1}
      </span>
      <div>
        <div class="ti">
          <h2>{view.title}</h2>
          {state === 'now' && (
            <button
              type="button"
              class={`btn ${view.isDanger ? 'danger' : 'primary'}`}
              data-next
              aria-disabled={story.isBusy}
              onClick={onNext}
            >
              {story.isBusy ? view.busy : view.button}
            </button>
          )}
        </div>
        {state === 'done' ? <div class="out">{view.result(story)}</div> : <p class="ex">{view.explain}</p>}
        {children}
      </div>
    </li>
  );
}
