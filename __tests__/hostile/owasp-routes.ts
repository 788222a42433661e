import { describeApi } from '../../lib/admin/api-description.js';
import type { OpenApi } from '../express/admin/described.js';

/**
 * Every route of the admin API, as its OpenAPI document has it: what the tests of the OWASP API Security Top 10 (2023)
 * go through, so that a route which is added later is attacked as the others are. That the document has the routes which
 * are mounted, and no others, is a test of its own (API9).
 */
export interface Route {
  readonly id: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  /** The parameters of the path. */
  readonly pathIds: readonly string[];
  /** The parameters of the query, and those of them that are ids. */
  readonly queryNames: readonly string[];
  readonly queryIds: readonly string[];
  /** Where ids may stand in the body: `resource.id`, `scopes[].id`. */
  readonly bodyIds: readonly string[];
  /** The members of the body, the outer ones; `undefined` where there is no body. */
  readonly bodyMembers: readonly string[] | undefined;
  /** The members of the object that it answers. */
  readonly answerMembers: readonly string[];
  readonly permissions: readonly string[];
}

interface Schema {
  readonly $ref?: string;
  readonly format?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
}

const document = describeApi() as OpenApi;

export const ROUTES: readonly Route[] = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([verb, operation]): Route => {
    const { parameters = [], requestBody, responses } = operation;
    const inQuery = parameters.filter((each) => each.in === 'query');
    const body = requestBody && resolved(requestBody.content['application/json'].schema);
    const success = responses['201'] ?? responses['200'];
    const answer = success?.content && resolved(success.content['application/json'].schema);
    return {
      id: operation.operationId,
      method: verb.toUpperCase() as Route['method'],
      path,
      pathIds: parameters.filter((each) => each.in === 'path').map(({ name }) => name),
      queryNames: inQuery.map(({ name }) => name),
      queryIds: inQuery.filter(({ schema }) => (schema as Schema).format === 'uuid').map(({ name }) => name),
      bodyIds: body === undefined ? [] : [...new Set(idsIn(body))],
      bodyMembers: body && Object.keys(body.properties ?? {}),
      answerMembers: answer === undefined ? [] : membersOf(answer),
      permissions: /^Permissions: (.+)\.$/.exec(operation.description)?.[1]?.split(', ') ?? [],
    };
  }),
);

/** Of the routes with another method than `GET`: which only read. */
const READING = ['explainAccess'];
export const isReading = ({ id, method }: Route): boolean => method === 'GET' || READING.includes(id);

/** For `test.each`. */
export const EACH = ROUTES.map((route) => [`${route.method} ${route.path}`, route] as const);
export const LISTS = EACH.filter(([, { queryNames }]) => queryNames.includes('cursor'));
export const SINGLES = EACH.filter(([, { method, queryNames }]) => method === 'GET' && !queryNames.includes('cursor'));
export const CHANGES = EACH.filter(([, route]) => !isReading(route));
export const WITH_BODY = EACH.filter(([, { bodyMembers }]) => bodyMembers !== undefined);

function resolved(schema: Schema): Schema {
  const [, name] = /^#\/components\/schemas\/(\w+)$/.exec(schema.$ref ?? '') ?? [];
  return name === undefined ? schema : (document.components.schemas[name] as Schema);
}

function membersOf(schema: Schema): string[] {
  const { properties = {}, anyOf = [] } = resolved(schema);
  return [...Object.keys(properties), ...anyOf.flatMap(membersOf)];
}

function idsIn(given: Schema, place = ''): string[] {
  const schema = resolved(given);
  const inside = Object.entries(schema.properties ?? {}).flatMap(([name, member]) =>
    idsIn(member, place === '' ? name : `${place}.${name}`),
  );
  return [
    ...(schema.format === 'uuid' ? [place] : []),
    ...inside,
    ...(schema.items === undefined ? [] : idsIn(schema.items, `${place}[]`)),
    ...(schema.anyOf ?? []).flatMap((each) => idsIn(each, place)),
  ];
}

/** A copy of `body` with `value` at a place such as `grants[].scopes[].id`: in lists, at the first. */
export function withAt(body: unknown, place: string, value: unknown): Readonly<Record<string, unknown>> {
  const copy = structuredClone(body) as Record<string, unknown>;
  const steps = place.split(/\.|(?=\[\])/).map((step) => (step === '[]' ? '0' : step));
  const last = steps.pop() as string;
  let inner = copy;
  for (const step of steps) {
    const next = inner[step];
    // A reference by name, or a plain string, gives way to one by id.
    if (typeof next !== 'object' || next === null || (last === 'id' && step === steps.at(-1))) inner[step] = {};
    inner = inner[step] as Record<string, unknown>;
  }
  inner[last] = value;
  return copy;
}
