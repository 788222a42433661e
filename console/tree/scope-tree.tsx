import { useId, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { tree as words } from '../strings.js';
import { findMatches } from './filter.js';
import { moveFrom, type Place } from './focus.js';
import { findDescendants, layOutTree, type Row, type TreeInput } from './layout.js';
import { TreeFilter } from './tree-filter.js';
import { TreeRow } from './tree-row.js';
import { useRowWindow } from './use-row-window.js';

export interface ScopeTreeProps extends TreeInput {
  /** What the tree is called. */
  readonly label: string;
  /** A cell was ticked or unticked. Without it, the tree can only be read. */
  readonly onToggle?: (scope: string, willBeHeld: boolean) => void;
  /** Which cells may be changed now; all of them unless it says otherwise. */
  readonly canToggle?: (scope: string) => boolean;
  /** A cell got the focus. */
  readonly onSelect?: (scope: string) => void;
  /** `Enter` on a cell; without it, that ticks and unticks as `Space` does. */
  readonly onOpen?: (scope: string) => void;
  /** Whether `next` is a change that is not saved. Default `false`: it has happened. */
  readonly isPreview?: boolean;
  /** What the cells say in place of a state, by scope: such as how many hold it. */
  readonly figures?: ReadonlyMap<string, Figure> | undefined;
}

/** A number in a cell. */
export interface Figure {
  readonly text: string;
  readonly spoken: string;
  readonly isZero: boolean;
}

/** Above this, branches are closed until somebody opens them, only the rows near the window are drawn, and a filter finds rows. */
const MOST_OPEN_ROWS = 200;

/**
 * Scopes as a tree: segments go down, qualifiers go across, and a held scope draws a coverage band over what it covers.
 *
 * One tab stop. Arrows move by cell, `Home` and `End` to the ends of a row, with `Ctrl` to those of the tree; `→` on a
 * closed name opens it, `←` on an open one closes it; `Space` ticks and unticks.
 */
export function ScopeTree(props: ScopeTreeProps) {
  const { label, onToggle, canToggle = () => true, onSelect, onOpen, isPreview = false, figures } = props;
  const { defined, held, next, ends } = props;
  const tree = useMemo(() => layOutTree({ defined, held, next, ends }), [defined, held, next, ends]);
  const { rows, isLarge, search, setSearch, matches, isClosed, toggleRow } = useOpenRows(tree.rows);
  const grid = useRef<HTMLDivElement>(null);
  const { place, focusedAt, setFocus, moveTo } = useCellFocus(grid, rows);
  const [hovered, setHovered] = useState<string>();
  const chain = useMemo(() => findChain(rows, hovered), [rows, hovered]);
  const body = useRef<HTMLDivElement>(null);
  const isWindowed = rows.length > MOST_OPEN_ROWS;
  const drawn = useRowWindow(body, rows.length, isWindowed, focusedAt);
  const id = useId();

  useLayoutEffect(() => {
    grid.current?.style.setProperty('--qualifiers', String(tree.qualifiers.length));
  }, [tree.qualifiers.length]);

  function press(event: KeyboardEvent): void {
    if (event.altKey || event.metaKey) return;
    const scope = rows[focusedAt]?.cells[place.column]?.scope;
    if (event.key === 'Enter' && !event.ctrlKey && onOpen && scope !== undefined) {
      event.preventDefault();
      onOpen(scope);
      return;
    }
    const move = moveFrom(place, event.key, event.ctrlKey, { rows, isOpen: (key) => !isClosed(key) });
    if (move === undefined) return;
    event.preventDefault();
    if ('toggle' in move) toggleRow(move.toggle);
    else moveTo(move);
  }

  const drawRow = (at: number) => {
    const row = rows[at] as Row;
    return (
      <TreeRow
        key={row.key}
        id={`${id}-${row.key}`}
        row={row}
        at={at}
        isWindowed={isWindowed}
        isLast={at === rows.length - 1}
        isClosed={isClosed(row.key)}
        isMuted={matches !== undefined && !matches.found.has(row.key)}
        hidden={isClosed(row.key) ? findDescendants(tree.rows, row) : []}
        stop={place.key === row.key ? place.column : undefined}
        chain={chain}
        figures={figures}
        isReadOnly={(scope) => onToggle === undefined || !canToggle(scope)}
        isPreview={isPreview}
        onFocus={(column, scope) => {
          setFocus({ key: row.key, column });
          if (scope !== undefined) onSelect?.(scope);
        }}
        onPoint={setHovered}
        onOpen={() => toggleRow(row.key)}
        onToggle={onToggle}
      />
    );
  };
  return (
    <>
      {isLarge && <TreeFilter search={search} found={matches?.found.size} onSearch={setSearch} />}
      <div
        class={isWindowed ? 'tree windowed' : 'tree'}
        role="treegrid"
        aria-label={label}
        aria-rowcount={isWindowed ? rows.length + 1 : undefined}
        ref={grid}
        onKeyDown={press}
        onMouseLeave={() => setHovered(undefined)}
      >
        <TreeHead qualifiers={tree.qualifiers} isWindowed={isWindowed} />
        <div role="rowgroup" class="rows" ref={body}>
          {drawn.map(drawRow)}
        </div>
      </div>
    </>
  );
}

/** The rows to be seen: those of open branches, or what the filter finds. */
function useOpenRows(all: readonly Row[]) {
  const isLarge = all.length > MOST_OPEN_ROWS;
  const [closed, setClosed] = useState<ReadonlySet<string>>(() => closedAtFirst(all, isLarge));
  const [search, setSearch] = useState('');
  const matches = useMemo(() => findMatches(all, search), [all, search]);
  const rows = useMemo(() => matches?.rows ?? openRows(all, closed), [all, closed, matches]);
  return {
    rows,
    isLarge,
    search,
    setSearch,
    matches,
    isClosed: (key: string) => matches === undefined && closed.has(key),
    toggleRow(key: string): void {
      const after = new Set(closed);
      if (!after.delete(key)) after.add(key);
      setClosed(after);
    },
  };
}

/** The cell that is the tab stop; the first name where its row is not to be seen. */
function useCellFocus(grid: { readonly current: HTMLElement | null }, rows: readonly Row[]) {
  const first = { key: rows[0]?.key ?? '', column: -1 };
  const [focus, setFocus] = useState<Place>(first);
  const found = rows.findIndex(({ key }) => key === focus.key);
  const place = found === -1 ? first : focus;
  const shouldFocus = useRef(false);
  useLayoutEffect(() => {
    if (!shouldFocus.current) return;
    shouldFocus.current = false;
    grid.current?.querySelector<HTMLElement>('[tabindex="0"]')?.focus();
  }, [place.key, place.column]);
  return {
    place,
    focusedAt: Math.max(0, found),
    setFocus,
    moveTo(next: Place): void {
      shouldFocus.current = true;
      setFocus(next);
    },
  };
}

function TreeHead({
  qualifiers,
  isWindowed,
}: {
  readonly qualifiers: readonly string[];
  readonly isWindowed: boolean;
}) {
  return (
    <div class="r hd" role="row" aria-rowindex={isWindowed ? 1 : undefined}>
      <span role="columnheader" class="nm cut">
        <span class="long">{words.columnOfNames}&nbsp;</span>
        <span class="mono" title="urn:opc:resource:consumer">
          …⁠consumer
        </span>
      </span>
      {qualifiers.map((qualifier) => (
        <span role="columnheader" class="q" key={qualifier}>{`::${qualifier}`}</span>
      ))}
    </div>
  );
}

function closedAtFirst(rows: readonly Row[], isLarge: boolean): ReadonlySet<string> {
  return new Set(isLarge ? rows.filter(({ hasChildren }) => hasChildren).map(({ key }) => key) : []);
}

/** Rows whose ancestors are all open. */
function openRows(rows: readonly Row[], closed: ReadonlySet<string>): readonly Row[] {
  return rows.filter(({ key }) => {
    const segments = key.split(':');
    return !segments.slice(0, -1).some((_, depth) => closed.has(segments.slice(0, depth + 1).join(':')));
  });
}

/** The scopes that hang from the pointed one, and those that it hangs from; `undefined` where nothing is pointed at. */
function findChain(rows: readonly Row[], pointed: string | undefined): ReadonlySet<string> | undefined {
  if (pointed === undefined) return undefined;
  const cells = rows.flatMap((row) => row.cells);
  const cell = cells.find(({ scope }) => scope === pointed);
  if (cell === undefined || cell.state.shade === 'none') return undefined;
  const below = cells.filter(({ state }) => state.by.includes(cell.scope)).map(({ scope }) => scope);
  return new Set([cell.scope, ...cell.state.by, ...below]);
}
