import { isBuiltin } from 'node:module';
import { posix } from 'node:path';
import { fileMeant, importsOf, type Source, withoutComments } from './sources.js';

/** A rule takes the files it looks at and answers one sentence for each breach, saying what to do instead. */
export type Rule = (sources: readonly Source[]) => string[];

interface Layer {
  readonly imports: readonly string[];
  readonly types?: readonly string[];
  /** Packages and built-ins it may use; left out where the choice is free. */
  readonly packages?: readonly string[];
}

/** Open to all layers. */
const commons = ['brand', 'clock', 'json-members', 'lru', 'optional-package', 'options', 'uuid'];

const gateLayers = ['scope', 'token', 'decision', 'enforcement', 'live', 'grants', 'issuance', 'usage', 'http'];

/** Who may import whom. A layer is a folder of lib/, or a file at its root: those are the entry points. */
const layers: Readonly<Record<string, Layer>> = {
  brand: { imports: [], packages: [] },
  clock: { imports: [], packages: [] },
  options: { imports: [], packages: [] },
  lru: { imports: [], packages: [] },
  uuid: { imports: [], packages: [] },
  'optional-package': { imports: [], packages: [] },
  'json-members': { imports: [], packages: [] },
  scope: { imports: [], packages: [] },
  token: { imports: ['scope'] },
  issuance: { imports: ['scope'], packages: [] },
  decision: { imports: ['scope'], types: ['token'], packages: [] },
  grants: { imports: ['scope'] },
  live: { imports: ['scope', 'grants'] },
  enforcement: { imports: ['scope', 'token', 'decision'], types: ['live'] },
  explain: { imports: ['scope', 'token', 'decision', 'enforcement', 'live', 'grants'], packages: [] },
  usage: { imports: ['scope', 'grants', 'live'], types: ['enforcement'], packages: [] },
  admin: { imports: ['scope', 'grants', 'decision', 'explain', 'usage'], types: ['enforcement'] },
  stores: { imports: ['scope', 'grants'] },
  http: { imports: ['scope', 'token', 'decision', 'enforcement'], types: ['live', 'grants'] },
  express: { imports: ['scope', 'token', 'decision', 'enforcement', 'live', 'grants', 'admin', 'http'] },
  routes: { imports: ['scope', 'decision', 'http'], packages: ['node:*'] },
  testing: {
    imports: ['scope', 'token', 'decision', 'routes'],
    types: ['live', 'grants', 'http'],
    packages: ['node:*'],
  },
  index: { imports: gateLayers },
  augment: { imports: [], types: ['http'] },
  console: { imports: [], packages: ['node:*'] },
  mcp: { imports: ['scope', 'http'], types: ['enforcement'], packages: [] },
  otel: { imports: ['usage'], types: ['enforcement', 'grants'], packages: ['@opentelemetry/api'] },
  admin_entry: { imports: ['express', 'admin', 'grants'] },
  'express-oauth2-jwt-bearer': { imports: ['express', 'grants'] },
  sqlite: { imports: ['stores', 'grants'] },
  postgres: { imports: ['stores', 'grants'] },
  cli: {
    imports: ['scope', 'token', 'explain', 'admin', 'sqlite', 'postgres'],
    types: ['grants'],
    packages: ['node:*'],
  },
};

/** Packages with one owner. */
const owners: Readonly<Record<string, readonly string[]>> = {
  '@opentelemetry/api': ['otel'],
  express: ['express'],
  'express-oauth2-jwt-bearer': ['express'],
  kysely: ['stores'],
  pg: ['stores'],
  '@photostructure/sqlite': ['stores'],
  zod: ['admin'],
  'zod-openapi': ['admin'],
};

function layerOf(path: string): string {
  return path === 'lib/admin.ts' ? 'admin_entry' : (path.split('/')[1]?.replace(/\.ts$/, '') ?? '');
}

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

function packagesOf(source: Source): string[] {
  const outside = importsOf(source).filter(({ specifier }) => !specifier.startsWith('.'));
  return [...new Set(outside.map(({ specifier }) => specifier))];
}

