import { useMemo, useState } from 'preact/hooks';
import { Icon } from '../../parts/icon.js';
import { layOutTree } from '../../tree/layout.js';
import { ScopeTree } from '../../tree/scope-tree.js';
import { useConsole } from '../console.js';
import type { Resource, Scope } from '../model.js';
import { Empty, Shown, Title } from '../parts.js';
import { go, linkTo } from '../route.js';
import { useLoad } from '../use-load.js';
import { words } from '../words.js';
import { useFigures, useHolderCounts } from './holder-counts.js';
import { NewScope } from './new-scope.js';
import { ResourceList } from './resource-list.js';

const NOTHING_HELD: readonly string[] = [];

/** All scopes of the environment: the hierarchy as a tree, the others under their resources. */
export function ScopesScreen() {
  const { api, environment, may } = useConsole();
  const { scopes: say } = words;
  const base = `/environments/${environment.id}`;
  const [isMaking, setIsMaking] = useState(false);
  const loaded = useLoad(`scopes ${environment.id}`, async (signal) => {
    const [scopes, resources] = await Promise.all([
      api.all<Scope>(`${base}/scopes?limit=1000`, signal),
      api.all<Resource>(`${base}/resources?limit=1000`, signal),
    ]);
    return { scopes, resources };
  });
  return (
    <>
      <header class="head">
        <div class="spread">
          <Title name={say.title}>{say.title}</Title>
          {may('resources:create:scope') && (
            <button type="button" class="btn primary" data-key="n" onClick={() => setIsMaking(true)}>
              <Icon name="plus" /> {say.create} <kbd>N</kbd>
            </button>
          )}
        </div>
        <p class="ink2">{say.lead}</p>
      </header>
      <Shown loaded={loaded} what={say.what}>
        {({ scopes, resources }) => (
          <>
            <AllScopes scopes={scopes} resources={resources} />
            <ResourceList resources={resources} />
            {isMaking && (
              <NewScope
                resources={resources}
                onClose={() => setIsMaking(false)}
                onResourceMade={loaded.reload}
                onMade={() => {
                  setIsMaking(false);
                  loaded.reload();
                }}
              />
            )}
          </>
        )}
      </Shown>
    </>
  );
}

interface AllScopesProps {
  readonly scopes: readonly Scope[];
  readonly resources: readonly Resource[];
}

function AllScopes({ scopes, resources }: AllScopesProps) {
  const { environment } = useConsole();
  const { scopes: say } = words;
  const defined = useMemo(() => scopes.map(({ name }) => name), [scopes]);
  const { rows, others } = useMemo(() => layOutTree({ defined, held: NOTHING_HELD }), [defined]);
  const { counts, countMore } = useHolderCounts(scopes);
  const figures = useFigures(scopes, counts);
  const at = { environmentId: environment.id, screen: 'scopes' as const };
  if (scopes.length === 0) {
    return (
      <div class="card">
        <Empty title={say.empty} lead={say.emptyLead} />
      </div>
    );
  }
  return (
    <div class="stack">
      {countMore && (
        <p>
          <button type="button" class="btn" onClick={countMore}>
            {say.countMore}
          </button>
        </p>
      )}
      {rows.length > 0 && (
        <>
          <p class="rule">{say.open}</p>
          <div class="card">
            <ScopeTree
              label={say.title}
              defined={defined}
              held={NOTHING_HELD}
              figures={figures}
              onToggle={(name) => go({ ...at, id: scopes.find((scope) => scope.name === name)?.id })}
            />
          </div>
        </>
      )}
      {resources.map((resource) => {
        const own = scopes.filter((scope) => scope.resource.id === resource.id && others.includes(scope.name));
        if (own.length === 0) return null;
        return (
          <section class="card" key={resource.id} aria-label={resource.name}>
            <header>
              <h2>{resource.name}</h2>
              <span class="mono xs muted">{resource.audience}</span>
            </header>
            <ul class="ladder plain">
              {own.map(({ id, name, description }) => (
                <li key={id}>
                  <span>
                    <a class="mono" href={linkTo({ ...at, id })}>
                      {name}
                    </a>{' '}
                    <span class="small muted">{description}</span>
                  </span>
                  <span class="small ink2" title={figures.get(name)?.spoken}>
                    {figures.get(name)?.text}
                  </span>
                </li>
              ))}
            </ul>
          </section>
        );
      })}
    </div>
  );
}
