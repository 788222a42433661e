// The weight of an installation and of a bundle.
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { folder, manifest, npm, runProgram } from './folder.mjs';

const MAX_PACKAGES = 3;
const MAX_MEGABYTES = 20;
/** Of `createGate`, `jwtVerifier` and `ociDomain`, minified: with `gate.check` and `gate.watch`, whose code it always has. */
const MAX_BUNDLE_BYTES = 70 * 1024;
/** Of all files of the console, as they are sent. */
const MAX_CONSOLE_BYTES = 120_000;

export function installs(tarball) {
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  npm('install', '--prefer-offline', `./${tarball}`);
}

function readInstalled() {
  return readdirSync(join(folder, 'node_modules'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** Of each package: its folder is one below `node_modules`, or below a scope. */
function readPackages() {
  return readInstalled()
    .filter((file) => /node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/@][^\\/]*[\\/]package\.json$/.test(file))
    .map((file) => ({ path: dirname(file), ...JSON.parse(readFileSync(file, 'utf8')) }));
}

export function bringsFewPackages() {
  const names = readPackages().map(({ name }) => name);
  const list = `${names.length} packages: ${names.join(', ')}`;
  if (names.length > MAX_PACKAGES || !names.includes(manifest.name))
    throw new Error(`${list}; at most ${MAX_PACKAGES}`);
  return list;
}

export function isLight() {
  const megabytes = readInstalled().reduce((sum, file) => sum + statSync(file).size, 0) / 1e6;
  if (megabytes >= MAX_MEGABYTES) throw new Error(`${megabytes.toFixed(1)} MB; less than ${MAX_MEGABYTES} MB`);
  return `${megabytes.toFixed(1)} MB`;
}

export function runsNoInstallScript() {
  const runs = ({ path, scripts = {} }) =>
    ['preinstall', 'install', 'postinstall'].some((name) => scripts[name]) || existsSync(join(path, 'binding.gyp'));
  const running = readPackages()
    .filter(runs)
    .map(({ name }) => name);
  if (running.length > 0) throw new Error(`these run a script when they are installed: ${running.join(', ')}`);
}

/** The gate with the verifier of an OCI IAM domain, as a bundler makes one file of it. */
export async function bundlesAlone() {
  const { metafile, outputFiles } = await build({
    stdin: { contents: "export { createGate, jwtVerifier, ociDomain } from 'scopegate';", resolveDir: folder },
    absWorkingDir: folder,
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'esm',
    write: false,
    metafile: true,
    logLevel: 'error',
  });
  const own = new RegExp(`^(?:<stdin>$|node_modules/${manifest.name}/)`);
  const foreign = Object.keys(metafile.inputs).filter((path) => !own.test(path));
  if (foreign.length > 0) throw new Error(`the bundle has foreign files: ${foreign.join(', ')}`);
  const { length } = outputFiles[0].contents;
  if (length > MAX_BUNDLE_BYTES) throw new Error(`the bundle has ${length} bytes; at most ${MAX_BUNDLE_BYTES}`);
  return `${(length / 1024).toFixed(1)} KiB`;
}

/** What a browser loads of the console, compressed as the package sends it. */
export function hasLightConsole() {
  const print = `
    import { consoleRouter } from 'scopegate/console';
    import { createServer } from 'node:http';
    const signIn = { issuer: 'https://login.example', clientId: 'console', scope: 'read' };
    const server = createServer(consoleRouter({ api: '/v1', signIn })).listen(0, '127.0.0.1', async () => {
      const origin = 'http://127.0.0.1:' + server.address().port + '/';
      const page = await (await fetch(origin)).text();
      const sizes = [];
      for (const path of ['', ...[...page.matchAll(/(?:src|href)="\\.\\/([^"]+)"/g)].map(([, found]) => found)]) {
        const { status, headers } = await fetch(origin + path);
        sizes.push([path, status, Number(headers.get('content-length'))]);
      }
      process.stdout.write(JSON.stringify(sizes));
      server.closeAllConnections();
      server.close();
    });`;
  const sizes = JSON.parse(runProgram(print));
  const missing = sizes.filter(([, status]) => status !== 200).map(([path]) => path);
  if (sizes.length < 3 || missing.length > 0) throw new Error(`the page of the console lacks ${missing.join(', ')}`);
  const bytes = sizes.reduce((sum, [, , length]) => sum + length, 0);
  if (bytes > MAX_CONSOLE_BYTES) throw new Error(`${bytes} bytes; at most ${MAX_CONSOLE_BYTES}`);
  return `${(bytes / 1024).toFixed(1)} KiB`;
}