function objectionTo(file: string, from: string, layer: Layer, typeOnly: boolean): string | undefined {
  if (!file.startsWith('lib/')) return 'lib/ is complete in itself. Move the code into lib/.';
  const to = layerOf(file);
  if (to === from || commons.includes(to) || layer.imports.includes(to)) return undefined;
  if (!layer.types?.includes(to)) {
    const may = layer.imports.join(', ') || 'nothing outside itself';
    return `${from} may import ${may}. Move what both need into a layer below, or pass it in.`;
  }
  if (typeOnly) return undefined;
  return `${from} may know the types of ${to} only. Write "import type", or pass the function in.`;
}

export const importsPointDown: Rule = (sources) =>
  sources.flatMap((source) => {
    const from = layerOf(source.path);
    const layer = layers[from];
    if (!layer)
      return `${source.path}: ${from} is not a layer. Give it a row in the table of layers, or move the file.`;
    return importsOf(source).flatMap(({ specifier, typeOnly }) => {
      const file = fileMeant(source.path, specifier);
      const objection = file && objectionTo(file, from, layer, typeOnly);
      return objection ? `${source.path} imports ${file}: ${objection}` : [];
    });
  });

/** Folders inside a layer that do not know each other. */
const walls: readonly (readonly [string, string])[] = [
  ['lib/stores/sqlite/', 'lib/stores/postgres/'],
  ['lib/stores/postgres/', 'lib/stores/sqlite/'],
  ['lib/stores/queries/', 'lib/stores/sqlite/'],
  ['lib/stores/queries/', 'lib/stores/postgres/'],
  ['lib/stores/migrations/', 'lib/stores/queries/'],
  ['lib/express/admin/', 'lib/express/oauth2-jwt-bearer/'],
  ['lib/express/oauth2-jwt-bearer/', 'lib/express/admin/'],
];

export const wallsStand: Rule = (sources) =>
  sources.flatMap((source) =>
    importsOf(source).flatMap(({ specifier }) => {
      const file = fileMeant(source.path, specifier) ?? '';
      const wall = walls.find(([from, to]) => source.path.startsWith(from) && file.startsWith(to));
      return wall
        ? [`${source.path} imports ${file}: ${wall[0]} does not know ${wall[1]}. Move what both need up.`]
        : [];
    }),
  );

export const packagesStayInTheirLayer: Rule = (sources) =>
  sources.flatMap((source) => {
    const from = layerOf(source.path);
    const allowed = layers[from]?.packages;
    return packagesOf(source).flatMap((specifier) => {
      const name = packageOf(specifier);
      const owner = owners[name];
      if (owner !== undefined && !owner.includes(from)) {
        return [
          `${source.path} imports ${name}: only lib/${owner.join(' and lib/')} may. Take strings and values here, and translate in lib/${owner[0]}.`,
        ];
      }
      const open = !allowed || allowed.includes(name) || (allowed.includes('node:*') && specifier.startsWith('node:'));
      return open
        ? []
        : [`${source.path} imports ${specifier}: ${from} is kept pure. Take what it gives as a parameter.`];
    });
  });

export const packagesAreDeclared =
  (declared: readonly string[]): Rule =>
  (sources) =>
    sources.flatMap((source) =>
      packagesOf(source).flatMap((specifier) => {
        if (specifier.startsWith('node:')) return [];
        if (isBuiltin(specifier)) return [`${source.path} imports ${specifier}: write node:${specifier}.`];
        if (declared.includes(packageOf(specifier))) return [];
        return [`${source.path} imports ${specifier}: name it in dependencies or peerDependencies, or do without it.`];
      }),
    );

export const noCycles: Rule = (sources) => {
  const graph = new Map(
    sources.map((source) => [
      source.path,
      importsOf(source).flatMap(({ specifier }) => fileMeant(source.path, specifier) ?? []),
    ]),
  );
  const breaches: string[] = [];
  const finished = new Set<string>();
  const visit = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) {
      const circle = [...trail.slice(trail.indexOf(path)), path].join(' → ');
      breaches.push(`${circle} is a cycle. Move what they share into a file that imports neither.`);
      return;
    }
    if (finished.has(path)) return;
    for (const next of graph.get(path) ?? []) visit(next, [...trail, path]);
    finished.add(path);
  };
  for (const path of graph.keys()) visit(path, []);
  return breaches;
};

const without =
  (pattern: RegExp, instead: string, read = (text: string) => text): Rule =>
  (sources) =>
    sources.filter(({ source }) => pattern.test(read(source))).map(({ path }) => `${path} ${instead}`);

