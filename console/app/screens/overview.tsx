import { useConsole } from '../console.js';
import type { Activity } from '../model.js';
import { Empty, Shown, Title } from '../parts.js';
import { linkTo } from '../route.js';
import { useLoad } from '../use-load.js';
import { words } from '../words.js';
import { Events } from './history.js';

const RECENT = 5;

/** What there is, and what changed since one last looked. */
export function OverviewScreen() {
  const { api, environment, may } = useConsole();
  const { overview: say } = words;
  const base = `/environments/${environment.id}`;
  const canSee = {
    applications: may('applications:read:application'),
    scopes: may('resources:read:scope'),
    history: may('audit:read:activity'),
  };
  const loaded = useLoad(`overview ${environment.id}`, async (signal) => {
    const count = async (path: string) => (await api.page(`${base}/${path}?limit=1`, signal)).count;
    const [applications, scopes, recent] = await Promise.all([
      canSee.applications ? count('applications') : undefined,
      canSee.scopes ? count('scopes') : undefined,
      canSee.history ? api.page<Activity>(`${base}/activities?limit=${RECENT}`, signal) : undefined,
    ]);
    return { applications, scopes, recent };
  });
  const at = { environmentId: environment.id };
  return (
    <>
      <header class="head">
        <Title name={environment.name}>{environment.name}</Title>
        {environment.description !== undefined && <p class="ink2">{environment.description}</p>}
      </header>
      <Shown loaded={loaded} what={say.what}>
        {({ applications, scopes, recent }) => (
          <div class="stack-5">
            <ul class="figures">
              <Figure
                n={applications}
                label={words.applications.title}
                href={linkTo({ ...at, screen: 'applications' })}
              />
              <Figure n={scopes} label={words.scopes.title} href={linkTo({ ...at, screen: 'scopes' })} />
            </ul>
            {recent !== undefined && (
              <section aria-label={say.recent}>
                <div class="spread">
                  <h2>{say.recent}</h2>
                  <a href={linkTo({ ...at, screen: 'history' })}>{say.all}</a>
                </div>
                {recent.items.length === 0 ? (
                  <Empty title={words.history.empty} lead={words.history.emptyLead} />
                ) : (
                  <Events items={recent.items} />
                )}
              </section>
            )}
          </div>
        )}
      </Shown>
    </>
  );
}

function Figure({ n, label, href }: { readonly n: number | undefined; readonly label: string; readonly href: string }) {
  if (n === undefined) return null;
  return (
    <li class="card">
      <a href={href}>
        <b>{words.number(n)}</b> <span class="ink2">{label}</span>
      </a>
    </li>
  );
}
