import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hasMethods, insist, isObject, isText, type OptionRules, quantity, readOptions } from '../options.js';
import { nameRoute } from '../routes/assert-covered.js';
import { findHiddenScopes } from '../routes/hidden-scopes.js';
import { type RouteDetails, type RouteReportOptions, readRoutes } from '../routes/route-report.js';
import type { Requirement } from '../scope/requirement.js';
import { listProbes, type Probe } from './probes.js';
import type { TestClaims, TestIssuer } from './test-issuer.js';

export interface ProbeRoutesOptions extends RouteReportOptions {
  /**
   * What routes should require, by method and path of the report: `{ 'GET /orders': 'orders:read' }`. Default: what the
   * gates before them require.
   */
  readonly expected?: Readonly<Record<string, Requirement>> | undefined;
  /** Values for the parameters of paths: `{ id: '42' }`. Default `'probe'` for each. */
  readonly params?: Readonly<Record<string, string>> | undefined;
  /** Paths to ask for, by method and path of the report: for regular expressions. Default none. */
  readonly paths?: Readonly<Record<string, string>> | undefined;
  /** Further claims of each token, such as `client_id`. Default none. */
  readonly claims?: TestClaims | undefined;
  /** How long one response may take. Default 5000. */
  readonly timeoutMs?: number | undefined;
}

/** A difference between a route and what it should require. */
export interface ProbeFinding {
  /** `DELETE /orders/:id` */
  readonly route: string;
  /** `hidden scope`: a scope of the route never decides, since another one of it covers it. */
  readonly probe: Probe['name'] | 'hidden scope';
  /** What the token held; `undefined` for a request without one. */
  readonly scopes: readonly string[] | undefined;
  /** The status of the response, if there was a request and a response. */
  readonly status: number | undefined;
  readonly sentence: string;
}

export interface ProbeResult {
  /** Empty where each route behaves as it should. */
  readonly findings: readonly ProbeFinding[];
  /** Routes that were not asked, as method and path, each with the reason. */
  readonly skipped: readonly { readonly route: string; readonly why: string }[];
  /** How many requests were sent. */
  readonly requests: number;
}

const OPTIONS = {
  apps: [Array.isArray, 'a list of applications of Express', []],
  expected: [isObject, 'an object of routes with what they require', {}],
  params: [areTexts, 'an object of strings', {}],
  paths: [areTexts, 'an object of paths', {}],
  claims: [isObject, 'an object', {}],
  timeoutMs: quantity('milliseconds', 5000, 1),
} as const satisfies OptionRules<ProbeRoutesOptions>;

function areTexts(value: unknown): boolean {
  return isObject(value) && Object.values(value).every(isText);
}

/**
 * Sends requests to every route of an application, and compares what happens with what should: without a token, with an
 * expired one, without a scope, and with the exact scope, the scope above, a sibling and another qualifier. So it finds what
 * a test with one powerful token hides.
 *
 * A response with 401 or 403 counts as refused, and any other as passed: handlers run, with parameters that exist nowhere.
 * Use test doubles for what they would change.
 *
 * Tokens are those of `issuer`, so the gates must verify them. Not probed: paths that are not known, and self scopes, which
 * need a record of their own.
 *
 * @example
 * const { findings } = await probeRoutes(app, issuer, { expected: { 'GET /orders': 'orders:read' } });
 * expect(findings).toEqual([]);
 *
 * @throws {TypeError} (rejects) for wrong or unknown options, and for an expected route that the application does not have
 */
