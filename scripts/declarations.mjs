// What declarations and compiled files import, read from their text.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

const IMPORT = /(?:\bfrom|\bimport|\bimport\(|(?<![.\w])require\(|\bdeclare\s+module)\s*(['"])([^'"]+)\1/g;
/** A string that only looks like one, within a message, has other characters. */
const SPECIFIER = /^[.@a-z][\w./@:-]*$/;
const COMMENT = /\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm;

export function listFiles(folder, pattern) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && pattern.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
}

function specifiersIn(file) {
  const text = readFileSync(file, 'utf8').replace(COMMENT, '');
  return [...text.matchAll(IMPORT)]
    .map(([, , specifier]) => specifier)
    .filter((specifier) => SPECIFIER.test(specifier));
}

/** The given declaration files, and those that they lead to. */
export function reachableFrom(files) {
  const reached = new Set();
  const waiting = files.map((file) => resolve(file));
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (reached.has(file)) continue;
    reached.add(file);
    const own = specifiersIn(file).filter((specifier) => specifier.startsWith('.'));
    waiting.push(...own.map((specifier) => resolve(dirname(file), specifier.replace(/\.js$/, '.d.ts'))));
  }
  return reached;
}

/** What a file imports that is neither its neighbour nor built into Node. */
export function foreignImports(file) {
  return specifiersIn(file).filter((specifier) => !specifier.startsWith('.') && !specifier.startsWith('node:'));
}
