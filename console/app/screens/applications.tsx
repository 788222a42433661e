import { useState } from 'preact/hooks';
import { Icon } from '../../parts/icon.js';
import { useConsole } from '../console.js';
import type { Application } from '../model.js';
import { Empty, Shown, Time, Title } from '../parts.js';
import { linkTo, type Route, replace } from '../route.js';
import { useLoad } from '../use-load.js';
import { words } from '../words.js';
import { NewApplication } from './new-application.js';

const PAGE = 50;

/** Find one among ten thousand. */
export function ApplicationsScreen({ route }: { readonly route: Route }) {
  const { api, environment, may } = useConsole();
  const [isMaking, setIsMaking] = useState(false);
  const search = route.query.get('q') ?? '';
  const after = route.query.get('after') ?? '';
  const path = after !== '' ? after : firstPage(environment.id, search);
  const loaded = useLoad(`applications ${path}`, (signal) => api.page<Application>(path, signal));
  const { applications: say } = words;
  const at = { environmentId: environment.id, screen: 'applications' as const };
  return (
    <>
      <header class="head">
        <div class="spread">
          <Title name={say.title}>{say.title}</Title>
          {may('applications:create:application') && (
            <button type="button" class="btn primary" onClick={() => setIsMaking(true)}>
              <Icon name="plus" /> {say.create}
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
            aria-label={say.search}
            placeholder={say.search}
            value={search}
            onInput={({ currentTarget }) => replace({ ...at, query: { q: currentTarget.value } })}
          />
        </div>
      </div>
      <Shown loaded={loaded} what="applications">
        {({ items, next }) =>
          items.length === 0 ? (
            <div class="card">
              <Empty
                title={search === '' ? say.empty : say.notFound(search)}
                lead={search === '' ? say.emptyLead : say.notFoundLead}
              />
            </div>
          ) : (
            <div class="card">
              <table class="table">
                <thead>
                  <tr>
                    <th scope="col">{say.name}</th>
                    <th scope="col">{say.kind}</th>
                    <th scope="col">{say.changed}</th>
                  </tr>
                </thead>
                <tbody>
                  {items.map(({ id, name, type, enabled, updatedAt }) => (
                    <tr key={id}>
                      <td>
                        <a class="name" href={linkTo({ ...at, id })}>
                          {name}
                        </a>{' '}
                        {!enabled && <span class="chip">{say.disabled}</span>}
                      </td>
                      <td class="ink2">{say.kinds(type)}</td>
                      <td>
                        <Time at={updatedAt} />
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
              <nav class="pager" aria-label={say.title}>
                <span class="grow">{`${items[0]?.name} – ${items.at(-1)?.name}`}</span>
                {after !== '' && (
                  <button type="button" class="btn" onClick={() => history.back()}>
                    {words.previous}
                  </button>
                )}
                {next !== undefined && (
                  <a class="btn" href={linkTo({ ...at, query: { q: search, after: next } })}>
                    {words.next}
                  </a>
                )}
              </nav>
            </div>
          )
        }
      </Shown>
      {isMaking && <NewApplication onClose={() => setIsMaking(false)} />}
    </>
  );
}

function firstPage(environmentId: string, search: string): string {
  const filter = search === '' ? '' : `&filter=${encodeURIComponent(`name sw "${search.replace(/["\\]/g, '\\$&')}"`)}`;
  return `/environments/${environmentId}/applications?limit=${PAGE}&order=name${filter}`;
}
