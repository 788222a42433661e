import { Icon } from '../../parts/icon.js';
import { Urn } from '../../parts/urn.js';
import { useConsole } from '../console.js';
import { readMost } from '../counting.js';
import type { GateRoute, ScopeHolder } from '../model.js';
import { useLoad } from '../use-load.js';
import { words } from '../words.js';
import { scopesIn } from './gate-routes.js';

/** `unknown` while they are loaded, and where that failed: then any route may need the name. */
export type RoutesNaming = readonly GateRoute[] | 'unknown';

/** The routes of this process that need a scope by this very name; none where the person may not read them. */
export function useRoutesNaming(scope: string | undefined): RoutesNaming {
  const { api, environment, may } = useConsole();
  const isAsked = scope !== undefined && may('gate:read:route');
  const { value } = useLoad(`routes ${isAsked}`, async (signal) =>
    isAsked ? (await api.page<GateRoute>(`/environments/${environment.id}/routes`, signal)).items : [],
  );
  if (!isAsked) return [];
  return value?.filter(({ required }) => scopesIn(required).includes(scope)) ?? 'unknown';
}

export interface RenameEffectProps {
  readonly path: string;
  readonly from: string;
  readonly to: string;
  readonly routes: RoutesNaming;
}

const SHOWN = 5;

/** A new name is as strong as a grant: who holds the scope keeps it, and routes may still need the old name. */
export function RenameEffect({ path, from, to, routes }: RenameEffectProps) {
  const { api, may } = useConsole();
  const { scopeSettings: say } = words;
  const mayCount = may('applications:read:grant') && may('applications:read:application');
  const { value: holders } = useLoad(`holders ${path}`, async (signal) =>
    mayCount ? readMost<ScopeHolder>(api, `${path}/applications`, signal) : undefined,
  );
  return (
    <div class="stack" role="status">
      <ul class="diff">
        <li class="del">
          <i>−</i>
          <Urn scope={from} />
        </li>
        <li class="ins">
          <i>+</i>
          <Urn scope={to} />
        </li>
      </ul>
      {holders && <p>{say.renamed(holders.items.length, holders.isMore)}</p>}
      <p class="small ink2">{say.tokens}</p>
      {routes === 'unknown' && <p class="small lost">{say.routesUnknown}</p>}
      {routes !== 'unknown' && routes.length > 0 && (
        <div class="banner deny">
          <Icon name="warn" />
          <div class="grow">
            <p>
              <b>{say.routes(routes.length)}</b>
            </p>
            <ul class="small mono">
              {routes.slice(0, SHOWN).map(({ method, path: route }) => (
                <li key={`${method} ${route}`}>
                  {method} {route}
                </li>
              ))}
            </ul>
            {routes.length > SHOWN && <p class="small">{words.impact.more(routes.length - SHOWN)}</p>}
          </div>
        </div>
      )}
    </div>
  );
}
