import type { Row } from './layout.js';

/** Where the focus is: the row's key, and a column; -1 is the name. */
export interface Place {
  readonly key: string;
  readonly column: number;
}

/** What a key asks for. */
export type Move = Place | { readonly toggle: string } | undefined;

/** What decides where a key leads. `rows` are those that can be seen. */
export interface Grid {
  readonly rows: readonly Row[];
  readonly isOpen: (key: string) => boolean;
}

/** Where an arrow, `Home` or `End` leads from `place`. Cells that are not defined are skipped. */
export function moveFrom(place: Place, pressed: string, isControl: boolean, grid: Grid): Move {
  const { rows } = grid;
  const at = rows.findIndex(({ key }) => key === place.key);
  const row = rows[at];
  if (row === undefined) return undefined;
  switch (pressed) {
    case 'ArrowUp':
      return vertical(rows, at, place.column, -1);
    case 'ArrowDown':
      return vertical(rows, at, place.column, 1);
    case 'ArrowRight':
      if (place.column < 0 && row.hasChildren && !grid.isOpen(row.key)) return { toggle: row.key };
      return inRow(row, place.column + 1, 1);
    case 'ArrowLeft':
      return left(place, row, grid);
    case 'Home':
      return isControl ? { key: rows[0]?.key ?? '', column: -1 } : { key: row.key, column: -1 };
    case 'End': {
      const target = isControl ? rows.at(-1) : row;
      return target && (inRow(target, target.cells.length - 1, -1) ?? { key: target.key, column: -1 });
    }
    default:
      return undefined;
  }
}

function left(place: Place, row: Row, { rows, isOpen }: Grid): Move {
  if (place.column > -1) return inRow(row, place.column - 1, -1) ?? { key: row.key, column: -1 };
  if (row.hasChildren && isOpen(row.key)) return { toggle: row.key };
  const parent = rows.slice(0, rows.indexOf(row)).findLast(({ level }) => level < row.level);
  return parent && { key: parent.key, column: -1 };
}

/** The next cell of the row that is defined. */
function inRow(row: Row, from: number, step: 1 | -1): Place | undefined {
  for (let column = from; column >= 0 && column < row.cells.length; column += step) {
    if (row.cells[column]?.isDefined) return { key: row.key, column };
  }
  return undefined;
}

function vertical(rows: readonly Row[], from: number, column: number, step: 1 | -1): Place | undefined {
  for (let at = from + step; at >= 0 && at < rows.length; at += step) {
    const row = rows[at];
    if (row && (column < 0 || row.cells[column]?.isDefined)) return { key: row.key, column };
  }
  return undefined;
}
