import { coveringTokens } from '../../../lib/scope/hierarchy.js';
import { Urn } from '../../parts/urn.js';
import { useConsole } from '../console.js';
import type { Scope, ScopeHolder } from '../model.js';
import { Copy, Empty, Shown, Title } from '../parts.js';
import { linkTo, useRoute } from '../route.js';
import { useLoad } from '../use-load.js';
import { words } from '../words.js';
import { EditScope } from './edit-scope.js';
import { Pager } from './pager.js';

/** A filter stands for fifty conditions at most. */
const MOST_ABOVE = 50;

/** Who reaches a scope, and through what. */
export function ScopeScreen({ id }: { readonly id: string }) {
  const { api, environment } = useConsole();
  const { scopes: say } = words;
  const base = `/environments/${environment.id}`;
  const loaded = useLoad(`scope ${id}`, async (signal) => {
    const find = async (attribute: string, values: readonly string[]) => {
      const filter = values.map((value) => `${attribute} eq ${JSON.stringify(value)}`).join(' or ');
      return (await api.page<Scope>(`${base}/scopes?limit=1000&filter=${encodeURIComponent(filter)}`, signal)).items;
    };
    const [scope] = await find('id', [id]);
    if (scope === undefined) return undefined;
    const names = coveringTokens(scope.name).filter((name) => name !== scope.name);
    const above = names.length === 0 ? [] : await find('name', names.slice(0, MOST_ABOVE));
    return { scope, above };
  });
  const at = { environmentId: environment.id, screen: 'scopes' as const };
  return (
    <Shown loaded={loaded} what={say.holders}>
      {(value) => {
        if (value === undefined) return <Empty title={say.gone} lead={words.failure.safe(404)} />;
        const { scope, above } = value;
        const ladder = [...above.toSorted((a, b) => a.name.length - b.name.length), scope];
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
              <Holders scope={scope} />
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

const PAGE = 100;

/** The applications that reach it, by age: a page of them. */
function Holders({ scope }: { readonly scope: Scope }) {
  const { api, environment } = useConsole();
  const { scopes: say } = words;
  const { query } = useRoute();
  const { id, resource } = scope;
  const first = `/environments/${environment.id}/resources/${resource.id}/scopes/${id}/applications?coverage=hierarchical&limit=${PAGE}`;
  const path = query.get('after') ?? first;
  const loaded = useLoad(path, (signal) => api.page<ScopeHolder>(path, signal), id);
  const at = { environmentId: environment.id, screen: 'scopes' as const };
  return (
    <section class="card" aria-label={say.holders}>
      <header>
        <h2>{say.holders}</h2>
      </header>
      <Shown loaded={loaded} what={say.holders}>
        {(page) =>
          page.items.length === 0 ? (
            <Empty title={say.nobody} lead={say.nobodyLead} />
          ) : (
            <>
              <table class="table">
                <thead>
                  <tr>
                    <th scope="col">{words.applications.name}</th>
                    <th scope="col">{say.through}</th>
                  </tr>
                </thead>
                <tbody>
                  {page.items.map((holder) => (
                    <HolderRow key={holder.id} holder={holder} scopeId={id} />
                  ))}
                </tbody>
              </table>
              {(page.previous !== undefined || page.next !== undefined) && (
                <Pager
                  label={words.applications.pages}
                  page={page}
                  toPage={(after) => linkTo({ ...at, id, query: { after } })}
                >
                  {words.applications.range(page.items[0]?.name ?? '', page.items.at(-1)?.name ?? '', undefined)}
                </Pager>
              )}
            </>
          )
        }
      </Shown>
    </section>
  );
}

function HolderRow({ holder, scopeId }: { readonly holder: ScopeHolder; readonly scopeId: string }) {
  const { environment } = useConsole();
  return (
    <tr>
      <td>
        <a class="name" href={linkTo({ environmentId: environment.id, screen: 'applications', id: holder.id })}>
          {holder.name}
        </a>
      </td>
      <td>
        {holder.heldBy.map(({ scope: by, grant }) => (
          <span key={`${by.id} ${grant.id}`} class={by.id === scopeId ? 'chip held' : 'chip covered'}>
            {by.id === scopeId ? words.scopes.held : <Urn scope={by.name} />}
          </span>
        ))}
      </td>
    </tr>
  );
}
