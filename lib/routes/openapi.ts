import { AssertionError } from 'node:assert';
import { insist, isObject, isText, type OptionRules, readOptions } from '../options.js';
import { listAlternatives } from './alternatives.js';
import {
  listOperations,
  type OpenApiDocument,
  type SecurityRequirement,
  toTemplate,
  writeSecurity,
} from './openapi-document.js';
import { type ReportedRoute, type RouteReportOptions, routeReport } from './route-report.js';

export interface OpenApiSecurityOptions extends RouteReportOptions {
  /** The name of the scheme in `components.securitySchemes`. Default `'oauth2'`. */
  readonly schemeName?: string | undefined;
  /**
   * The scheme, if the document has none of that name: of the type `oauth2` or `openIdConnect`, or any in OpenAPI 3.1.
   * Default `{ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' }`, for OpenAPI 3.1 and later only: earlier versions
   * know scopes for those two types only.
   */
  readonly scheme?: Readonly<Record<string, unknown>> | undefined;
  /** What the paths of the application have before those of the document: `'/api'`. Default none. */
  readonly basePath?: string | undefined;
}

const OPTIONS = {
  apps: true,
  schemeName: [isText, 'a string', 'oauth2'],
  scheme: true,
  basePath: [(value: unknown) => /^$|^\/.*[^/]$/.test(value as string), "a path such as '/api'", ''],
} as const satisfies OptionRules<OpenApiSecurityOptions>;

/**
 * Writes into an OpenAPI document what the routes of an application need: `security` of each operation that is a route,
 * and the scheme, with the scopes in each flow of an `oauth2` scheme. Returns a new document.
 *
 * A public route has no requirement, an optional one has the empty one beside the scheme. Operations without a route, and
 * those whose route has no gate, stay as they are: `diffOpenApi` finds them.
 *
 * @example
 * const document = openApiSecurity(app, JSON.parse(readFileSync('openapi.json', 'utf8')), { basePath: '/api' });
 *
 * @param document of OpenAPI 3.0, 3.1 or 3.2, as an object; a `$ref` of a path is not followed
 * @throws {TypeError} where `document` is none, and for wrong or unknown options
 * @throws {RangeError} for a route whose requirement has more than 64 alternatives
 */
export function openApiSecurity<Document extends object>(
  app: object,
  document: Document,
  options: OpenApiSecurityOptions = {},
): Document {
  const { rows, scheme, schemeName } = prepare('openApiSecurity()', app, document, options);
  const given = document as unknown as OpenApiDocument;
  const paths = writeSecurity(given, (name) => {
    const row = rows.get(name);
    return row === undefined || row.access === 'UNPROTECTED' ? undefined : toSecurity(row, schemeName);
  });
  const scopes = [...rows.values()].flatMap(({ required }) =>
    required === undefined ? [] : listAlternatives(required),
  );
  const schemes = { ...given.components?.securitySchemes, [schemeName]: addScopes(scheme, new Set(scopes.flat())) };
  return { ...document, paths, components: { ...given.components, securitySchemes: schemes } };
}

/**
 * Fails where an OpenAPI document and an application differ: an operation without a route, a route without an operation,
 * or another `security` than the gates require. For tests.
 *
 * Not compared: names of parameters, routes for every method, and the details of the scheme.
 *
 * @throws {AssertionError} of `node:assert`, with the list of the differences
 * @throws {TypeError} where `document` is none, and for wrong or unknown options
 */
export function diffOpenApi(app: object, document: object, options: OpenApiSecurityOptions = {}): void {
  const { rows, schemeName } = prepare('diffOpenApi()', app, document, options);
  const { security: ofAll } = document as OpenApiDocument;
  const operations = listOperations(document as OpenApiDocument);
  const differences: string[] = [...operations].flatMap(([name, operation]) => {
    const row = rows.get(name);
    if (row === undefined) return `${name} is in the document, and no route of the application`;
    if (row.access === 'UNPROTECTED') return `${name} has no gate in the application`;
    const [stated, real] = [operation.security ?? ofAll ?? [], toSecurity(row, schemeName)].map(describeSecurity);
    return stated === real ? [] : `${name} needs ${stated} in the document, and ${real} in the application`;
  });
  for (const [name, { kind, method }] of rows) {
    if (kind === 'route' && method !== '*' && !operations.has(name)) differences.push(`${name} is not in the document`);
  }
  if (differences.length === 0) return;
  throw new AssertionError({
    message: `The document and the application differ:\n${differences.map((each) => `  ${each}`).join('\n')}`,
    actual: differences,
    expected: [],
    operator: 'diffOpenApi',
  });
}

const BEARER = { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' };
const WITH_SCOPES: readonly unknown[] = ['oauth2', 'openIdConnect'];

function prepare(creator: string, app: object, document: object, options: OpenApiSecurityOptions) {
  const { apps, schemeName, basePath } = readOptions(creator, options, OPTIONS);
  const { openapi, paths, components } = (isObject(document) ? document : {}) as Partial<OpenApiDocument>;
  const isDocument = isText(openapi) && /^3\.\d/.test(openapi) && (paths === undefined || isObject(paths));
  insist(isDocument, creator, 'document', 'an OpenAPI document of version 3', document);
  const scheme = components?.securitySchemes?.[schemeName] ?? options.scheme ?? BEARER;
  const canHaveScopes = isObject(scheme) && (WITH_SCOPES.includes(scheme.type) || !openapi.startsWith('3.0'));
  insist(canHaveScopes, creator, 'scheme', 'of the type oauth2 or openIdConnect in OpenAPI 3.0', options.scheme);
  const rows = new Map<string, ReportedRoute>();
  for (const row of routeReport(app, { apps })) {
    const path = toTemplate(row.path, basePath);
    if (path !== undefined && row.kind === 'route' && !rows.has(`${row.method} ${path}`)) {
      rows.set(`${row.method} ${path}`, row); // of two for one path, Express asks the first
    }
  }
  return { rows, scheme: scheme as Readonly<Record<string, unknown>>, schemeName };
}

function toSecurity({ access, required }: ReportedRoute, schemeName: string): SecurityRequirement[] {
  if (access === 'public') return [];
  if (required !== undefined) return listAlternatives(required).map((scopes) => ({ [schemeName]: [...scopes] }));
  return access === 'optional' ? [{}, { [schemeName]: [] }] : [{ [schemeName]: [] }];
}

/** Alternatives and scopes have no order. */
function describeSecurity(security: readonly SecurityRequirement[]): string {
  if (security.length === 0) return 'nothing';
  const alternatives = security.map((requirement) => {
    const schemes = Object.entries(requirement).map(([name, scopes]) => [name, ...[...scopes].sort()].join(' '));
    return schemes.sort().join(' and ') || 'nothing';
  });
  return [...new Set(alternatives)].sort().join(', or ');
}

/** Each flow of OAuth 2.0 lists the scopes, with descriptions (OpenAPI, OAuth Flow Object). */
function addScopes(scheme: Readonly<Record<string, unknown>>, scopes: ReadonlySet<string>): object {
  if (scheme.type !== 'oauth2' || !isObject(scheme.flows)) return scheme;
  const missing = Object.fromEntries([...scopes].map((scope) => [scope, '']));
  const flows = Object.entries(scheme.flows).map(([name, flow]) => {
    const known = isObject(flow) && isObject(flow.scopes) ? flow.scopes : {};
    return [name, { ...(flow as object), scopes: { ...missing, ...known } }];
  });
  return { ...scheme, flows: Object.fromEntries(flows) };
}
