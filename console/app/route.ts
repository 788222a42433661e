import { useEffect, useState } from 'preact/hooks';

/**
 * Where the console is: the part of the address after `#`. Everything that a person sees is in it, so that it can be sent
 * to others; no server ever sees it.
 *
 *     #/e/{environment}/{screen}/{id}/{tab}?q=…
 */
export interface Route {
  readonly environmentId: string | undefined;
  readonly screen: Screen;
  /** The application or scope that the screen is about. */
  readonly id: string | undefined;
  readonly tab: string | undefined;
  readonly query: URLSearchParams;
}

export const SCREENS = [
  'overview',
  'applications',
  'scopes',
  'explain',
  'decisions',
  'history',
  'routes',
  'issuer',
  'environments',
] as const;
export type Screen = (typeof SCREENS)[number];

export function parseRoute(fragment: string): Route {
  const [path = '', search = ''] = fragment.replace(/^#\/?/, '').split('?', 2);
  const [first, environmentId, screen, id, tab] = path.split('/').map(decode);
  const isScreen = (name: string | undefined): name is Screen => SCREENS.includes(name as Screen);
  return {
    environmentId: first === 'e' && environmentId !== '' ? environmentId : undefined,
    screen: isScreen(screen) ? screen : 'overview',
    id: id === '' ? undefined : id,
    tab: tab === '' ? undefined : tab,
    query: new URLSearchParams(search),
  };
}

export interface Target {
  readonly environmentId?: string | undefined;
  readonly screen?: Screen;
  readonly id?: string | undefined;
  readonly tab?: string | undefined;
  readonly query?: Readonly<Record<string, string | undefined>>;
}

/** The address of a screen, for `href`. */
export function linkTo({ environmentId, screen = 'overview', id, tab, query = {} }: Target): string {
  if (environmentId === undefined) return '#/';
  const parts = ['e', environmentId, ...(screen === 'overview' ? [] : [screen]), id, tab];
  const path = parts.filter((part) => part !== undefined).map((part) => encodeURIComponent(part as string));
  const search = new URLSearchParams(
    Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== ''),
  ).toString();
  return `#/${path.join('/')}${search === '' ? '' : `?${search}`}`;
}

export function go(target: Target): void {
  location.hash = linkTo(target);
}

/** Changes the address without a new entry in the history of the window: for filters that are typed. */
export function replace(target: Target): void {
  history.replaceState(null, '', linkTo(target));
  window.dispatchEvent(new HashChangeEvent('hashchange'));
}

export function useRoute(): Route {
  const [fragment, setFragment] = useState(location.hash);
  useEffect(() => {
    const read = () => setFragment(location.hash);
    window.addEventListener('hashchange', read);
    return () => window.removeEventListener('hashchange', read);
  }, []);
  return parseRoute(fragment);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
