import { useState } from 'preact/hooks';
import { Icon } from '../../parts/icon.js';
import type { Page } from '../api.js';
import { useConsole } from '../console.js';
import type { Application } from '../model.js';
import { Empty, Shown, Time, Title } from '../parts.js';
import { go, linkTo, type Route, replace } from '../route.js';
import { useLoad } from '../use-load.js';
import { words } from '../words.js';
import { firstPage, readShow, SHOWS, type Show } from './applications-page.js';
import { NewApplication } from './new-application.js';
import { Pager } from './pager.js';
import { ReachBar, ReachEnd, useReaches } from './reach-column.js';

const PAGE = 50;

/** Find one among ten thousand. */
export function ApplicationsScreen({ route }: { readonly route: Route }) {
  const { api, environment, may } = useConsole();
  const [isMaking, setIsMaking] = useState(false);
  const search = route.query.get('q') ?? '';
  const after = route.query.get('after') ?? '';
  const show = readShow(route.query.get('show'));
  const path = after !== '' ? after : firstPage(environment.id, { search, limit: PAGE, show });
  const kept = `${environment.id} ${show}`;
  const load = async (signal: AbortSignal) => ({ page: await api.page<Application>(path, signal), search });
  const loaded = useLoad(`applications ${path}`, load, kept);
  const { applications: say } = words;
  const at = { environmentId: environment.id, screen: 'applications' as const };
  const find = (q: string) => replace({ ...at, query: { q, show } });
  const choose = (shown: Show | undefined) => go({ ...at, query: { q: search, show: shown } });
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
        <ShowChoice show={show} onChoose={choose} />
      </div>
      <Shown loaded={loaded} what={say.what}>
        {(last) =>
          last.page.items.length > 0 ? (
            <ApplicationTable page={last.page} search={last.search} show={show} />
          ) : (
            <div class="card">
              <None
                search={last.search}
                show={show}
                onMake={make}
                onClear={() => find('')}
                onShowAll={() => choose(undefined)}
              />
            </div>
          )
        }
      </Shown>
      {isMaking && <NewApplication onClose={() => setIsMaking(false)} />}
    </>
  );
}

interface ShowChoiceProps {
  readonly show: Show | undefined;
  readonly onChoose: (show: Show | undefined) => void;
}

/** What the caller may not know is not asked for. */
const NEEDS: Readonly<Record<Show, string>> = {
  ends: 'applications:read:grant',
  unused: 'applications:read:usage',
  disabled: 'applications:read:application',
};

function ShowChoice({ show, onChoose }: ShowChoiceProps) {
  const { may } = useConsole();
  const { applications: say } = words;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would need a legend that is seen
    <div class="seg" role="group" aria-label={say.show}>
      {[undefined, ...SHOWS.filter((each) => may(NEEDS[each]))].map((each) => (
        <button type="button" key={each} aria-pressed={show === each} onClick={() => onChoose(each)}>
          {say.shows[each ?? 'all']}
        </button>
      ))}
    </div>
  );
}

interface NoneProps {
  readonly search: string;
  readonly show: Show | undefined;
  readonly onMake: (() => void) | undefined;
  readonly onClear: () => void;
  readonly onShowAll: () => void;
}

/** Why the list is empty, and the way on. */
function None({ search, show, onMake, onClear, onShowAll }: NoneProps) {
  const { applications: say } = words;
  if (search !== '') {
    return (
      <Empty title={show ? say.noneOfSearch(search) : say.notFound(search)} lead={say.notFoundLead}>
        <button type="button" class="btn" onClick={onClear}>
          {say.clear}
        </button>
      </Empty>
    );
  }
  if (show !== undefined) {
    return (
      <Empty {...say.noneOf[show]}>
        <button type="button" class="btn" onClick={onShowAll}>
          {say.showAll}
        </button>
      </Empty>
    );
  }
  return (
    <Empty title={say.empty} lead={say.emptyLead}>
      {onMake && (
        <button type="button" class="btn primary" onClick={onMake}>
          <Icon name="plus" /> {say.create}
        </button>
      )}
    </Empty>
  );
}

interface ApplicationTableProps {
  readonly page: Page<Application>;
  readonly search: string;
  readonly show: Show | undefined;
}

function ApplicationTable({ page, search, show }: ApplicationTableProps) {
  const { items, count } = page;
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
                {enabled ? (
                  <span class="muted">{say.enabled}</span>
                ) : (
                  <span class="chip">
                    <Icon name="minus" /> {say.disabled}
                  </span>
                )}
              </td>
              <td class="hide ink2">{say.kindsInShort(type)}</td>
              <td class="reaches">
                <ReachBar reach={reaches.get(id)} />
              </td>
              <td class="r ends">
                <ReachEnd reach={reaches.get(id)} />
              </td>
              <td class="num ink2 hide">
                <Time at={updatedAt} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <Pager label={say.pages} page={page} toPage={(after) => linkTo({ ...at, query: { q: search, show, after } })}>
        {say.range(items[0]?.name ?? '', items.at(-1)?.name ?? '', count)}
      </Pager>
    </div>
  );
}
