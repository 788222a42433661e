import { Icon } from '../../parts/icon.js';
import { useConsole } from '../console.js';
import type { Activity } from '../model.js';
import { Empty, Shown, Title } from '../parts.js';
import { linkTo, type Route } from '../route.js';
import { sayDay, sayExactly, sayTimeOfDay } from '../time.js';
import { useLoad } from '../use-load.js';
import { words } from '../words.js';
import { differencesOf, sentenceOf } from './activity.js';

/** Who changed what: a timeline with differences. */
export function HistoryScreen({ route }: { readonly route: Route }) {
  const { history: say } = words;
  return (
    <>
      <header class="head">
        <Title name={say.title}>{say.title}</Title>
        <p class="ink2">{say.lead}</p>
      </header>
      <Timeline route={route} applicationId={route.query.get('application') ?? undefined} />
    </>
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
  return (
    <Shown loaded={loaded} what={say.what}>
      {({ items, next }) =>
        items.length === 0 ? (
          <div class="card">
            <Empty title={say.empty} lead={say.emptyLead} />
          </div>
        ) : (
          <>
            <ol class="tl">
              {items.map((activity, at) => {
                const day = sayDay(activity.recordedAt);
                const isNewDay = at === 0 || sayDay(items[at - 1]?.recordedAt ?? '') !== day;
                return (
                  <li key={activity.id}>
                    {isNewDay && <h2 class="day">{day}</h2>}
                    <Event activity={activity} />
                  </li>
                );
              })}
            </ol>
            {next !== undefined && (
              <nav class="pager" aria-label={say.title}>
                <span class="grow" />
                <a
                  class="btn"
                  href={linkTo({
                    environmentId: environment.id,
                    screen: route.screen,
                    id: route.id,
                    tab: route.tab,
                    query: { ...Object.fromEntries(route.query), after: next },
                  })}
                >
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

/** A sentence, with what it was before and is after under it. */
export function Event({ activity }: { readonly activity: Activity }) {
  const { history: say } = words;
  const { removed, added } = differencesOf(activity);
  const kind = activity.action.type.endsWith('.DELETED') ? 'del' : undefined;
  const { client, user } = activity.actors;
  return (
    <div class="ev">
      <time dateTime={activity.recordedAt} title={sayExactly(activity.recordedAt)}>
        {sayTimeOfDay(activity.recordedAt)}
      </time>
      <span class="pin">
        <i class={kind} />
      </span>
      <div class="what">
        <p>
          {sentenceOf(activity)} <span class="muted small">{say.by(user?.id ?? client?.id)}</span>
        </p>
        {removed.length + added.length > 0 && (
          <ul class="diff">
            {removed.map((line) => (
              <li class="del" key={line}>
                <i>−</i>
                {line}
              </li>
            ))}
            {added.map((line) => (
              <li class="ins" key={line}>
                <i>+</i>
                {line}
              </li>
            ))}
          </ul>
        )}
      </div>
    </div>
  );
}
