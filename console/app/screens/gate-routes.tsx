import { covers } from '../../../lib/scope/covers.js';
import { Icon } from '../../parts/icon.js';
import { Urn } from '../../parts/urn.js';
import { useConsole } from '../console.js';
import type { GateRoute, Needs, Scope } from '../model.js';
import { Empty, Shown, Title } from '../parts.js';
import { useLoad } from '../use-load.js';
import { words } from '../words.js';

/** What is guarded by what: unprotected routes first. */
export function RoutesScreen() {
  const { api, environment, may } = useConsole();
  const { routes: say } = words;
  const base = `/environments/${environment.id}`;
  const mayReadScopes = may('resources:read:scope');
  const loaded = useLoad(`routes ${base}`, async (signal) => {
    const [{ items }, scopes] = await Promise.all([
      api.page<GateRoute>(`${base}/routes`, signal),
      mayReadScopes ? api.all<Scope>(`${base}/scopes?limit=1000`, signal) : [],
    ]);
    const routes = items.filter(({ kind }) => kind !== 'middleware');
    return { routes: routes.toSorted((a, b) => rank(a) - rank(b)), unused: findUnused(scopes, items) };
  });
  return (
    <>
      <header class="head">
        <Title name={say.title}>{say.title}</Title>
        <p class="ink2">{say.lead}</p>
      </header>
      <Shown loaded={loaded} what={say.what}>
        {({ routes, unused }) => (
          <div class="stack-5">
            <div class="card">
              {routes.length === 0 ? <Empty title={say.empty} lead={say.emptyLead} /> : <RouteTable routes={routes} />}
            </div>
            {unused.length > 0 && (
              <section class="card" aria-label={say.unused}>
                <header>
                  <h2>{say.unused}</h2>
                </header>
                <div class="body stack">
                  <p class="small ink2">{say.unusedLead}</p>
                  <ul class="plain">
                    {unused.map(({ id, name }) => (
                      <li key={id}>
                        <Urn scope={name} />
                      </li>
                    ))}
                  </ul>
                </div>
              </section>
            )}
          </div>
        )}
      </Shown>
    </>
  );
}

function RouteTable({ routes }: { readonly routes: readonly GateRoute[] }) {
  const { routes: say } = words;
  return (
    <table class="table stream cards">
      <thead>
        <tr>
          {say.columns.map((name) => (
            <th key={name}>{name}</th>
          ))}
        </tr>
      </thead>
      <tbody>
        {routes.map((route) => {
          const { method, path, access, required, reason, reportOnly, unknown } = route;
          const isOpen = access === 'UNPROTECTED';
          return (
            <tr key={`${method} ${path}`} class={isOpen ? 'deny-row' : ''}>
              <td class="route full">
                <b>{method}</b> {path}
              </td>
              <td class="oc">
                <span class={isOpen ? 'chip deny' : 'chip plain'}>
                  {isOpen && <Icon name="warn" />} {say.access[access]}
                </span>
              </td>
              <td class="full">
                {required !== undefined && <NeedsText needs={required} />}
                {isOpen && <code class="mono xs">{say.fix(method, path)}</code>}
                {reason} {reportOnly !== undefined && <span class="chip soon">{say.reportOnly(reportOnly)}</span>}
                {unknown !== undefined && <span class="small muted">{unknown}</span>}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

export function NeedsText({ needs }: { readonly needs: Needs }) {
  if (typeof needs === 'string') return <Urn scope={needs} />;
  const [parts, word] = 'allOf' in needs ? [needs.allOf, words.routes.and] : [needs.anyOf, words.routes.or];
  return (
    <>
      {parts.map((part, i) => (
        <span key={JSON.stringify(part)}>
          {i > 0 && ` ${word} `}
          <NeedsText needs={part} />
        </span>
      ))}
    </>
  );
}

function rank({ access }: GateRoute): number {
  return ['UNPROTECTED', 'optional', 'authenticated', 'scoped', 'public'].indexOf(access);
}

export function scopesIn(needs: Needs | undefined): readonly string[] {
  if (needs === undefined) return [];
  if (typeof needs === 'string') return [needs];
  return ('allOf' in needs ? needs.allOf : needs.anyOf).flatMap(scopesIn);
}

/** Scopes that open no route, alone or with others. */
function findUnused(scopes: readonly Scope[], routes: readonly GateRoute[]): readonly Scope[] {
  const required = [...new Set(routes.flatMap((route) => scopesIn(route.required)))];
  return scopes.filter(({ name }) => !required.some((each) => covers(name, each)));
}
