import type { ComponentChildren } from 'preact';
import type { Tagged } from '../../api.js';
import { useConsole } from '../../console.js';
import type { Application } from '../../model.js';
import { Copy, Shown, Time, Title } from '../../parts.js';
import { linkTo, type Route } from '../../route.js';
import { useLoad } from '../../use-load.js';
import { words } from '../../words.js';
import { DecisionList } from '../decisions/decisions.js';
import { Timeline } from '../history.js';
import { GrantsTab } from './grants.js';
import { SecretTab } from './secret.js';
import { SettingsTab } from './settings.js';
import { UsageTab } from './usage.js';

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
      {(tagged) => {
        const { value } = tagged;
        return (
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
            {tab?.show({ application: value, tagged, route, onChange: loaded.set })}
          </>
        );
      }}
    </Shown>
  );
}

interface Shows {
  readonly application: Application;
  readonly tagged: Tagged<Application>;
  readonly route: Route;
  readonly onChange: (tagged: Tagged<Application>) => void;
}

interface Tab {
  readonly name: keyof typeof words.applications.tabs;
  /** Without it, the tab is not offered. */
  readonly permission: string;
  readonly show: (shows: Shows) => ComponentChildren;
}

const TABS: readonly Tab[] = [
  {
    name: 'grants',
    permission: 'applications:read:grant',
    show: ({ application, route }) => <GrantsTab application={application} route={route} />,
  },
  {
    name: 'decisions',
    permission: 'gate:read:decision',
    show: ({ application, route }) => <DecisionList key={application.id} route={route} only={application} />,
  },
  {
    name: 'usage',
    permission: 'applications:read:usage',
    show: ({ application }) => <UsageTab application={application} />,
  },
  {
    name: 'secret',
    permission: 'applications:read:secret',
    show: ({ application }) => <SecretTab application={application} />,
  },
  {
    name: 'history',
    permission: 'audit:read:activity',
    show: ({ application, route }) => <Timeline route={route} applicationId={application.id} />,
  },
  {
    name: 'settings',
    permission: 'applications:read:application',
    show: ({ tagged, onChange }) => <SettingsTab tagged={tagged} onChange={onChange} />,
  },
];
