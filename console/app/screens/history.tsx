import { Icon } from '../../parts/icon.js';
import { useConsole } from '../console.js';
import type { Activity } from '../model.js';
import { Empty, Shown, Title } from '../parts.js';
import { go, linkTo, type Route } from '../route.js';
import { dayOf, endOfDay, sayDay, startOfDay } from '../time.js';
import { useLoad } from '../use-load.js';
import { words } from '../words.js';
import { namedIn } from './activity.js';
import { Event } from './event.js';
import { useNames } from './use-names.js';

/** Who changed what: a timeline with differences. */
export function HistoryScreen({ route }: { readonly route: Route }) {
  const { history: say } = words;
  return (
    <>
      <header class="head">
        <Title name={say.title}>{say.title}</Title>
        <p class="ink2">{say.lead}</p>
      </header>
      <Filter route={route} />
      <Timeline route={route} applicationId={route.query.get('application') ?? undefined} />
    </>
  );
}

const FILTERS = ['application', 'actor', 'from', 'to'] as const;

/** The address with another filter: from its first page. */
function withFilter({ environmentId, query }: Route, changed: Readonly<Record<string, string>>) {
  const kept = Object.fromEntries(FILTERS.map((name) => [name, query.get(name) ?? '']));
  return { environmentId, screen: 'history' as const, query: { ...kept, ...changed } };
}

function Filter({ route }: { readonly route: Route }) {
  const { history: say } = words;
  const { query } = route;
  const date = (name: string) => (query.get(name) ? dayOf(query.get(name) as string) : '');
  const change = (name: string, value: string) => go(withFilter(route, { [name]: value }));
  return (
    <div class="toolbar">
      <label class="field grow">
        <span class="label">{say.actor}</span>
        <input
          class="input"
          data-key="/"
          placeholder={say.actorHint}
          value={query.get('actor') ?? ''}
          onChange={({ currentTarget }) => change('actor', currentTarget.value.trim())}
        />
      </label>
      <label class="field">
        <span class="label">{say.from}</span>
        <input
          class="input"
          type="date"
          value={date('from')}
          onChange={({ currentTarget: { value } }) => change('from', value && startOfDay(value))}
        />
      </label>
      <label class="field">
        <span class="label">{say.to}</span>
        <input
          class="input"
          type="date"
          value={date('to')}
          onChange={({ currentTarget: { value } }) => change('to', value && endOfDay(value))}
        />
      </label>
      {query.get('application') && (
        <button type="button" class="btn" onClick={() => change('application', '')}>
          {say.oneApplication} <Icon name="cross" />
        </button>
      )}
    </div>
  );
}

export interface TimelineProps {
  readonly route: Route;
  readonly applicationId: string | undefined;
}

/** The changes of an environment or of one application, newest first, by days. */
export function Timeline({ route, applicationId }: TimelineProps) {
  const { api, environment } = useConsole();
  const { history: say } = words;
  const query = new URLSearchParams({ limit: '50' });
  if (applicationId !== undefined) query.set('application', applicationId);
  for (const name of ['actor', 'from', 'to']) {
    const value = route.query.get(name);
    if (value) query.set(name, value);
  }
  const after = route.query.get('after');
  const path = after ?? `/environments/${environment.id}/activities?${query}`;
  const loaded = useLoad(path, (signal) => api.page<Activity>(path, signal));
  const isFiltered = FILTERS.some((name) => route.query.get(name));
  return (
    <Shown loaded={loaded} what={say.what}>
      {({ items, next }) =>
        items.length === 0 ? (
          <div class="card">
            {isFiltered ? (
              <Empty title={say.notFound} lead={say.notFoundLead}>
                <a class="btn" href={linkTo({ environmentId: environment.id, screen: 'history' })}>
                  {say.clear}
                </a>
              </Empty>
            ) : (
              <Empty title={say.empty} lead={say.emptyLead} />
            )}
          </div>
        ) : (
          <>
            <Events items={items} />
            {next !== undefined && (
              <nav class="pager" aria-label={say.title}>
                <a class="btn" href={linkTo({ ...route, query: { ...Object.fromEntries(route.query), after: next } })}>
                  {say.older} <Icon name="right" />
                </a>
              </nav>
            )}
          </>
        )
      }
    </Shown>
  );
}

/** Changes under the days on which they were made. */
export function Events({ items }: { readonly items: readonly Activity[] }) {
  const names = useNames(items.flatMap(namedIn));
  return (
    <ol class="tl">
      {items.map((activity, at) => {
        const day = sayDay(activity.recordedAt);
        const isNewDay = at === 0 || sayDay(items[at - 1]?.recordedAt ?? '') !== day;
        return (
          <li key={activity.id}>
            {isNewDay && <h2 class="day">{day}</h2>}
            <Event activity={activity} names={names} />
          </li>
        );
      })}
    </ol>
  );
}
