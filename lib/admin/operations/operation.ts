import { z } from 'zod';
import { isStorableText, LIMITS } from '../../grants/commands.js';
import { forbidden, notFound } from '../../grants/errors.js';
import type { ListRequest } from '../../grants/list-request.js';
import type { Change, ChangeContext, GrantStore, Page } from '../../grants/store.js';
import type { ScopeModel } from '../../scope/scope-model.js';
import type { AdministeredEnvironments } from '../all-environments.js';
import { MAX_CURSOR_LENGTH, readCursor, writeCursor } from '../cursor.js';
import type { SendEvent } from '../decisions/decision-events.js';
import type { Attributes } from '../filter/conditions.js';
import { filterParameter } from '../filter/filter-parameter.js';
import type { Permission } from '../permissions.js';
import { representDryRun } from '../representation/activity.js';
import type { Href } from '../representation/hal.js';
import type { GateSources } from './gate-sources.js';

/** One operation of the admin API: both the router and the OpenAPI document are made from it. */
export interface Operation<Query extends z.ZodType = z.ZodType, Body extends z.ZodType = z.ZodType> {
  /** `operationId` of the document. */
  readonly id: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** `/environments/{environmentId}/…`; each parameter is a UUID. */
  readonly path: string;
  readonly summary: string;
  /** The caller needs all of them. */
  readonly permissions: readonly [Permission, ...Permission[]];
  /** Of a `POST`: whether it reads, and changes nothing. */
  readonly readsOnly?: boolean;
  /** The option of the router without which there is no such operation. */
  readonly source?: keyof GateSources;
  /** Whether its response is a stream of events where the client asks for it. */
  readonly hasEvents?: boolean;
  /** Whether only callers authorized for all environments may use it. */
  readonly global?: boolean;
  readonly query: Query;
  readonly body?: Body;
  /** Whether a request without a body stands for `{}`. */
  readonly bodyOptional?: boolean;
  readonly status: 200 | 201 | 204;
  /** Of the response body. */
  readonly schema?: z.ZodType;
  run(call: OperationInput<z.output<Query>, z.output<Body>>): Promise<OperationResult>;
}

export function isChange({ method, readsOnly = false }: Pick<Operation, 'method' | 'readsOnly'>): boolean {
  return method !== 'GET' && !readsOnly;
}

/** A request that has been checked against the schemas of its operation. */
export interface OperationInput<Query, Body> {
  readonly store: GrantStore;
  /** That of the gate. */
  readonly scopeModel: ScopeModel;
  /** Lower-case UUIDs. */
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  /** The only environment that the caller may administer, or `ALL_ENVIRONMENTS`. */
  readonly confinedTo: AdministeredEnvironments;
  readonly context: ChangeContext;
  /** What the router was given beside the store. */
  readonly sources: GateSources;
  /** Whether the client prefers a stream of events to a body. */
  readonly wantsEvents: boolean;
  /** Whether the caller has a permission that the operation itself does not need. */
  isPermitted(permission: Permission): boolean;
  /** The status of the operation's response. */
  readonly status: Operation['status'];
  /** The path of the request, and the query as it was sent. */
  readonly path: string;
  readonly search: Readonly<Record<string, string>>;
  readonly href: Href;
}

export interface Params {
  readonly environmentId: string;
  readonly resourceId: string;
  readonly scopeId: string;
  readonly applicationId: string;
  readonly secretId: string;
  readonly grantId: string;
  readonly activityId: string;
}

export interface OperationResult {
  readonly status: number;
  readonly body?: object;
  /** Begins a stream of events in place of a body, and returns what ends it; `undefined` where too many are open. */
  readonly events?: (send: SendEvent) => (() => void) | undefined;
  /** The entity tag of a single object. */
  readonly tag?: string;
  readonly location?: string;
  readonly replayed?: boolean;
}

/** Type-checks a definition, and hides the types of its query and body from the list of operations. */
export function defineOperation<Query extends z.ZodType, Body extends z.ZodType = z.ZodUndefined>(
  definition: Operation<Query, Body>,
): Operation {
  return definition as unknown as Operation;
}

const MAX_LIMIT = 1000;
const DEFAULT_LIMIT = 100;

const limit = z
  .string()
  .regex(/^\d{1,15}$/)
  .transform(Number)
  .pipe(z.int().min(1))
  .transform((value) => Math.min(value, MAX_LIMIT))
  .default(DEFAULT_LIMIT)
  .meta({
    description: `Items per page, at most ${MAX_LIMIT}.`,
    override: { type: 'integer', minimum: 1, default: DEFAULT_LIMIT },
  });
