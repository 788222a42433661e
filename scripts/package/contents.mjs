// The files of the tarball.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { foreignImports, listFiles } from '../declarations.mjs';
import { installed, manifest, root } from './folder.mjs';

const PAGES = ['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'LICENSE', 'SECURITY.md'];
const PUBLISHED = new RegExp(
  `^(?:dist/(?:esm|cjs)/.+\\.(?:c?js|c?js\\.map|d\\.ts)|dist/cjs/package\\.json|dist/document\\.schema\\.json|docs/.+|package\\.json|${PAGES.join('|')})$`,
);

function list(pattern = /./) {
  return listFiles(installed, pattern).map((file) => relative(installed, file).replaceAll('\\', '/'));
}

export function holdsWhatIsPublished() {
  const files = list();
  const strangers = files.filter((path) => !PUBLISHED.test(path));
  if (strangers.length > 0) throw new Error(`these are not to be published: ${strangers.join(', ')}`);
  const docs = existsSync(join(root, 'docs'))
    ? listFiles(join(root, 'docs'), /\.md$/).map((file) => relative(root, file))
    : [];
  const missing = [...PAGES, 'dist/document.schema.json', ...docs].filter(
    (path) => !files.includes(path.replaceAll('\\', '/')),
  );
  if (missing.length > 0) throw new Error(`these are missing: ${missing.join(', ')}`);
}

/** Every relative link of a page leads to a file of the package. */
export function linksResolve() {
  const broken = list(/\.md$/).flatMap((page) => {
    const text = readFileSync(join(installed, page), 'utf8').replace(/^```[\s\S]*?^```/gm, '');
    const targets = [...text.matchAll(/\]\((?![a-z]+:|#)([^)\s#]+)/g)].map(([, target]) => target);
    const gone = targets.filter((target) => !existsSync(join(installed, dirname(page), target)));
    return gone.map((target) => `${page} → ${target}`);
  });
  if (broken.length > 0) throw new Error(`these links lead nowhere: ${broken.join(', ')}`);
}

/** A source map holds the sources themselves: the package has no `lib`. */
export function mapsResolve() {
  const without = list(/\.js$/).filter((path) => {
    const file = join(installed, path);
    const [, name] = /^\/\/# sourceMappingURL=(.+)$/m.exec(readFileSync(file, 'utf8')) ?? [];
    if (name === undefined) return !isMadeByTheBuild(path);
    if (!existsSync(join(dirname(file), name))) return true;
    const { sources, sourcesContent = [] } = JSON.parse(readFileSync(join(dirname(file), name), 'utf8'));
    return sources.length !== sourcesContent.length || !sourcesContent.every((text) => typeof text === 'string');
  });
  if (without.length > 0) throw new Error(`these have no source map with sources: ${without.join(', ')}`);
}

/** The description of the admin API and the files of the console are data, put there by the build. */
function isMadeByTheBuild(path) {
  return path.endsWith('/admin/api-description.js') || path.endsWith('/console/files.js');
}

export function declarationsAreSelfContained() {
  const foreign = listFiles(installed, /\.d\.ts$/).flatMap((file) =>
    foreignImports(file).map((specifier) => `${relative(installed, file)} imports ${specifier}`),
  );
  if (foreign.length > 0) throw new Error(`declarations need no package:\n  ${foreign.join('\n  ')}`);
}

/** Packages that only the build uses must not be needed by users. */
export function importsDeclaredPackages() {
  const declared = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });
  const others = listFiles(installed, /\.js$/).flatMap((file) =>
    foreignImports(file)
      .filter((specifier) => !declared.some((name) => specifier === name || specifier.startsWith(`${name}/`)))
      .map((specifier) => `${relative(installed, file)} imports ${specifier}`),
  );
  if (others.length > 0) throw new Error(`packages that users do not have:\n  ${others.join('\n  ')}`);
}

export function dependsOnTwoPackages() {
  const names = Object.keys(manifest.dependencies).join(', ');
  if (names !== 'kysely, zod') throw new Error(`the dependencies are ${names}, not kysely and zod`);
  const peers = Object.entries(manifest.peerDependencies);
  const strict = peers.filter(([name, range]) => range !== '*' || !manifest.peerDependenciesMeta[name]?.optional);
  if (strict.length > 0)
    throw new Error(`peers are optional, with the range *: ${strict.map(([name]) => name).join(', ')}`);
}
