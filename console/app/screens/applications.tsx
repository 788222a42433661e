import { useState } from 'preact/hooks';
import { Icon } from '../../parts/icon.js';
import type { Page } from '../api.js';
import { useConsole } from '../console.js';
import type { Application } from '../model.js';
import { Empty, Shown, Time, Title } from '../parts.js';
import { linkTo, type Route, replace } from '../route.js';
import { useLoad } from '../use-load.js';
import { words } from '../words.js';
import { firstPage } from './applications-page.js';
import { NewApplication } from './new-application.js';
import { ReachBar, ReachEnd, useReaches } from './reach-column.js';

const PAGE = 50;

/** Find one among ten thousand. */
export function ApplicationsScreen({ route }: { readonly route: Route }) {
  const { api, environment, may } = useConsole();
  const [isMaking, setIsMaking] = useState(false);
  const search = route.query.get('q') ?? '';
  const after = route.query.get('after') ?? '';
  const path = after !== '' ? after : firstPage(environment.id, search, PAGE);
  const loaded = useLoad(`applications ${path}`, (signal) => api.page<Application>(path, signal));
  const { applications: say } = words;
  const find = (q: string) => replace({ environmentId: environment.id, screen: 'applications', query: { q } });
  const make = may('applications:create:application') ? () => setIsMaking(true) : undefined;
  return (
    <>
      <header class="head">
        <div class="spread">
          <Title name={say.title}>{say.title}</Title>
          {make && (
            <button type="button" class="btn primary" data-key="n" onClick={make}>
              <Icon name="plus" /> {say.create} <kbd>N</kbd>
            </button>
          )}
        </div>
        <p class="ink2">{say.lead}</p>
      </header>
      <div class="toolbar">
        <div class="search grow">
          <Icon name="search" />
          <input
            class="input"
            type="search"
            data-key="/"
            aria-label={say.search}
            placeholder={say.search}
            value={search}
            onInput={({ currentTarget }) => find(currentTarget.value)}
          />
          <kbd>/</kbd>
        </div>
      </div>
      <Shown loaded={loaded} what={say.what}>
        {(page) =>
          page.items.length > 0 ? (
            <ApplicationTable page={page} search={search} isFirst={after === ''} />
          ) : (
            <div class="card">
              {search !== '' ? (
                <Empty title={say.notFound(search)} lead={say.notFoundLead}>
                  <button type="button" class="btn" onClick={() => find('')}>
                    {say.clear}
                  </button>
                </Empty>
              ) : (
                <Empty title={say.empty} lead={say.emptyLead}>
                  {make && (
                    <button type="button" class="btn primary" onClick={make}>
                      <Icon name="plus" /> {say.create}
                    </button>
                  )}
                </Empty>
              )}
            </div>
          )
        }
      </Shown>
      {isMaking && <NewApplication onClose={() => setIsMaking(false)} />}
    </>
  );
}

interface ApplicationTableProps {
  readonly page: Page<Application>;
  readonly search: string;
  readonly isFirst: boolean;
}

function ApplicationTable({ page: { items, count, next }, search, isFirst }: ApplicationTableProps) {
  const { environment } = useConsole();
  const { applications: say } = words;
  const reaches = useReaches(items);
  const at = { environmentId: environment.id, screen: 'applications' as const };
  return (
    <div class="card">
      <table class="table cards">
        <thead>
          <tr>
            <th scope="col">{say.name}</th>
            <th scope="col">{say.state}</th>
            <th scope="col">{say.kind}</th>
            <th scope="col">{say.reach}</th>
            <th scope="col">{say.endsColumn}</th>
            <th scope="col" class="num">
              {say.changed}
            </th>
          </tr>
        </thead>
        <tbody>
          {items.map(({ id, name, type, enabled, updatedAt }) => (
            <tr key={id}>
              <td>
                <a class="name" href={linkTo({ ...at, id })}>
                  {name}
                </a>
              </td>
              <td class="r">
                {enabled ? <span class="muted">{say.enabled}</span> : <span class="chip">{say.disabled}</span>}
              </td>
              <td class="hide ink2">{say.kindsInShort(type)}</td>
              <td class="reaches">
                <ReachBar reach={reaches.get(id)} />
              </td>
              <td class="r">
                <ReachEnd reach={reaches.get(id)} />
              </td>
              <td class="num ink2 hide">
                <Time at={updatedAt} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <nav class="pager" aria-label={say.pages}>
        {!isFirst && (
          <button type="button" class="btn" onClick={() => history.back()}>
            <Icon name="left" /> {words.previous}
          </button>
        )}
        {next !== undefined && (
          <a class="btn" href={linkTo({ ...at, query: { q: search, after: next } })}>
            {words.next} <Icon name="right" />
          </a>
        )}
        <span>{say.range(items[0]?.name ?? '', items.at(-1)?.name ?? '', count)}</span>
      </nav>
    </div>
  );
}
