import { useConsole } from '../../console.js';
import type { Application } from '../../model.js';
import { Copy, Shown, Time, Title } from '../../parts.js';
import { linkTo, type Route } from '../../route.js';
import { useLoad } from '../../use-load.js';
import { words } from '../../words.js';
import { GrantsTab } from './grants.js';

/** One application: what it is, and a tab for each concern. */
export function ApplicationScreen({ route, id }: { readonly route: Route; readonly id: string }) {
  const { api, environment, may } = useConsole();
  const { applications: say } = words;
  const at = { environmentId: environment.id, screen: 'applications' as const };
  const path = `/environments/${environment.id}/applications/${id}`;
  const loaded = useLoad(path, (signal) => api.get<Application>(path, signal));
  const tabs = TABS.filter(({ permission }) => may(permission));
  const tab = tabs.find(({ name }) => name === route.tab) ?? tabs[0];
  return (
    <Shown loaded={loaded} what={say.one}>
      {({ value }) => (
        <>
          <header class="head">
            <div class="crumbs">
              <a href={linkTo(at)}>{say.title}</a> <span>/</span> <span>{value.name}</span>
            </div>
            <Title name={value.name}>{value.name}</Title>
            <div class="meta">
              <span>{say.kinds(value.type)}</span>
              <span>
                <span class="mono xs">{value.id}</span> <Copy value={value.id} what={say.id} />
              </span>
              <span>{value.enabled ? say.enabled : <span class="chip">{say.disabled}</span>}</span>
              <span class="muted">
                {say.changed} <Time at={value.updatedAt} />
              </span>
            </div>
          </header>
          <nav class="tabs" aria-label={value.name}>
            {tabs.map(({ name }) => (
              <a
                key={name}
                href={linkTo({ ...at, id, tab: name === 'grants' ? undefined : name })}
                aria-current={name === tab?.name ? 'page' : undefined}
              >
                {say.tabs[name]}
              </a>
            ))}
          </nav>
          {tab?.show(value)}
        </>
      )}
    </Shown>
  );
}

const TABS = [
  {
    name: 'grants',
    permission: 'applications:read:grant',
    show: (application: Application) => <GrantsTab application={application} />,
  },
] as const;
