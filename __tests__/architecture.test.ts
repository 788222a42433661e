import * as rules from './support/architecture.js';
import { readSources, readText, type Source, trackedPaths } from './support/sources.js';

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string | { readonly import: { readonly default: string } }>>;
}

const manifest: Manifest = JSON.parse(readText('package.json'));
/** The build replaces what imports these by its result. */
const usedByTheBuild = ['zod-openapi'];
const declared = [...Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }), ...usedByTheBuild];
const entryPoints = Object.values(manifest.exports).flatMap((entry) =>
  typeof entry === 'string' ? [] : entry.import.default.replace('./dist/esm/', 'lib/').replace(/\.js$/, '.ts'),
);

const libraryRules: Readonly<Record<string, rules.Rule>> = {
  'imports point down the layers': rules.importsPointDown,
  'siblings do not know each other': rules.wallsStand,
  'a package stays in the layer that owns it': rules.packagesStayInTheirLayer,
  'every package is declared, every built-in has its prefix': rules.packagesAreDeclared(declared),
  'no file imports itself by a detour': rules.noCycles,
  'no default export': rules.noDefaultExports,
  'no export of everything': rules.noWholesaleExports,
  'no barrel but the entry points': rules.noBarrels(entryPoints),
  'no process.env': rules.noEnvironment,
  'no console': rules.noConsole,
  'no hidden clock or chance': rules.noHiddenInputs,
  'no state of the process': rules.noProcessState,
  'no folder for a single file': rules.noLonelyFiles,
};

describe('the library', () => {
  const library = readSources('lib', /\.ts$/);

  test.each(Object.entries(libraryRules))('the library follows the rule: %s', (_, rule) => {
    expect(rule(library)).toEqual([]);
  });
});

describe('the demo and the benchmarks', () => {
  test.each(['demo-app', 'bench'])('%s uses the published entry points only', (folder) => {
    expect(rules.onlyEntryPoints(readSources(folder))).toEqual([]);
  });
});

describe('the repository', () => {
  const tracked = trackedPaths();
  if ('unknown' in tracked) process.stderr.write(`Not checked, the tracked files are unknown: ${tracked.unknown}\n`);
  const whenTracked = 'paths' in tracked ? test : test.skip;
  const paths = 'paths' in tracked ? tracked.paths : [];

  whenTracked('the repository has a small top level', () => {
    expect(rules.strangersAtTopLevel(paths)).toEqual([]);
  });

  whenTracked('the repository names no registry host', () => {
    expect(rules.noRegistryHosts(paths.map((path) => ({ path, source: readText(path) })))).toEqual([]);
  });

  test.each(['package-lock.json', 'bench/peers/package-lock.json', 'scripts/reference/package-lock.json'])(
    '%s contains no resolved download URL',
    (path) => {
      expect(rules.noResolvedSources([{ path, source: readText(path) }])).toEqual([]);
    },
  );
});

