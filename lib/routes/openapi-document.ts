import { isObject } from '../options.js';

/** The names of schemes that are needed together, each with its scopes (OpenAPI, Security Requirement Object). */
export type SecurityRequirement = Readonly<Record<string, readonly string[]>>;

interface Operation {
  readonly security?: readonly SecurityRequirement[];
}

/** The parts of an OpenAPI document that are read here. */
export interface OpenApiDocument {
  readonly openapi: string;
  readonly security?: readonly SecurityRequirement[];
  readonly paths?: Readonly<Record<string, unknown>>;
  readonly components?: { readonly securitySchemes?: Readonly<Record<string, unknown>> };
}

/** The fields of a Path Item Object that are operations. */
const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace', 'query'];

/** Each operation by its method and its path, in which parameters have no names: `GET /orders/{}`. */
export function listOperations({ paths = {} }: OpenApiDocument): Map<string, Operation> {
  return new Map(
    Object.entries(paths).flatMap(([path, item]) =>
      findMethods(item).map(
        (method) => [nameOperation(method, path), (item as PathItem)[method] as Operation] as const,
      ),
    ),
  );
}

type PathItem = Readonly<Record<string, unknown>>;

function findMethods(item: unknown): string[] {
  return isObject(item) ? METHODS.filter((method) => isObject(item[method])) : [];
}

function nameOperation(method: string, path: string): string {
  return `${method.toUpperCase()} ${path.replace(/\{[^{}/]*\}/g, '{}').replace(/(.)\/$/, '$1')}`;
}

/** The paths with the `security` that `find` has for an operation. Copies what it changes, since parts may be shared. */
export function writeSecurity(
  { paths = {} }: OpenApiDocument,
  find: (name: string) => readonly SecurityRequirement[] | undefined,
): Readonly<Record<string, unknown>> {
  const write = (path: string, item: unknown): unknown => {
    const changes = findMethods(item).flatMap((method) => {
      const security = find(nameOperation(method, path));
      return security === undefined ? [] : [[method, { ...((item as PathItem)[method] as Operation), security }]];
    });
    return changes.length === 0 ? item : { ...(item as PathItem), ...Object.fromEntries(changes) };
  };
  return Object.fromEntries(Object.entries(paths).map(([path, item]) => [path, write(path, item)]));
}

/** The path of a route in the same form; `undefined` for one that a document has no form for. */
export function toTemplate(path: string, basePath: string): string | undefined {
  if (path !== basePath && !path.startsWith(`${basePath}/`)) return undefined;
  const own = path.slice(basePath.length).replace(/:\w+/g, '{}') || '/';
  return /^[\w\-.~%!$&',;=@/{}]*$/.test(own) && !/\{[^}]/.test(own) ? own.replace(/(.)\/$/, '$1') : undefined;
}
