// The package as a user gets it: packed, unpacked into a project's node_modules, loaded, and compiled against.
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const consumer = mkdtempSync(join(tmpdir(), 'scopegate-'));
const installed = join(consumer, 'node_modules', manifest.name);

function run(command, args, options = {}) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd: consumer, encoding: 'utf8', ...options });
  if (status === 0) return stdout;
  throw new Error([`${command} ${args.join(' ')}`, stdout, stderr, error?.message].filter(Boolean).join('\n'));
}

function tool(name, command, ...args) {
  const { bin } = JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8'));
  const program = typeof bin === 'string' ? bin : bin[command];
  return run(process.execPath, [join(root, 'node_modules', name, program), ...args]);
}

function pack() {
  run('npm', ['pack', '--ignore-scripts', '--pack-destination', consumer], {
    cwd: root,
    shell: process.platform === 'win32',
  });
  return readdirSync(consumer).find((name) => name.endsWith('.tgz'));
}

function install(tarball) {
  mkdirSync(installed, { recursive: true });
  run('tar', ['-xzf', tarball, '-C', installed, '--strip-components', '1']);
  for (const name of [...Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }), '@types/node']) {
    const link = join(consumer, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(root, 'node_modules', name), link, 'junction');
  }
}

function holdsOnlyWhatIsPublished() {
  const expected =
    /^(?:dist[\\/](?:esm|cjs)[\\/].+\.(?:js|d\.ts)|dist[\\/]cjs[\\/]package\.json|package\.json|README\.md|LICENSE|SECURITY\.md)$/;
  const files = readdirSync(installed, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const strangers = files
    .map((file) => join(file.parentPath, file.name).slice(installed.length + 1))
    .filter((path) => !expected.test(path));
  if (strangers.length > 0) throw new Error(`not to be published: ${strangers.join(', ')}`);
}

/** What the build uses up must not be needed by users. */
function needsNoBuildPackage() {
  const files = readdirSync(join(installed, 'dist'), { recursive: true }).filter((name) => /\.(?:js|ts)$/.test(name));
  const users = files.filter((name) => /['"]zod-openapi['"]/.test(readFileSync(join(installed, 'dist', name), 'utf8')));
  if (users.length > 0) throw new Error(`zod-openapi is still needed by: ${users.join(', ')}`);
}

function exportsTheSameBothWays() {
  for (const name of Object.keys(manifest.exports).filter((path) => path !== './package.json')) {
    const specifier = name.replace('.', manifest.name);
    const names = 'process.stdout.write(Object.keys(entry).sort().join(" "))';
    const imported = run(process.execPath, [
      '--input-type=module',
      '-e',
      `import * as entry from '${specifier}'; ${names}`,
    ]);
    const required = run(process.execPath, [
      '--input-type=commonjs',
      '-e',
      `const entry = require('${specifier}'); ${names}`,
    ]);
    if (imported === '') throw new Error(`${specifier} exports nothing`);
    if (imported !== required)
      throw new Error(`${specifier} exports\n  imported: ${imported}\n  required: ${required}`);
  }
}

function compilesAs(...extensions) {
  const compilerOptions = {
    module: 'nodenext',
    target: 'es2022',
    strict: true,
    noEmit: true,
    skipLibCheck: false,
    types: ['node'],
  };
  const files = extensions.map((extension) => `consumer.${extension}`);
  for (const file of files) copyFileSync(join(root, 'scripts/consumer.ts'), join(consumer, file));
  writeFileSync(join(consumer, 'package.json'), '{ "type": "module" }\n');
  writeFileSync(join(consumer, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }));
  tool('typescript', 'tsc', '-p', 'tsconfig.json');
}

const tarball = pack();
const checks = {
  'installs beside its dependencies': () => install(tarball),
  'holds only what is published': holdsOnlyWhatIsPublished,
  'needs no package of the build': needsNoBuildPackage,
  'exports the same names to import and require': exportsTheSameBothWays,
  'compiles for users of ESM': () => compilesAs('ts'),
  'compiles for users of CommonJS': () => compilesAs('cts'),
  'compiles for users of both': () => compilesAs('ts', 'cts'),
  'publint finds nothing': () => tool('publint', 'publint', 'run', tarball, '--strict'),
  'are the types wrong? no': () => tool('@arethetypeswrong/cli', 'attw', tarball, '--profile', 'node16'),
};

for (const [name, check] of Object.entries(checks)) {
  try {
    check();
    console.log(`package: ${name}`);
  } catch (error) {
    process.exitCode = 1;
    console.error(`package: FAILED: ${name}\n${error.message}\n`);
  }
}
rmSync(consumer, { recursive: true, force: true });
