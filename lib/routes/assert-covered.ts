import { AssertionError } from 'node:assert';
import { isText, type OptionRules, readOptions } from '../options.js';
import { type ReportedRoute, type RouteReportOptions, routeReport } from './route-report.js';

export interface AssertCoveredOptions extends RouteReportOptions {
  /** Routes that may be without a gate, as method and path of the report: `'GET /metrics'`. Default none. */
  readonly except?: readonly string[] | undefined;
}

const OPTIONS = {
  apps: true,
  except: [areTexts, "a list of routes such as 'GET /metrics'", []],
} as const satisfies OptionRules<AssertCoveredOptions>;

function areTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every(isText);
}

/**
 * Fails where a route of an application has no gate before it and is not said to be public, and where the routes of an
 * application are unknown. For tests.
 *
 * A function without a path counts as middleware: it is in {@link routeReport}, and does not fail here, unless it is
 * `express.static()`.
 *
 * @example
 * test('every route has a gate', () => assertCovered(app, { except: ['GET /metrics'] }));
 *
 * @throws {AssertionError} of `node:assert`, with the list of these routes; also for an exception that is of no use
 * @throws {TypeError} where `app` is no application or router of Express, and for wrong or unknown options
 */
export function assertCovered(app: object, options: AssertCoveredOptions = {}): void {
  const { apps, except } = readOptions('assertCovered()', options, OPTIONS);
  const uncovered = routeReport(app, { apps }).filter(isUncovered);
  const names = new Set(uncovered.map(nameRoute));
  const unused = except.filter((name) => !names.has(name));
  const failing = uncovered.filter((row) => !except.includes(nameRoute(row)));
  fail(failing.map(describe), 'is not protected by a gate', 'are not protected by a gate');
  fail(unused, 'is an exception that is of no use', 'are exceptions that are of no use');
}

/** `GET /orders/:id` */
export function nameRoute({ method, path }: ReportedRoute): string {
  return `${method} ${path}`;
}

function isUncovered({ kind, access }: ReportedRoute): boolean {
  return kind === 'application' || (kind !== 'middleware' && access === 'UNPROTECTED');
}

function describe(row: ReportedRoute): string {
  return row.unknown === undefined ? nameRoute(row) : `${nameRoute(row)} (${row.unknown})`;
}

function fail(names: readonly string[], one: string, several: string): void {
  if (names.length === 0) return;
  const count = names.length === 1 ? `1 route ${one}` : `${names.length} routes ${several}`;
  throw new AssertionError({
    message: `${count}:\n${names.map((name) => `  ${name}`).join('\n')}`,
    actual: names,
    expected: [],
    operator: 'assertCovered',
  });
}
