import { type HierarchicalScope, parseScope } from 'scopegate';
import { type CellState, columnName, readState } from './state.js';

/** The scopes that a tree shows, and which of them the application holds. */
export interface TreeInput {
  /** Every scope that is defined. */
  readonly defined: readonly string[];
  /** What is held, as it was last read. */
  readonly held: readonly string[];
  /** What is held after the change that is shown; without one, nothing changes. */
  readonly next?: readonly string[] | undefined;
  /** When held scopes end, of those that do. */
  readonly ends?: ReadonlyMap<string, End> | undefined;
}

/** The day on which a held scope ends, as people say it. */
export interface End {
  /** `12 Dec` */
  readonly short: string;
  readonly long: string;
  readonly isSoon: boolean;
}

export interface Cell {
  /** The whole name: `urn:opc:resource:consumer:paas::read`. */
  readonly scope: string;
  /** Whether there is such a scope; where there is none, a coverage band may cross the cell. */
  readonly isDefined: boolean;
  readonly state: CellState;
  /** Whether the coverage band that this cell is part of ends here. */
  readonly isEnd: boolean;
  /** Whether it is covered from the `::all` of the same row, so that the coverage band begins at the left. */
  readonly isSideways: boolean;
}

export interface Row {
  /** The segments joined, which no two rows share. */
  readonly key: string;
  readonly name: string;
  /** 1 for the top. */
  readonly level: number;
  readonly hasChildren: boolean;
  readonly cells: readonly Cell[];
}

export interface Tree {
  /** `all` first, then by number of scopes. */
  readonly qualifiers: readonly string[];
  /** Parents before their children. */
  readonly rows: readonly Row[];
  /** The scopes that cover themselves only, in order of their names. */
  readonly others: readonly string[];
}

/** Places scopes: segments go down, qualifiers go across. What covers what is the library's own `covers`. */
export function layOutTree(input: TreeInput): Tree {
  const scopes = input.defined.map(parseScope);
  const hierarchical = scopes.filter((scope): scope is HierarchicalScope => scope.hierarchical);
  const qualifiers = orderQualifiers(hierarchical);
  const paths = findPaths(hierarchical);
  const defined = new Set(input.defined);
  const states = paths.map((path) =>
    qualifiers.map((qualifier) => {
      const scope = columnName(path, qualifier);
      return { scope, isDefined: defined.has(scope), state: readState(scope, input) };
    }),
  );
  const rows = paths.map((path, at): Row => {
    const below = paths[at + 1];
    return {
      key: path.join(':'),
      name: path.at(-1) ?? 'everything',
      level: Math.max(1, path.length),
      hasChildren: path.length > 0 && below !== undefined && below.length > path.length,
      cells: (states[at] ?? []).map((cell, column) => ({
        ...cell,
        isEnd: !isSameCurtain(cell, states[at + 1]?.[column]),
        isSideways: cell.state.by.some((by) => by !== cell.scope && by === states[at]?.[0]?.scope),
      })),
    };
  });
  const others = scopes.filter(({ hierarchical }) => !hierarchical).map(({ token }) => token);
  return { qualifiers, rows, others: others.sort() };
}

/** The rows below one, which follow it. */
export function findDescendants(rows: readonly Row[], row: Row): readonly Row[] {
  const from = rows.indexOf(row) + 1;
  const end = rows.findIndex(({ level }, at) => at >= from && level <= row.level);
  return rows.slice(from, end < 0 ? undefined : end);
}

function orderQualifiers(scopes: readonly HierarchicalScope[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const { qualifier } of scopes) counts.set(qualifier, (counts.get(qualifier) ?? 0) + 1);
  const rank = ([name, count]: readonly [string, number]) => (name === 'all' ? Number.POSITIVE_INFINITY : count);
  return [...counts].sort((a, b) => rank(b) - rank(a) || a[0].localeCompare(b[0])).map(([name]) => name);
}

/** Each path of segments with its ancestors, parents first. */
function findPaths(scopes: readonly HierarchicalScope[]): readonly (readonly string[])[] {
  const paths = new Map<string, readonly string[]>();
  for (const { segments } of scopes) {
    if (segments.length === 0) paths.set('', []);
    for (let depth = 1; depth <= segments.length; depth++) {
      const path = segments.slice(0, depth);
      paths.set(path.join(':'), path);
    }
  }
  return [...paths.values()].sort(compareSegments);
}

function compareSegments(a: readonly string[], b: readonly string[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const order = (a[i] ?? '').localeCompare(b[i] ?? '');
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

type Shaded = Pick<Cell, 'scope' | 'state'>;

/** Whether the shading goes on into the row below: both hang from the same scope, and both are lost or neither is. */
function isSameCurtain(above: Shaded, below: Shaded | undefined): boolean {
  if (below === undefined || above.state.shade === 'none' || below.state.shade === 'none') return false;
  if ((above.state.shade === 'lost') !== (below.state.shade === 'lost')) return false;
  return below.state.by.some((by) => by === above.scope || above.state.by.includes(by));
}
