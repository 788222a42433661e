import { covers } from 'scopegate';
import { Urn } from '../../parts/urn.js';
import { useConsole } from '../console.js';
import type { Scope, ScopeHolder } from '../model.js';
import { Copy, Empty, Shown, Title } from '../parts.js';
import { linkTo } from '../route.js';
import { useLoad } from '../use-load.js';
import { words } from '../words.js';
import { EditScope } from './edit-scope.js';

/** Who reaches a scope, and through what. */
export function ScopeScreen({ id }: { readonly id: string }) {
  const { api, environment } = useConsole();
  const { scopes: say } = words;
  const base = `/environments/${environment.id}`;
  const loaded = useLoad(`scope ${id}`, async (signal) => {
    const all = await api.all<Scope>(`${base}/scopes?limit=1000`, signal);
    const scope = all.find((each) => each.id === id);
    if (scope === undefined) return undefined;
    const holders = await api.page<ScopeHolder>(
      `${base}/resources/${scope.resource.id}/scopes/${id}/applications?coverage=hierarchical&limit=100`,
      signal,
    );
    return { scope, all, holders };
  });
  const at = { environmentId: environment.id, screen: 'scopes' as const };
  return (
    <Shown loaded={loaded} what={say.holders}>
      {(value) => {
        if (value === undefined) return <Empty title={say.gone} lead={words.failure.safe(404)} />;
        const { scope, all, holders } = value;
        const covering = all.filter(({ name }) => name !== scope.name && covers(name, scope.name));
        const ladder = [...covering.sort((a, b) => a.name.length - b.name.length), scope];
        return (
          <>
            <header class="head">
              <div class="crumbs">
                <a href={linkTo(at)}>{say.title}</a> <span>/</span> <Urn scope={scope.name} />
              </div>
              <div class="spread">
                <Title name={scope.name}>
                  <Urn scope={scope.name} />
                </Title>
                <EditScope id={id} />
              </div>
              <div class="meta">
                <span>
                  <span class="mono xs">{scope.name}</span> <Copy value={scope.name} what={say.name} />
                </span>
                {scope.description !== undefined && <span>{scope.description}</span>}
              </div>
            </header>
            <div class="with-panel">
              <section class="card" aria-label={say.holders}>
                <header>
                  <h2>{say.holders}</h2>
                  {holders.count !== undefined && (
                    <span class="small muted">{words.applications.count(holders.count)}</span>
                  )}
                </header>
                {holders.items.length === 0 ? (
                  <Empty title={say.nobody} lead={say.nobodyLead} />
                ) : (
                  <table class="table">
                    <thead>
                      <tr>
                        <th scope="col">{words.applications.name}</th>
                        <th scope="col">{say.through}</th>
                      </tr>
                    </thead>
                    <tbody>
                      {holders.items.map((holder) => (
                        <tr key={holder.id}>
                          <td>
                            <a class="name" href={linkTo({ ...at, screen: 'applications', id: holder.id })}>
                              {holder.name}
                            </a>
                          </td>
                          <td>
                            {holder.heldBy.map(({ scope: by }) => (
                              <span key={by.id} class={by.id === id ? 'chip held' : 'chip covered'}>
                                {by.id === id ? say.held : <Urn scope={by.name} />}
                              </span>
                            ))}
                          </td>
                        </tr>
                      ))}
                    </tbody>
                  </table>
                )}
              </section>
              <aside class="card panel" aria-label={say.ladder}>
                <header>
                  <h2>{say.ladder}</h2>
                </header>
                <ol class="ladder">
                  {ladder.map((each) => (
                    <li key={each.id} class={each.id === id ? 'has' : undefined}>
                      <span class="knob" />
                      {each.id === id ? (
                        <b>
                          <Urn scope={each.name} />
                        </b>
                      ) : (
                        <a href={linkTo({ ...at, id: each.id })}>
                          <Urn scope={each.name} />
                        </a>
                      )}
                    </li>
                  ))}
                </ol>
              </aside>
            </div>
          </>
        );
      }}
    </Shown>
  );
}
