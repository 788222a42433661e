import type { ComponentChildren } from 'preact';
import { useConsole } from '../console.js';
import type { Activity } from '../model.js';
import { Empty, Shown, Time, Title } from '../parts.js';
import { linkTo } from '../route.js';
import { useLoad } from '../use-load.js';
import { words } from '../words.js';
import { firstPage } from './applications-page.js';
import { Events } from './history.js';
import { RECENT, RefusalList, type Refusals, useRefusals } from './refusals.js';

/** What there is, what ends, what changed and what was refused since one last looked. */
export function OverviewScreen() {
  const { environment, may } = useConsole();
  const refusals = useRefusals();
  return (
    <>
      <header class="head">
        <Title name={environment.name}>{environment.name}</Title>
        {environment.description !== undefined && <p class="ink2">{environment.description}</p>}
      </header>
      <div class="stack-5">
        <Figures refusals={refusals.value} />
        {may('audit:read:activity') && <Changes />}
        {may('gate:read:decision') && <RefusalList loaded={refusals} />}
      </div>
    </>
  );
}

/** Numbers that are links to the lists behind them. What the caller may not count is not there. */
function Figures({ refusals }: { readonly refusals: Refusals | undefined }) {
  const { api, environment, may } = useConsole();
  const { overview: say } = words;
  const at = { environmentId: environment.id };
  const base = `/environments/${environment.id}`;
  const mayRead = {
    applications: may('applications:read:application'),
    scopes: may('resources:read:scope'),
    grants: may('applications:read:grant'),
  };
  const loaded = useLoad(`overview ${environment.id}`, async (signal) => {
    const count = async (isRead: boolean, path: string) => (isRead ? (await api.page(path, signal)).count : undefined);
    const [applications, ending, scopes, held] = await Promise.all([
      count(mayRead.applications, `${base}/applications?limit=1`),
      count(mayRead.applications && mayRead.grants, firstPage(environment.id, { limit: 1, show: 'ends' })),
      count(mayRead.scopes, `${base}/scopes?limit=1`),
      count(mayRead.scopes && mayRead.grants, `${base}/scopes?limit=1&held=true`),
    ]);
    return { applications, ending, scopes, held };
  });
  return (
    <Shown loaded={loaded} what={say.what}>
      {({ applications, ending, scopes, held }) => (
        <ul class="figures">
          <Figure n={applications} says={say.applications} href={linkTo({ ...at, screen: 'applications' })} />
          <Figure n={held} says={() => say.held(scopes ?? 0)} href={linkTo({ ...at, screen: 'scopes' })} />
          <Figure
            n={ending}
            says={say.ending}
            mark="soon"
            href={linkTo({ ...at, screen: 'applications', query: { show: 'ends' } })}
          />
          <Figure
            n={refusals?.count}
            says={say.refused}
            mark="refused"
            href={linkTo({ ...at, screen: 'decisions', query: { outcome: 'deny' } })}
          >
            {refusals && (
              <span class="xs muted">
                {refusals.since === undefined ? say.lastDay : say.since}{' '}
                {refusals.since && <Time at={refusals.since} />}
                {`, ${say.oneProcess}`}
              </span>
            )}
          </Figure>
        </ul>
      )}
    </Shown>
  );
}

interface FigureProps {
  readonly n: number | undefined;
  readonly says: (n: number) => string;
  readonly href: string;
  /** The colour of a number that is not 0. */
  readonly mark?: 'soon' | 'refused';
  readonly children?: ComponentChildren;
}

function Figure({ n, says, href, mark, children }: FigureProps) {
  if (n === undefined) return null;
  return (
    <li class="card">
      <a href={href}>
        <b class={n > 0 ? mark : undefined}>{words.number(n)}</b> <span class="ink2">{says(n)}</span> {children}
      </a>
    </li>
  );
}

function Changes() {
  const { api, environment } = useConsole();
  const { overview: say } = words;
  const path = `/environments/${environment.id}/activities?limit=${RECENT}`;
  const loaded = useLoad(path, (signal) => api.page<Activity>(path, signal));
  return (
    <section class="stack" aria-label={say.recent}>
      <div class="spread">
        <h2>{say.recent}</h2>
        <a href={linkTo({ environmentId: environment.id, screen: 'history' })}>{say.all}</a>
      </div>
      <Shown loaded={loaded} what={words.history.what}>
        {({ items }) =>
          items.length === 0 ? (
            <div class="card">
              <Empty title={words.history.empty} lead={words.history.emptyLead} />
            </div>
          ) : (
            <Events items={items} />
          )
        }
      </Shown>
    </section>
  );
}
