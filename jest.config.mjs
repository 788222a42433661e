import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

// Every lane is made of the same project: its files, and what differs. `npm test` runs "express 5" and "express 4" (a
// covering pair: on SQLite and on PostgreSQL), `npm run test:quick` "quick", `npm run test:integration` the three of that
// name, `npm run test:faults` "faults".

const entryPoints = {
  '^scopegate$': '<rootDir>/lib/index.ts',
  '^scopegate/([\\w-]+)$': '<rootDir>/lib/$1.ts',
};

const transform = {
  '\\.[cm]?[jt]s$': [
    '@swc/jest',
    { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } },
  ],
};

/**
 * Jest runs a file in a context of its own, where each use of a global costs what a hundred local variables cost. So it
 * passes these to each module as parameters: none that a test replaces, such as `Date` with its clocks.
 */
const sandboxInjectedGlobals = [
  ...[
    'Array',
    'Error',
    'JSON',
    'Map',
    'Math',
    'Number',
    'Object',
    'Promise',
    'Proxy',
    'RangeError',
    'Reflect',
    'RegExp',
  ],
  ...['Set', 'String', 'Symbol', 'SyntaxError', 'TypeError', 'WeakMap', 'WeakSet', 'BigInt', 'Boolean', 'Function'],
];

/** Packages that ship ES modules only. */
const esModules = ['jose', 'oidc-provider', 'openid-client', 'oauth4webapi', 'koa', 'httpxy', '@nestjs'];

const onExpress4 = { '^express(/.*)?$': 'express-4$1' };

/** Laws that are tried in part in `npm test`, and in full in the integration lane. */
const longLaws = [
  '{issuance,live,stores/contract}/laws.test.ts',
  'live/interleavings.test.ts',
  'explain/agreement.test.ts',
  'token/jwt/differential.test.ts',
];
const inPart = { partOfLongRuns: 0.3 };

/** What needs processes of its own, a server that it may end, the built demo, or a browser. */
const integration = [
  'browser/**/*.test.ts',
  'demo-app/**/*.test.ts',
  'stores/{acknowledged,cold-gates,damaged,environments,failover,faulty-http,kill,live-cut,live-processes,migration-locks,migrations,opening,outage-*,plans,pooler,races,roles,silent-server,torn}.test.ts',
  'hostile/{check,key-*,suspended}.test.ts',
  'http/{frameworks/*,oidc-provider-introspection}.test.ts',
  'token/cache/token-cache-memory.test.ts',
  'types/compilers.test.ts',
  'documentation/pages/{hosts,recipes}.test.ts',
  'express/admin/generated-client.test.ts',
];

/** In the integration lane: attacks on whole applications, pages that are followed line by line, stores that must fail. */
const walks = [
  'hostile/*.test.ts',
  'express/admin/bad-input*.test.ts',
  'documentation/{blocks,pages/*}.test.ts',
  'stores/grant-store-contract.test.ts',
];

/**
 * What touches Express itself runs on both of its versions in `npm test`; the other suites of `express/`, `http/` and
 * `routes/` run on Express 4 and PostgreSQL in the integration lane.
 */
const onBothExpresses = [
  'express/oauth2-jwt-bearer/*.test.ts',
  'express/admin/{bodies,failures,http,load-express,mounting,options,steps}.test.ts',
  'http/{challenge,check,gate,on-*,own-auth,passing-on,preflight,protected-*,req-auth,spoofed-auth}.test.ts',
  'routes/{guards,own-handlers,probe}.test.ts',
];

/** The suites of `describeEachEngine`: on SQLite in `npm test`, on PostgreSQL in the integration lane. */
const suitesOfEachEngine = readdirSync(`${import.meta.dirname}/__tests__`, { recursive: true })
  .filter((file) => file.endsWith('.test.ts'))
  .filter((file) => readFileSync(`${import.meta.dirname}/__tests__/${file}`, 'utf8').includes('describeEachEngine('));

const pure = '{scope,token,decision,enforcement,issuance,grants,admin,testing}/**/*.test.ts';

// Absolute, since Jest replaces `<rootDir>` in no pattern that begins with `!`.
const inTests = (patterns) => patterns.map((pattern) => `${import.meta.dirname}/__tests__/${pattern}`);

/** One project of the suite: the files that match, without those of `except`. */
export function project(displayName, files, { except = [], moduleNameMapper = {}, ...settings } = {}) {
  return {
    displayName,
    rootDir: import.meta.dirname,
    testMatch: [...inTests(files), ...inTests(except).map((pattern) => `!${pattern}`)],
    globalSetup: '<rootDir>/__tests__/support/global-setup.ts',
    globalTeardown: '<rootDir>/__tests__/support/shared-postgres-stop.ts',
    moduleNameMapper: {
      '^(\\.{1,2}/.*)\\.(c?)js$': ['$1.$2js', '$1.$2ts'],
      ...entryPoints,
      ...moduleNameMapper,
    },
    transform,
    sandboxInjectedGlobals,
    transformIgnorePatterns: [`/node_modules/(?!(${esModules.join('|')})/)`],
    ...settings,
  };
}

/** The demo is built once, for all that drive it. */
const builtDemo = { globalSetup: '<rootDir>/__tests__/support/built-demo-setup.ts' };

const onSqlite = { projectEngine: 'SQLite' };
const onPostgres = { projectEngine: 'PostgreSQL' };

export default {
  maxWorkers: availableParallelism() + 1, // now and then a worker waits for a disk, a timer or a database
  workerIdleMemoryLimit: '350MB', // what the files before have left in memory would slow down those that come
  testTimeout: 120_000, // no test takes long, but other programs may keep the machine busy
  projects: [
    project('express 5', ['**/*.test.ts'], { except: [...integration, ...walks], globals: { ...inPart, ...onSqlite } }),
    project('express 4', onBothExpresses, {
      except: integration,
      moduleNameMapper: onExpress4,
      globals: onPostgres,
    }),
    project('quick', [pure], {
      except: integration,
      globalSetup: undefined,
      globalTeardown: undefined,
      globals: inPart,
    }),
    project('integration', [...integration, ...walks, ...longLaws], builtDemo),
    project('integration, PostgreSQL', suitesOfEachEngine, { except: integration, globals: onPostgres }),
    project(
      'integration, express 4',
      [
        '{browser/console/hosting,demo-app/server,hostile/hostile,hostile/owasp-*}.test.ts',
        '{express,http,routes}/**/*.test.ts',
      ],
      {
        except: [...integration.filter((pattern) => /^(?:express|http)\//.test(pattern)), ...onBothExpresses],
        moduleNameMapper: onExpress4,
        ...builtDemo,
        globals: onPostgres,
      },
    ),
    project('faults', ['faults/**/*.faults.ts']),
  ],
};
