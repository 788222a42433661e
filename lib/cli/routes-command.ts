import { type Command, EXIT, UsageError } from './terminal.js';

/** What of `scopegate/routes` is used. */
interface Routes {
  routeReport(app: object): readonly ReportedRoute[];
  assertCovered(app: object): void;
}

interface ReportedRoute {
  readonly method: string;
  readonly path: string;
  readonly access: string;
  readonly required?: unknown;
  readonly reason?: string;
}

/** By the name of the package: it is loaded for this command only. */
const ROUTES = 'scopegate/routes';

export const routesCommand: Command = {
  usage: '<module> [--assert]',
  summary: 'Lists the routes of an Express application, its default export or "app", and what each needs.',
  example: 'npx scopegate routes ./app.js --assert',
  options: { assert: { type: 'boolean' } },
  arguments: [1, 1],
  run: async ({ positionals: [path = ''], terminal, values }) => {
    const app = findApplication(await terminal.importModule(path));
    const { assertCovered, routeReport } = (await terminal.importModule(ROUTES)) as Routes;
    const routes = routeReport(app);
    const problem = values.assert === true ? findProblem(() => assertCovered(app)) : undefined;
    return {
      code: problem === undefined ? EXIT.permit : EXIT.deny,
      json: { routes, ...(problem !== undefined && { problem }) },
      lines: [...routes.map(describeRoute), ...(problem === undefined ? [] : [`✗ ${problem}`])],
    };
  },
};

function findApplication(module: object): object {
  const { app, default: main } = module as { app?: unknown; default?: unknown };
  // The default export of a CommonJS module is all that it exports.
  const found = [app, (main as { app?: unknown } | undefined)?.app, main].find((each) => typeof each === 'function');
  if (found === undefined)
    throw new UsageError('The module exports no application: neither "default" nor "app" is one.');
  return found;
}

function findProblem(assert: () => void): string | undefined {
  try {
    assert();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function describeRoute({ method, path, access, required, reason }: ReportedRoute): string {
  const needs = required === undefined ? (reason ?? '') : JSON.stringify(required);
  return `${access === 'UNPROTECTED' ? '✗' : '✓'} ${method.padEnd(6)} ${path}  ${access} ${needs}`.trimEnd();
}
