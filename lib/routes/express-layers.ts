import { isRegExp } from 'node:util/types';

/** A path as it was given to Express; `undefined` where Express does not keep it. */
export type GivenPath = string | RegExp | undefined;

/** One entry of a router: a route, or what `use` was given. */
export interface Layer {
  readonly handle: Handler;
  /** The handlers of a route; `undefined` for what `use` was given. */
  readonly route: RouteStack | undefined;
  /** Each path of a list. `''` for `use` without a path. */
  readonly paths: readonly GivenPath[];
  /** Whether Express compares the case of letters. */
  readonly isSensitive: boolean;
  /** Of Express. */
  readonly version: 4 | 5;
}

export interface RouteStack {
  readonly stack: readonly { readonly handle: Handler; readonly method?: string | undefined }[];
  readonly methods: Readonly<Record<string, boolean | undefined>>;
}

// Any function of an application; its parameters do not matter here.
export type Handler = ((...parameters: never[]) => unknown) & { readonly name: string };

/** A router of Express, which an application has one of. */
export interface RouterStack {
  readonly stack: readonly unknown[];
  readonly caseSensitive?: boolean;
  readonly strict?: boolean;
  /** The functions of `router.param`, by name. */
  readonly params?: Readonly<Record<string, unknown>>;
}

interface Application {
  readonly lazyrouter?: unknown;
  readonly _router?: unknown;
  readonly router?: unknown;
  readonly set?: unknown;
}

/**
 * The router of an application, or a router itself; `undefined` for anything else.
 *
 * Express 4 makes `app._router` with the first route, and `app.router` throws there; Express 5 has `app.router`.
 */
export function readRouter(value: unknown): RouterStack | undefined {
  if (typeof value !== 'function' && (typeof value !== 'object' || value === null)) return undefined;
  if (isRouter(value)) return value;
  const { lazyrouter, set, _router } = value as Application;
  if (typeof set !== 'function') return undefined;
  if (typeof lazyrouter === 'function') return isRouter(_router) ? _router : { stack: [] };
  const { router } = value as Application;
  return isRouter(router) ? router : undefined;
}

function isRouter(value: unknown): value is RouterStack {
  return Array.isArray((value as RouterStack | undefined)?.stack);
}

/** The members of the layers of Express 4, and of the package `router` of Express 5 (`rawPath` since 2.3.0). */
interface ExpressLayer {
  readonly handle: Handler;
  readonly route?: (RouteStack & { readonly path: unknown }) | undefined;
  readonly regexp?: RegExp & { readonly fast_slash?: boolean };
  readonly keys?: readonly { readonly name: string | number }[];
  readonly matchers?: readonly unknown[];
  readonly rawPath?: unknown;
  readonly slash?: boolean;
}

/** Which version of Express a layer is of; `undefined` for what is no layer, such as an entry of a connect application. */
function readVersion(layer: unknown): 4 | 5 | undefined {
  const { handle, matchers, regexp } = Object(layer) as Partial<ExpressLayer>;
  if (typeof handle !== 'function') return undefined;
  if (Array.isArray(matchers)) return 5;
  return isRegExp(regexp) ? 4 : undefined;
}

/** Reads one entry of `router.stack`; `undefined` for what is none of Express. */
export function readLayer(given: unknown, router: RouterStack): Layer | undefined {
  const version = readVersion(given);
  if (version === undefined) return undefined;
  const layer = given as ExpressLayer;
  const { handle, route, regexp } = layer;
  const isSensitive = version === 4 ? !(regexp as RegExp).flags.includes('i') : router.caseSensitive === true;
  const paths = version === 4 ? readPaths4(layer) : readPaths5(layer);
  return { handle, route, paths, isSensitive, version };
}

function readPaths5({ rawPath, route, slash }: ExpressLayer): readonly GivenPath[] {
  if (rawPath !== undefined) return listPaths(rawPath, route === undefined);
  if (route !== undefined) return listPaths(route.path, false);
  return slash === true ? [''] : [undefined];
}

/** Express 4 keeps the path of a route, and of `use` only the regular expression that it made. */
function readPaths4({ keys = [], regexp, route }: ExpressLayer): readonly GivenPath[] {
  if (route !== undefined) return listPaths(route.path, false);
  const given = regexp as RegExp & { readonly fast_slash?: boolean };
  if (given.fast_slash === true) return [''];
  const names = keys.map(({ name }) => String(name));
  const paths = given.source.split(/\|(?=\^)/).map((source) => decompile(source, names));
  return paths.every((path) => path !== undefined) ? paths : [given];
}

function listPaths(given: unknown, isMount: boolean): readonly GivenPath[] {
  const paths = Array.isArray(given) ? given.flat(Number.POSITIVE_INFINITY) : [given];
  return paths.map((path) => {
    if (isMount && path === '/') return '';
    return typeof path === 'string' || isRegExp(path) ? path : undefined;
  });
}

/** What path-to-regexp 0.1 makes of a parameter, and of a path that is a prefix. */
const PARAMETER = /^\(\?:\\\/\(\[\^\\?\/\]\+\?\)\)/; // (?:\/([^/]+?)) or (?:\/([^\/]+?))
const END_OF_PREFIX = '\\/?(?=\\/|$)';

/**
 * The path of which path-to-regexp 0.1 has made a regular expression: with plain segments and parameters only.
 *
 * @param names of the parameters; those of this path are taken from the front
 */
function decompile(source: string, names: string[]): string | undefined {
  if (!source.startsWith('^') || !source.endsWith(END_OF_PREFIX)) return undefined;
  let path = '';
  let rest = source.slice(1, -END_OF_PREFIX.length);
  while (rest !== '') {
    const [parameter = ''] = PARAMETER.exec(rest) ?? [];
    if (parameter !== '') {
      path += `/:${names.shift()}`;
      rest = rest.slice(parameter.length);
      continue;
    }
    const [text = '', segment = ''] = /^\\\/((?:[\w\-~%!&',;=@ ]|\\\.)+)/.exec(rest) ?? [];
    if (text === '') return undefined;
    path += `/${segment.replaceAll('\\.', '.')}`;
    rest = rest.slice(text.length);
  }
  return path;
}
