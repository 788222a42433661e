/** The members of a request that name its route: those of Express, and the method of `node:http`. */
export interface RoutedRequest {
  readonly method?: string | undefined;
  readonly baseUrl?: string | undefined;
  readonly route?: { readonly path?: unknown } | undefined;
  readonly params?: Readonly<Record<string, unknown>> | undefined;
}

const MAX_LENGTH = 256;
const MAX_ROUTES = 2000;
/** Mount paths of one route whose name is remembered: a mount path with parameters has any number. */
const MAX_MOUNT_PATHS = 20;

/** A segment of a mount path that looks like a value: digits only, a UUID, letters and digits mixed, or something long. */
const VALUE = /^(?:\d+|[0-9a-f]{8}-[0-9a-f-]{27}|(?=.*\d)[\w-]{12,}|.{33,}|.*[%@].*)$/i;

/**
 * Names routes by their patterns: the path where the router is mounted, and the pattern of the route, `/v1/orders/:id`.
 *
 * Express does not say by which pattern a router was mounted, so a segment of `baseUrl` that equals a parameter, or looks
 * like a value, is replaced by a name. After 2,000 patterns others are `undefined`: something that is no pattern got in.
 */
export class RouteLabels {
  /** By route object, and by mount path: a route of a router that is mounted twice has two. */
  readonly #byRoute = new WeakMap<object, Map<string, string>>();
  #count = 0;

  /** The pattern of the path, without the method; `undefined` where the request does not say, as in middleware. */
  find({ route, baseUrl = '', params }: RoutedRequest): string | undefined {
    if (typeof route !== 'object' || route === null) return undefined;
    const labels = this.#byRoute.get(route);
    const known = labels?.get(baseUrl);
    return known ?? this.#add(toLabel(baseUrl, route.path, params), route, baseUrl, labels ?? new Map());
  }

  #add(label: string, route: object, baseUrl: string, labels: Map<string, string>): string | undefined {
    const isNew = ![...labels.values()].includes(label);
    if (isNew && this.#count >= MAX_ROUTES) return undefined;
    if (isNew) this.#count++;
    if (labels.size < MAX_MOUNT_PATHS) labels.set(baseUrl, label);
    this.#byRoute.set(route, labels);
    return label;
  }
}

function toLabel(baseUrl: string, path: unknown, params: RoutedRequest['params']): string {
  const patterns = (Array.isArray(path) ? path : [path]).map(String).join(',');
  const label = `${toMountPath(baseUrl, params)}${patterns === '/' && baseUrl !== '' ? '' : patterns}`;
  return label.length > MAX_LENGTH ? `${label.slice(0, MAX_LENGTH - 1)}…` : label;
}

/** `/users/ada` as `/users/:user` where a parameter `user` has that value. */
export function toMountPath(baseUrl: string, params: RoutedRequest['params'] = {}): string {
  const names = new Map(Object.entries(params ?? {}).map(([name, value]) => [value, `:${name}`]));
  const segments = baseUrl.split('/').map((segment) => {
    return names.get(decode(segment)) ?? (VALUE.test(segment) ? ':value' : segment);
  });
  return segments.join('/').slice(0, MAX_LENGTH);
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
