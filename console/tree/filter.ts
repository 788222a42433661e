import type { Row } from './layout.js';

export interface Matches {
  /** What was found, and what is above it, in the order of the tree: nothing of it opens or closes. */
  readonly rows: readonly Row[];
  /** The keys of what was found. */
  readonly found: ReadonlySet<string>;
}

/** The rows with this text in their path or in a scope that is defined; `undefined` without a text. */
export function findMatches(rows: readonly Row[], search: string): Matches | undefined {
  const text = search.trim().toLowerCase();
  if (text === '') return undefined;
  const isMatch = ({ key, cells }: Row) =>
    key.toLowerCase().includes(text) || cells.some((cell) => cell.isDefined && cell.scope.toLowerCase().includes(text));
  const found = new Set(rows.filter(isMatch).map(({ key }) => key));
  const above = new Set([...found].flatMap((key) => pathTo(key)));
  const shown = rows.filter(({ key }) => above.has(key));
  return { rows: shown.map((row) => ({ ...row, hasChildren: false })), found };
}

/** A key and those of its ancestors. */
function pathTo(key: string): readonly string[] {
  const segments = key.split(':');
  return segments.map((_, depth) => segments.slice(0, depth + 1).join(':'));
}