describe('violations', () => {
  const file = (path: string, source = ''): Source => ({ path, source });
  const { importsPointDown, packagesStayInTheirLayer, onlyEntryPoints } = rules;
  const areDeclared = rules.packagesAreDeclared(['express']);

  test.each<[string, rules.Rule, readonly Source[], string]>([
    ['upward import', importsPointDown, [file('lib/scope/set.ts', "import { a } from '../token/a.js';")], 'nothing'],
    [
      'upward type',
      importsPointDown,
      [file('lib/token/a.ts', "import type { A } from '../grants/a.js';")],
      'may import scope',
    ],
    ['upward re-export', importsPointDown, [file('lib/scope/a.ts', "export { a } from '../token/a.js';")], 'nothing'],
    ['upward import()', importsPointDown, [file('lib/scope/a.ts', "await import('../token/a.js');")], 'nothing'],
    ['upward side effect', importsPointDown, [file('lib/scope/a.ts', "import '../token/a.js';")], 'nothing'],
    [
      'upward import over several lines',
      importsPointDown,
      [file('lib/scope/a.ts', "import {\n  a,\n  b,\n} from '../token/a.js';")],
      'nothing',
    ],
    [
      'value where a type may be',
      importsPointDown,
      [file('lib/decision/a.ts', "import { t } from '../token/t.js';")],
      'types',
    ],
    [
      'import of a store',
      importsPointDown,
      [file('lib/express/a.ts', "import { s } from '../stores/s.js';")],
      'pass it in',
    ],
    [
      'entry point with the test kit',
      importsPointDown,
      [file('lib/index.ts', "export { i } from './testing/i.js';")],
      'testing',
    ],
    [
      'import from outside',
      importsPointDown,
      [file('lib/token/a.ts', "import { b } from '../../bench/b.js';")],
      'complete',
    ],
    ['unknown layer', importsPointDown, [file('lib/utils/a.ts')], 'not a layer'],
    [
      'Express in the core',
      packagesStayInTheirLayer,
      [file('lib/token/a.ts', "import e from 'express';")],
      'lib/express',
    ],
    [
      'Express types in the core',
      packagesStayInTheirLayer,
      [file('lib/enforcement/a.ts', "import type { Request } from 'express';")],
      'lib/express',
    ],
    ['signing library', packagesStayInTheirLayer, [file('lib/testing/a.ts', "import j from 'jsonwebtoken';")], 'pure'],
    ['impure scope', packagesStayInTheirLayer, [file('lib/scope/a.ts', "import { x } from 'node:crypto';")], 'pure'],
    ['undeclared package', areDeclared, [file('lib/token/a.ts', "import _ from 'lodash/fp';")], 'peerDependencies'],
    ['undeclared scoped package', areDeclared, [file('lib/token/a.ts', "import x from '@a/b/c';")], '@a/b/c'],
    ['built-in without prefix', areDeclared, [file('lib/token/a.ts', "import { x } from 'crypto';")], 'node:crypto'],
    [
      'cycle of three',
      rules.noCycles,
      [
        file('lib/scope/a.ts', "import { b } from './b.js';"),
        file('lib/scope/b.ts', "import { c } from './c.js';"),
        file('lib/scope/c.ts', "import type { A } from './a.js';"),
      ],
      'lib/scope/a.ts → lib/scope/b.ts → lib/scope/c.ts → lib/scope/a.ts',
    ],
    ['default export', rules.noDefaultExports, [file('lib/scope/a.ts', 'export default 1;')], 'Name it'],
    [
      'default export by another name',
      rules.noDefaultExports,
      [file('lib/a.ts', 'export { a as default };')],
      'Name it',
    ],
    ['export *', rules.noWholesaleExports, [file('lib/index.ts', "export * from './scope/a.js';")], 'Name every'],
    [
      'barrel',
      rules.noBarrels(['lib/index.ts']),
      [file('lib/index.ts'), file('lib/scope/index.ts')],
      'lib/scope/index.ts',
    ],
    ['environment', rules.noEnvironment, [file('lib/a.ts', 'const a = process.env.A;')], 'Take an option'],
    ['environment by import', rules.noEnvironment, [file('lib/a.ts', "import { env } from 'node:process';")], 'option'],
    [
      'sibling engine',
      rules.wallsStand,
      [file('lib/stores/postgres/a.ts', "import { b } from '../sqlite/b.js';")],
      'does not know',
    ],
    ['hidden clock', rules.noHiddenInputs, [file('lib/a.ts', 'const a = performance.now();')], 'Clock'],
    ['hidden chance', rules.noHiddenInputs, [file('lib/a.ts', 'const a = Math.random();')], 'Clock'],
    ['state of the process', rules.noProcessState, [file('lib/a.ts', '// a\nlet last = 0;')], 'Keep state'],
    ['console', rules.noConsole, [file('lib/a.ts', "console.log('a');")], 'listener'],
    [
      'single file',
      rules.noLonelyFiles,
      [file('lib/index.ts'), file('lib/scope/a.ts'), file('lib/options.ts')],
      'lib/scope',
    ],
    [
      'demo that reaches inside',
      onlyEntryPoints,
      [file('demo-app/a.ts', "import { g } from '../lib/index.js';")],
      'user',
    ],
    ['lock with sources', rules.noResolvedSources, [file('package-lock.json', '{ "resolved": "x" }')], '.npmrc'],
    [
      'registry host',
      rules.noRegistryHosts,
      [file('.npmrc', ['registry=https:', '', 'registry.example.com'].join('/'))],
      'host',
    ],
  ])('the rules report the violation: %s', (_, rule, sources, advice) => {
    expect(rule(sources)).toEqual([expect.stringContaining(advice)]);
  });

  test('the rules report an unknown file at the top level', () => {
    expect(rules.strangersAtTopLevel(['lib/index.ts', 'jest.config.js'])).toEqual([
      expect.stringContaining('package.json'),
    ]);
  });
});

describe('clean sources', () => {
  const clean: readonly Source[] = [
    { path: 'lib/index.ts', source: "export { createGate } from './http/gate.js';\n" },
    {
      path: 'lib/options.ts',
      source: "/** console.log(process.env.A) */\nexport const url = 'https://a.example'; // console.log()\n",
    },
    {
      path: 'lib/decision/decide.ts',
      source: "import type { A } from '../token/a.js';\nimport { b } from './b.js';\n",
    },
    { path: 'lib/decision/b.ts', source: "// export default\nimport { url } from '../options.js';\n" },
    {
      path: 'lib/express/middleware.ts',
      source: "import type { Request } from 'express';\nimport { b } from '../decision/b.js';\n",
    },
    { path: 'lib/express/route.ts', source: "/**\n * import x from 'scopegate';\n */\ngate.require('a');\n" },
  ];

  test.each(Object.entries(libraryRules))('clean sources pass the rule: %s', (_, rule) => {
    expect(rule(clean)).toEqual([]);
  });
});
