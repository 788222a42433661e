import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { posix, resolve } from 'node:path';

export interface Source {
  readonly path: string;
  readonly source: string;
}

export interface Import {
  readonly specifier: string;
  readonly typeOnly: boolean;
}

export const root = resolve(__dirname, '../..');

export function readText(path: string): string {
  return readFileSync(resolve(root, path), 'utf8');
}

export function readSources(folder: string, extension = /\.[cm]?[jt]s$/): Source[] {
  if (!existsSync(resolve(root, folder))) return [];
  return readdirSync(resolve(root, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => posix.join(folder, name.replaceAll('\\', '/')))
    .filter((path) => extension.test(path) && !path.includes('/node_modules/'))
    .sort()
    .map((path) => ({ path, source: readText(path) }));
}

/** The paths git tracks, or the reason why nobody can say. */
export function trackedPaths(): { paths: string[] } | { unknown: string } {
  const git = spawnSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' });
  if (git.error) return { unknown: `git cannot be run: ${git.error.message}` };
  if (git.status !== 0) return { unknown: `git ls-files: ${git.stderr.trim()}` };
  return { paths: git.stdout.split('\0').filter((path) => path !== '' && existsSync(resolve(root, path))) };
}

const stringOrComment =
  /("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\[\s\S]|[^`\\])*`)|(?<!\\)\/\*[\s\S]*?\*\/|(?<!\\)\/\/[^\n]*/g;

export function withoutComments(source: string): string {
  return source.replace(stringOrComment, (_, string: string | undefined) => string ?? ' ');
}

const statement = /^\s*(?:import|export)\b(?<clause>[^'";=()]*?)\bfrom\s*(?<quote>['"])(?<specifier>[^'"]+)\k<quote>/gm;
const bare = /^\s*import\s*(?<quote>['"])(?<specifier>[^'"]+)\k<quote>/gm;
const call = /(?<![.\w])(?:import|require)\s*\(\s*(?<quote>['"])(?<specifier>[^'"]+)\k<quote>/g;

export function importsOf({ source }: Source): Import[] {
  const code = withoutComments(source);
  return [statement, bare, call].flatMap((pattern) =>
    [...code.matchAll(pattern)].map(({ groups }) => ({
      specifier: groups?.specifier ?? '',
      typeOnly: /^\s*type\b(?!\s*,)/.test(groups?.clause ?? ''),
    })),
  );
}

/** The file a relative specifier means: `./claims.js` in `lib/token/jwt.ts` is `lib/token/claims.ts`. */
export function fileMeant(from: string, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) return undefined;
  return posix.join(posix.dirname(from), specifier).replace(/\.([cm]?)js$/, '.$1ts');
}