export async function probeRoutes(
  app: object,
  issuer: TestIssuer,
  options: ProbeRoutesOptions = {},
): Promise<ProbeResult> {
  const { expected, timeoutMs, claims, params, paths, apps } = parseOptions(issuer, options);
  const routes = readRoutes('probeRoutes()', app, { apps }).filter(({ row }) => row.kind !== 'middleware');
  const names = routes.map(({ row }) => nameRoute(row));
  for (const name of [...Object.keys(expected), ...Object.keys(paths)]) {
    if (!names.includes(name)) throw new TypeError(`probeRoutes(): the application has no route ${name}.`);
  }
  const server = createServer(app as RequestListener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const sender = new Sender(server, issuer, claims, timeoutMs);
  const findings: ProbeFinding[] = [];
  const skipped: { route: string; why: string }[] = [];
  try {
    for (const details of routes) {
      const route = nameRoute(details.row);
      findings.push(...findHidden(details, route));
      const path = paths[route] ?? fillPath(details.row.path, params);
      const why = findObstacle(details, path);
      if (why !== undefined) skipped.push({ route, why });
      else findings.push(...(await probeRoute(details, path as string, expected[route], sender)));
    }
  } finally {
    server.closeAllConnections();
    server.close();
  }
  return { findings, skipped, requests: sender.count };
}

function findHidden(details: RouteDetails, route: string): ProbeFinding[] {
  return findHiddenScopes(details).map(({ scope, by }) => ({
    route,
    probe: 'hidden scope' as const,
    scopes: [scope],
    status: undefined,
    sentence: `${scope} never decides: ${route} requires ${by} too, which covers it.`,
  }));
}

async function probeRoute(
  details: RouteDetails,
  path: string,
  expected: Requirement | undefined,
  sender: Sender,
): Promise<ProbeFinding[]> {
  const { row, rules } = details;
  const route = nameRoute(row);
  const findings: ProbeFinding[] = [];
  const isReportOnly = rules.some(({ policy }) => policy?.reportUntil && policy.reportUntil > Date.now());
  for (const probe of listProbes(details, expected ?? row.required, isReportOnly)) {
    const status = await sender.send(row.method === '*' ? 'GET' : row.method, path, probe, details);
    const outcome = status === undefined ? 'timeout' : status === 401 || status === 403 ? 'refuse' : 'pass';
    if (outcome === probe.expected) continue;
    const { name, scopes } = probe;
    findings.push({ route, probe: name, scopes, status, sentence: describe(route, probe, status) });
  }
  return findings;
}

function describe(route: string, { expected, name, scopes }: Probe, status: number | undefined): string {
  const sent = scopes === undefined || scopes.length === 0 ? name : `${name} ${scopes.join(' ')}`;
  const should = expected === 'pass' ? 'let it pass' : 'refuse it';
  return `${route} responds ${status === undefined ? 'not in time' : `with ${status}`} to: ${sent}. It should ${should}.`;
}

/** Why a route cannot be asked; `undefined` where it can. */
function findObstacle({ row, rules }: RouteDetails, path: string | undefined): string | undefined {
  if (row.kind === 'application') return row.unknown;
  if (path === undefined) return row.unknown ?? 'Its path is a pattern: name one in `paths`.';
  if (rules.some(({ policy }) => policy?.acceptsSelfScope)) return 'It accepts a self scope, which needs a record.';
  return undefined;
}

/** A path that the route matches; `undefined` where the pattern is more than segments and parameters. */
function fillPath(path: string, params: Readonly<Record<string, string>>): string | undefined {
  const filled = path
    .replace(/\/\*$/, '')
    .replace(/\{\/?[*:]?[^{}]*\}$/, '')
    .replace(/:(\w+)/g, (_, name) => encodeURIComponent(params[name] ?? 'probe'))
    .replace(/\/\*\w*$/, '/probe');
  return /^[\w\-.~%/]*$/.test(filled) ? filled || '/' : undefined;
}

/** Sends probes, one after the other. */
class Sender {
  count = 0;
  readonly #tokens = new Map<string, string>();
  readonly #now = Math.floor(Date.now() / 1000);

  constructor(
    readonly server: Server,
    readonly issuer: TestIssuer,
    readonly claims: TestClaims,
    readonly timeoutMs: number,
  ) {}

  /** The status of the response; `undefined` where there is none in time. */
  async send(method: string, path: string, probe: Probe, details: RouteDetails): Promise<number | undefined> {
    this.count++;
    const token = this.#createToken(probe, details);
    const { port } = this.server.address() as AddressInfo;
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const sent = request({ host: '127.0.0.1', port, method, path, headers, agent: false });
    const timer = setTimeout(() => sent.destroy(), this.timeoutMs);
    try {
      const responded = once(sent, 'response');
      sent.end();
      const [response] = (await responded) as [IncomingMessage];
      return response.statusCode;
    } catch {
      return undefined; // no response: the handler hangs, or ended the connection
    } finally {
      clearTimeout(timer);
      sent.destroy();
    }
  }

  #createToken({ name, scopes }: Probe, { rules }: RouteDetails): string | undefined {
    if (scopes === undefined) return undefined;
    const acr = rules.flatMap(({ policy }) => policy?.authentication?.acrValues ?? [])[0];
    const claims = {
      auth_time: this.#now,
      ...(acr !== undefined && { acr }),
      ...this.claims,
      scope: scopes.length === 0 ? undefined : scopes.join(' '),
    };
    const isExpired = name === 'expired token';
    const key = JSON.stringify([isExpired, claims]);
    const token = this.#tokens.get(key) ?? (isExpired ? this.issuer.expiredToken(claims) : this.issuer.token(claims));
    this.#tokens.set(key, token); // to sign one takes longer than the request
    return token;
  }
}

function parseOptions(issuer: TestIssuer, options: ProbeRoutesOptions) {
  const creator = 'probeRoutes()';
  insist(hasMethods('expiredToken')(issuer), creator, 'issuer', 'what testIssuer() returns', issuer);
  return readOptions(creator, options, OPTIONS);
}
