import { execFile } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

// The published types as applications compile them: strict, with the declarations of all packages checked as well.

const root = join(__dirname, '..', '..');
const folder = join(root, 'node_modules', '.cache', 'scopegate', 'types');
const declarations = join(folder, 'declarations');
const types = join(root, 'node_modules', '@types');
const run = promisify(execFile);

/** The name of each compiler's package. */
const COMPILERS = { '5.4': 'typescript-5', '6.0': 'typescript-6', '7.0': 'typescript' } as const;

interface Program {
  readonly files: readonly string[];
  /** The package of the types of Express. */
  readonly express?: 'express' | 'express-4';
}

const PROGRAMS: Readonly<Record<string, Program>> = {
  'Express 5, node:http, HTTP/2, Fastify and Nest': { files: ['express', 'hosts', 'frameworks', 'without-augment'] },
  'Express 4': { files: ['express', 'without-augment'], express: 'express-4' },
  'Express 5 with scopegate/augment': { files: ['augment'] },
  'Express 4 with scopegate/augment': { files: ['augment'], express: 'express-4' },
  'express-oauth2-jwt-bearer': { files: ['bearer-auth'] },
  'the MCP SDK': { files: ['mcp'] },
};

async function compile(version: keyof typeof COMPILERS, ...args: readonly string[]): Promise<string> {
  const compiler = join(root, 'node_modules', COMPILERS[version], 'bin', 'tsc');
  try {
    return (await run(process.execPath, [compiler, ...args], { cwd: root })).stdout;
  } catch (error) {
    return String((error as { stdout?: unknown }).stdout ?? error);
  }
}

function compileProgram(version: keyof typeof COMPILERS, name: string, { files, express = 'express' }: Program) {
  const config = join(folder, `${version} ${name.replace(/\W+/g, ' ')}.json`);
  const paths = {
    scopegate: [join(declarations, 'index.d.ts')],
    'scopegate/augment': [join(declarations, 'augment.d.ts')],
    express: [join(types, express)],
  };
  const compilerOptions = {
    ...{ noEmit: true, target: 'es2022', lib: ['es2023'], module: 'nodenext', types: ['node'], typeRoots: [types] },
    ...{ strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, skipLibCheck: false, paths },
  };
  const programs = files.map((file) => join(__dirname, 'programs', `${file}.ts`));
  writeFileSync(config, JSON.stringify({ compilerOptions, files: programs }));
  return compile(version, '-p', config);
}

beforeAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const project of ['tsconfig.json', 'scripts/tsconfig.augment.json']) {
    expect(await compile('7.0', '-p', project, '--emitDeclarationOnly', '--outDir', declarations)).toBe('');
  }
}, 240_000);

describe.each(Object.keys(COMPILERS) as (keyof typeof COMPILERS)[])('TypeScript %s', (version) => {
  test('the compiler has the version that it is named for', async () => {
    expect(await compile(version, '--version')).toContain(`Version ${version}`);
  });

  test.each(Object.entries(PROGRAMS))(
    'compiles an application with %s',
    async (name, program) => {
      expect(await compileProgram(version, name, program)).toBe('');
    },
    240_000,
  );
});

test('scopegate/augment cannot be used where another package declares req.auth', async () => {
  expect(await compileProgram('7.0', 'both', { files: ['augment', 'bearer-auth'] })).toContain('TS2717');
}, 240_000);
