import { readRule } from '../http/route-rule.js';
import { type GivenPath, type Layer, type RouterStack, readLayer, readRouter } from './express-layers.js';
import { type FoundRoute, findRules, type Guard, nameOf } from './found-route.js';
import { appendPath, includesPattern, type PathPattern, ROOT } from './path-pattern.js';
import { readRoute } from './read-route.js';

/** A place in the application, with what stands before it. */
interface Place {
  readonly prefix: PathPattern;
  readonly guards: readonly Guard[];
  /** The routers around it, and its own: to notice one that contains itself. */
  readonly routers: readonly RouterStack[];
  /** The application whose router it is. */
  readonly app: object;
}

/** Express hides an application behind a function, and says at the application where it was mounted. */
interface SubApplication {
  readonly parent?: unknown;
  readonly mountpath?: unknown;
}

/** Everything in a live application that can respond to a request, in the order in which Express asks it. */
export function findRoutes(app: object, apps: readonly object[]): FoundRoute[] {
  const walk = new Walk(apps);
  const router = readRouter(app) as RouterStack;
  walk.enter(router, { prefix: ROOT, guards: [], routers: [], app });
  const { found } = walk;
  return found.map((each, at) => (isPassedOn(each, found.slice(at + 1)) ? { ...each, kind: 'middleware' } : each));
}

/** The `name` of the function that `express.static()` makes, which responds wherever it stands. */
const STATIC_FILES = 'serveStatic';

/** A function at a path where something else follows: a body parser, and not an endpoint. */
function isPassedOn({ kind, name, pattern }: FoundRoute, later: readonly FoundRoute[]): boolean {
  if (kind !== 'mount' || name === STATIC_FILES) return false;
  return later.some((each) => each.kind !== 'middleware' && includesPattern(pattern, each.pattern));
}

class Walk {
  readonly found: FoundRoute[] = [];
  /** The listed applications that have not been met yet. */
  readonly #apps: Set<object>;
  /** Where applications are mounted that were entered together with another one at the same path. */
  readonly #entered: { readonly parent: object; readonly path: string }[] = [];

  constructor(apps: readonly object[]) {
    this.#apps = new Set(apps);
  }

  enter(router: RouterStack, place: Place): void {
    if (place.routers.includes(router)) {
      this.#addUnknown(place, 'The router contains itself.');
      return;
    }
    let inside = { ...place, routers: [...place.routers, router] };
    for (const [at, given] of router.stack.entries()) {
      const layer = readLayer(given, router);
      if (layer === undefined) this.#addUnknown(inside, 'It is not a router of Express.');
      else if (!isOfExpressItself(layer, at)) {
        inside = { ...inside, guards: [...inside.guards, ...this.#walkLayer(layer, router, inside)] };
      }
    }
  }

  /** @returns the guards that requests pass on their way to later layers */
  #walkLayer(layer: Layer, router: RouterStack, place: Place): Guard[] {
    const { isSensitive, paths, route, version } = layer;
    const syntax = { version, isSensitive, isMount: route === undefined, isStrict: router.strict === true };
    const met = new Set<object>();
    const guards = paths.flatMap((path) => {
      const pattern = appendPath(place.prefix, path, syntax);
      const passed =
        route === undefined
          ? this.#walkMount(layer, path, { ...place, prefix: pattern }, met)
          : readRoute(route, pattern, place.guards, this.found);
      return canBeSkipped(pattern, place.prefix, router) ? [] : passed;
    });
    for (const app of met) this.#apps.delete(app);
    return guards;
  }

  /** What `use` was given: a guard, a router, an application or a function. */
  #walkMount({ handle }: Layer, path: GivenPath, place: Place, met: Set<object>): readonly Guard[] {
    const rule = readRule(handle);
    if (rule !== undefined && rule.responds !== true) return [{ rule, method: '*', pattern: place.prefix }];
    const router = readRouter(handle);
    if (router !== undefined) this.enter(router, { ...place, app: handle });
    else if (handle.name === 'mounted_app') this.#enterApplication(path, place, met);
    else if (handle.length <= 3) this.#addFunction(handle, path, place); // one with four parameters gets errors only
    return [];
  }

  /** Of several applications at one path it is unknown which is first, so all get what stands before the first. */
  #enterApplication(path: GivenPath, place: Place, met: Set<object>): void {
    const here = [...this.#apps].filter((app) => isMountedAt(app, path, place.app));
    if (here.length === 0 && !this.#takeEntered(place.app, normalize(path))) {
      this.#addUnknown(place, 'Express hides what it mounts: name it in "apps".');
    }
    for (const _ of here.slice(1)) this.#entered.push({ parent: place.app, path: normalize(path) });
    for (const app of here) {
      met.add(app);
      const router = readRouter(app);
      if (router !== undefined) this.enter(router, { ...place, app });
    }
  }

  #takeEntered(parent: object, path: string): boolean {
    const at = this.#entered.findIndex((each) => each.parent === parent && each.path === path);
    if (at !== -1) this.#entered.splice(at, 1);
    return at !== -1;
  }

  #addFunction(handle: Layer['handle'], path: GivenPath, { guards, prefix: pattern }: Place): void {
    const own = readRule(handle);
    const rules = [...findRules(guards, '*', pattern), ...(own === undefined ? [] : [own])];
    const name = nameOf(handle);
    const kind = path === '' && name !== STATIC_FILES && own === undefined ? 'middleware' : 'mount';
    const unknown = own === undefined ? `The function ${name} may respond itself.` : undefined;
    this.found.push({ kind, method: '*', pattern, rules, before: [], name, unknown });
  }

  #addUnknown({ prefix: pattern, guards }: Place, why: string): void {
    const rules = findRules(guards, '*', pattern);
    const unknown = `An application with routes that are not known. ${why}`;
    this.found.push({ kind: 'application', method: '*', pattern, rules, before: [], name: 'application', unknown });
  }
}

/** Whether `router.param` has a function for a parameter of the path: with `next('route')`, it skips a guard there. */
function canBeSkipped({ segments }: PathPattern, prefix: PathPattern, { params = {} }: RouterStack): boolean {
  const own = segments.slice(prefix.segments.length);
  const names = own.flatMap(({ text }) => [...text.matchAll(/[:*](\w+)/g)].map(([, name = '']) => name));
  return names.some((name) => Object.hasOwn(params, name));
}

/** The two functions with which every application of Express 4 begins. */
function isOfExpressItself({ handle, route, version }: Layer, at: number): boolean {
  return version === 4 && route === undefined && ['query', 'expressInit'][at] === handle.name;
}

function isMountedAt(app: object, path: GivenPath, parent: object): boolean {
  const { mountpath, parent: itsParent } = app as SubApplication;
  const paths = [mountpath].flat(Number.POSITIVE_INFINITY).map(normalize);
  return itsParent === parent && path !== undefined && paths.includes(normalize(path));
}

function normalize(path: unknown): string {
  return String(path).replace(/\/+$/, '');
}
