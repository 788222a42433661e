import { useRef, useState } from 'preact/hooks';
import { useConsole } from './console.js';
import type { Application, Scope } from './model.js';
import { ENTRIES } from './navigation.js';
import { Dialog, Failure } from './parts.js';
import { linkTo } from './route.js';
import { firstPage } from './screens/applications-page.js';
import { useLoad } from './use-load.js';
import { words } from './words.js';

/** How many of each kind are shown. */
const MOST = 6;

interface Result {
  readonly href: string;
  readonly name: string;
  readonly isScope?: boolean;
}

interface Group {
  readonly name: string;
  readonly results: readonly Result[];
}

/** Applications by the beginning of their names, scopes by any part, and the screens. The first result is chosen. */
export function Find({ onClose }: { readonly onClose: () => void }) {
  const { find: say } = words;
  const [search, setSearch] = useState('');
  const { groups, failure } = useGroups(search.trim());
  const [at, setAt] = useState(0);
  const results = groups.flatMap((group) => group.results);
  const chosen = Math.min(at, Math.max(0, results.length - 1));

  function press(event: KeyboardEvent): void {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) setAt((chosen + step + results.length) % Math.max(1, results.length));
    else if (event.key !== 'Enter') return;
    else if (results[chosen] !== undefined) open(results[chosen].href);
    event.preventDefault();
  }

  function open(href: string): void {
    onClose();
    location.hash = href;
  }

  return (
    <Dialog label={say.title} onClose={onClose}>
      <div class="body stack">
        <input
          class="input"
          role="combobox"
          aria-label={say.label}
          aria-expanded={results.length > 0}
          aria-controls="found"
          aria-activedescendant={results.length > 0 ? `found-${chosen}` : undefined}
          autocomplete="off"
          spellcheck={false}
          value={search}
          placeholder={say.label}
          onInput={({ currentTarget }) => {
            setSearch(currentTarget.value);
            setAt(0);
          }}
          onKeyDown={press}
        />
        {failure && <Failure failure={failure} />}
        <div role="listbox" id="found" class="found" aria-label={say.results}>
          {groups.map((group) => (
            <div key={group.name}>
              <p class="label" aria-hidden="true">
                {group.name}
              </p>
              {group.results.map((result) => {
                const index = results.indexOf(result);
                return (
                  <a
                    key={result.href}
                    id={`found-${index}`}
                    role="option"
                    tabIndex={-1}
                    aria-selected={index === chosen}
                    class={result.isScope ? 'mono' : undefined}
                    href={result.href}
                    onClick={onClose}
                  >
                    {result.name}
                  </a>
                );
              })}
            </div>
          ))}
        </div>
        <p class="small muted" role="status">
          {results.length === 0 ? say.nothing : ''}
        </p>
      </div>
    </Dialog>
  );
}

/** What was found last stays until the next is there. */
function useGroups(search: string) {
  const { api, environment, may } = useConsole();
  const { find: say } = words;
  const at = { environmentId: environment.id };
  const last = useRef<readonly Application[]>([]);
  const applications = useLoad(`find ${search}`, async (signal) => {
    if (search === '' || !may('applications:read:application')) return [];
    return (await api.page<Application>(firstPage(environment.id, { search, limit: MOST }), signal)).items;
  });
  const scopes = useLoad(`find scopes ${environment.id}`, async (signal) =>
    may('resources:read:scope') ? api.all<Scope>(`/environments/${environment.id}/scopes?limit=1000`, signal) : [],
  );
  last.current = applications.value ?? last.current;
  const matches = (name: string) => name.toLowerCase().includes(search.toLowerCase());
  const groups: readonly Group[] = [
    {
      name: words.applications.title,
      results: last.current.map(({ id, name }) => ({ href: linkTo({ ...at, screen: 'applications', id }), name })),
    },
    {
      name: words.scopes.title,
      results: (search === '' ? [] : (scopes.value ?? []))
        .filter(({ name }) => matches(name))
        .slice(0, MOST)
        .map(({ id, name }) => ({ href: linkTo({ ...at, screen: 'scopes', id }), name, isScope: true })),
    },
    {
      name: say.screens,
      results: ENTRIES.filter(({ screen, permission }) => may(permission) && matches(words.nav[screen])).map(
        ({ screen }) => ({
          href: linkTo({ ...at, screen }),
          name: words.nav[screen],
        }),
      ),
    },
  ];
  return { groups: groups.filter(({ results }) => results.length > 0), failure: applications.failure };
}