const codeWithout = (pattern: RegExp, instead: string): Rule => without(pattern, instead, withoutComments);

export const noDefaultExports = codeWithout(
  /\bexport\s+default\b|\bas\s+default\b|\bexport\s*=/,
  'has a default export. Name it: a name can be searched for, and means the same in ESM and CommonJS.',
);

export const noEnvironment = codeWithout(
  /\bprocess\s*(?:\.\s*env\b|\[)|\benv\b[^;]*\bfrom\s*['"]node:process['"]/,
  'reads process.env. Take an option; only the program that uses the library reads its environment.',
);

export const noConsole = codeWithout(
  /\bconsole\s*[.[]|['"]node:console['"]/,
  'writes to the console. Return a value or call a listener that was passed in.',
);

/** Clocks and chance are parameters, so that tests can move time: only lib/clock.ts reads the system's. */
export const noHiddenInputs: Rule = (sources) =>
  codeWithout(
    /\bperformance\s*\.|\bMath\s*\.\s*random\b|\bDate\s*\.\s*now\b|\bnew\s+Date\(\)/,
    'reads a clock or chance of its own. Take a Clock (lib/clock.ts), or what it gives, as a parameter.',
  )(sources.filter(({ path }) => path !== 'lib/clock.ts' && !path.startsWith('lib/testing/')));

/** Mutable state of the process would be shared by stores, gates and tests that know nothing of each other. */
export const noProcessState = codeWithout(
  /^(?:export\s+)?(?:let|var)\s/m,
  'has a variable at the top level. Keep state in an object that its user creates.',
);

export const noWholesaleExports = codeWithout(
  /\bexport\s*(?:type\s*)?\*/,
  'has "export *". Name every export, so that the public surface can be read.',
);

export const noBarrels =
  (entryPoints: readonly string[]): Rule =>
  (sources) =>
    sources
      .filter(({ path }) => posix.basename(path) === 'index.ts' && !entryPoints.includes(path))
      .map(({ path }) => `${path} is a barrel, not an entry point. Import the files behind it, and delete it.`);

export const noLonelyFiles: Rule = (sources) => {
  const members = new Map<string, Set<string>>();
  for (const { path } of sources) {
    const parts = path.split('/');
    for (let depth = 1; depth < parts.length; depth++) {
      const folder = parts.slice(0, depth).join('/');
      members.set(folder, (members.get(folder) ?? new Set()).add(parts[depth] ?? ''));
    }
  }
  return [...members]
    .filter(([folder, names]) => names.size === 1 && folder !== 'lib/testing')
    .map(([folder, names]) => `${folder} holds only ${[...names].join()}. Fold it up a level.`);
};

/** For the folders that stand where a user stands: demo-app and bench. */
export const onlyEntryPoints: Rule = (sources) =>
  sources.flatMap((source) =>
    importsOf(source).flatMap(({ specifier }) => {
      const file = fileMeant(source.path, specifier);
      if (file === undefined || layerOf(`/${file}`) === layerOf(`/${source.path}`)) return [];
      return [
        `${source.path} imports ${file}: it stands where a user stands. Import from 'scopegate' or 'scopegate/…'.`,
      ];
    }),
  );

const topLevel = new Set(
  (
    '.ci .editorconfig .gitattributes .gitignore .npmrc LICENSE README.md SECURITY.md ' +
    'CHANGELOG.md CONTRIBUTING.md __tests__ bench biome.json console demo-app docs jest.config.mjs lib package-lock.json package.json ' +
    'scripts tsconfig.json'
  ).split(' '),
);

export function strangersAtTopLevel(paths: readonly string[]): string[] {
  const names = new Set(paths.map((path) => path.split('/')[0] ?? ''));
  return [...names]
    .filter((name) => !topLevel.has(name))
    .map((name) => `${name} lies at the top level. Move it into a folder; settings go into package.json.`);
}

export const noResolvedSources = without(
  /"resolved"\s*:/,
  'has "resolved" members. Write it with omit-lockfile-registry-resolved, as .npmrc says.',
);

export const noRegistryHosts = without(
  /:\/\/[^\s/"'`]*(?:registry|artifactory|verdaccio|nexus)[^\s/"'`]*\.[^\s/"'`]/i,
  'names a registry host. Leave the source of packages to whoever installs.',
);
