import { useState } from 'preact/hooks';
import { Icon } from '../../parts/icon.js';
import { useConsole } from '../console.js';
import type { Resource, Scope } from '../model.js';
import { Copy, Empty, Shown, Title } from '../parts.js';
import { linkTo } from '../route.js';
import { useLoad } from '../use-load.js';
import { words } from '../words.js';
import { NewScope } from './new-scope.js';
import { ResourceSettings } from './resource-settings.js';

const SHOWN = 100;

/** One resource: its scopes, its settings, and its end. */
export function ResourceScreen({ id }: { readonly id: string }) {
  const { api, environment } = useConsole();
  const { resource: say } = words;
  const path = `/environments/${environment.id}/resources/${id}`;
  const loaded = useLoad(path, (signal) => api.get<Resource>(path, signal));
  const at = { environmentId: environment.id, screen: 'scopes' as const };
  return (
    <Shown loaded={loaded} what={say.what}>
      {(tagged) => {
        const { name, audience, type } = tagged.value;
        return (
          <>
            <header class="head">
              <div class="crumbs">
                <a href={linkTo(at)}>{words.scopes.title}</a> <span>/</span> <span>{name}</span>
              </div>
              <Title name={name}>{name}</Title>
              <div class="meta">
                <span class="long">
                  <span class="mono xs">{audience}</span> <Copy value={audience ?? name} what={say.audience} />
                </span>
                {type !== 'CUSTOM' && <span class="chip">{say.builtIn}</span>}
              </div>
            </header>
            <div class="stack-5">
              <ScopesOfResource resource={tagged.value} />
              <ResourceSettings tagged={tagged} onChange={loaded.set} onStale={loaded.reload} />
            </div>
          </>
        );
      }}
    </Shown>
  );
}

function ScopesOfResource({ resource }: { readonly resource: Resource }) {
  const { api, environment, may } = useConsole();
  const { resource: say } = words;
  const path = `/environments/${environment.id}/resources/${resource.id}/scopes?order=name&limit=${SHOWN}`;
  const loaded = useLoad(path, (signal) => api.page<Scope>(path, signal));
  const [isMaking, setIsMaking] = useState(false);
  const at = { environmentId: environment.id, screen: 'scopes' as const };
  if (!may('resources:read:scope')) return null;
  return (
    <section class="card" aria-label={say.scopes}>
      <header>
        <h2>{say.scopes}</h2>
        {may('resources:create:scope') && (
          <button type="button" class="btn" data-key="n" onClick={() => setIsMaking(true)}>
            <Icon name="plus" /> {words.scopes.create}
          </button>
        )}
      </header>
      <Shown loaded={loaded} what={words.scopes.what}>
        {({ items, next }) =>
          items.length === 0 ? (
            <Empty title={say.noScopes} lead={say.noScopesLead} />
          ) : (
            <>
              <ul class="ladder plain">
                {items.map(({ id, name, description }) => (
                  <li key={id}>
                    <span class="long">
                      <a class="mono" href={linkTo({ ...at, id })}>
                        {name}
                      </a>{' '}
                      <span class="small muted">{description}</span>
                    </span>
                  </li>
                ))}
              </ul>
              {next !== undefined && (
                <footer>
                  <a href={linkTo(at)}>{say.moreScopes}</a>
                </footer>
              )}
            </>
          )
        }
      </Shown>
      {isMaking && (
        <NewScope
          resources={[resource]}
          onClose={() => setIsMaking(false)}
          onMade={() => {
            setIsMaking(false);
            loaded.reload();
          }}
        />
      )}
    </section>
  );
}