const cursor = z
  .string()
  .max(MAX_CURSOR_LENGTH)
  .optional()
  .meta({ description: 'A position in the list, from `_links`.' });

export const noQuery = z.strictObject({});
export const pageQuery = z.strictObject({ limit, cursor });
const order = z
  .enum(['name', '-name'])
  .optional()
  .meta({ description: 'By name, `-name` from the last to the first. Default `name` with a filter, else by age.' });

/** The query of a list whose items have names. */
export function namedPageQuery(attributes: Attributes) {
  return pageQuery.extend({ filter: filterParameter(attributes), order });
}
export const changeQuery = z.strictObject({
  dryRun: z
    .enum(['true', 'false'])
    .optional()
    .meta({ description: '`true` returns the changes that would be made, and makes none.' }),
});
/** `true` or `false` in a query. */
export const yesOrNo = z
  .enum(['true', 'false'])
  .transform((value) => value === 'true')
  .optional();
export const expandScopes = z
  .literal('scopes')
  .optional()
  .meta({ description: 'Includes the scopes with their names.' });
/** Within the years 0 to 9999, whose texts sort in the order of time. */
export const timestamp = z.iso
  .datetime({ offset: true })
  .transform((value) => new Date(value).toISOString())
  .refine((value) => value.length === 24)
  .optional();
export const text = z.string().min(1).max(LIMITS.name).refine(isStorableText).optional();

export function objectResult(body: object, tag: string): OperationResult {
  return { status: 200, body, tag };
}

/** @throws {AdminError} `forbidden` where a parameter was sent whose permission the caller lacks */
export function requireFor<Query extends object>(
  { isPermitted, query }: OperationInput<Query, unknown>,
  parameter: keyof Query & string,
  permission: Permission,
): void {
  if (query[parameter] === undefined || isPermitted(permission)) return;
  throw forbidden(`The parameter ${parameter} requires the permission ${permission}.`);
}

/** @throws {AdminError} `not_found` for `undefined` */
export function orNotFound<Value>(value: Value | undefined): Value {
  if (value === undefined) throw notFound();
  return value;
}

interface PagedQuery extends Pick<ListRequest, 'limit' | 'filter' | 'order'> {
  readonly cursor?: string | undefined;
}

/** The response with a page of a list. `find` returns `undefined` if the owner of the list does not exist. */
export async function pageResult<Item>(
  call: OperationInput<PagedQuery, unknown>,
  name: string,
  find: (request: ListRequest) => Promise<Page<Item> | undefined>,
  represent: (item: Item) => object,
): Promise<OperationResult> {
  const { query, path, search, href } = call;
  const { limit: _limit, cursor: _cursor, ...filter } = search;
  const listName = `${path}?${new URLSearchParams(Object.entries(filter).sort())}`;
  const position = query.cursor === undefined ? undefined : readCursor(query.cursor, listName);
  const page = orNotFound(await find({ limit: query.limit, position, filter: query.filter, order: query.order }));
  const address = (cursor?: string) => {
    const shown = cursor === undefined ? search : { ...search, cursor };
    const parameters = new URLSearchParams(shown).toString();
    return { href: href(parameters === '' ? path : `${path}?${parameters}`) };
  };
  const { next, previous } = page;
  const body = {
    _links: {
      self: address(),
      ...(next && { next: address(writeCursor(next, listName)) }),
      ...(previous && { prev: address(writeCursor(previous, listName)) }),
    },
    _embedded: { [name]: page.items.map(represent) },
    ...(page.count !== undefined && { count: page.count }),
    size: page.items.length,
  };
  return { status: 200, body };
}

/** The response to a change: the object as it is now, or for a dry run the changes that would be made. */
export function changeResult<Value>(
  { context, status }: OperationInput<unknown, unknown>,
  { value, activities, replayed }: Change<Value>,
  represent?: (value: Value) => object,
  impact?: object,
): OperationResult {
  if (context.dryRun) return { status: 200, body: representDryRun(activities, impact) };
  const body = represent?.(value) as { _links?: { self?: { href: string } } } | undefined;
  const { tag } = (value ?? {}) as { tag?: string };
  const location = status === 201 ? body?._links?.self?.href : undefined;
  return {
    status,
    ...(body !== undefined && { body }),
    ...(tag !== undefined && { tag }),
    ...(location !== undefined && { location }),
    replayed,
  };
}
