import { useId, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { Icon } from '../parts/icon.js';
import { tree as words } from '../strings.js';
import { TreeCell } from './cell.js';
import { moveFrom, type Place } from './focus.js';
import { layOutTree, type Row, type TreeInput } from './layout.js';

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
}

/**
 * Scopes as a tree: segments go down, qualifiers go across, and a held scope draws a coverage band over what it covers.
 *
 * One tab stop. Arrows move by cell, `Home` and `End` to the ends of a row, with `Ctrl` to those of the tree; `→` on a
 * closed name opens it, `←` on an open one closes it; `Space` ticks and unticks.
 */
export function ScopeTree(props: ScopeTreeProps) {
  const {
    label,
    onToggle,
    canToggle = () => true,
    onSelect,
    onOpen,
    isPreview = false,
    defined,
    held,
    next,
    ends,
  } = props;
  const tree = useMemo(() => layOutTree({ defined, held, next, ends }), [defined, held, next, ends]);
  const [closed, setClosed] = useState<ReadonlySet<string>>(() => closedAtFirst(tree.rows));
  const rows = useMemo(() => visibleRows(tree.rows, closed), [tree, closed]);
  const [focus, setFocus] = useState<Place>({ key: rows[0]?.key ?? '', column: -1 });
  const place = rows.some(({ key }) => key === focus.key) ? focus : { key: rows[0]?.key ?? '', column: -1 };
  const [hovered, setHovered] = useState<string>();
  const chain = useMemo(() => findChain(rows, hovered), [rows, hovered]);
  const grid = useRef<HTMLDivElement>(null);
  const shouldFocus = useRef(false);
  const id = useId();

  useLayoutEffect(() => {
    if (!shouldFocus.current) return;
    shouldFocus.current = false;
    grid.current?.querySelector<HTMLElement>('[tabindex="0"]')?.focus();
  }, [place.key, place.column]);
  useLayoutEffect(() => {
    grid.current?.style.setProperty('--qualifiers', String(tree.qualifiers.length));
  }, [tree.qualifiers.length]);

  function toggleRow(key: string): void {
    const after = new Set(closed);
    if (!after.delete(key)) after.add(key);
    setClosed(after);
  }

  function press(event: KeyboardEvent): void {
    if (event.altKey || event.metaKey) return;
    const scope = rows.find(({ key }) => key === place.key)?.cells[place.column]?.scope;
    if (event.key === 'Enter' && !event.ctrlKey && onOpen && scope !== undefined) {
      event.preventDefault();
      onOpen(scope);
      return;
    }
    const isOpen = (key: string) => !closed.has(key);
    const move = moveFrom(place, event.key, event.ctrlKey, { rows, isOpen });
    if (move === undefined) return;
    event.preventDefault();
    if ('toggle' in move) {
      toggleRow(move.toggle);
      return;
    }
    shouldFocus.current = true;
    setFocus(move);
  }

  return (
    <div
      class={rows.length > MOST_OPEN_ROWS ? 'tree long' : 'tree'}
      role="treegrid"
      aria-label={label}
      ref={grid}
      onKeyDown={press}
      onMouseLeave={() => setHovered(undefined)}
    >
      <div class="r hd" role="row">
        <span role="columnheader" class="nm cut">
          <span class="long">{words.columnOfNames}&nbsp;</span>
          <span class="mono" title="urn:opc:resource:consumer">
            …⁠consumer
          </span>
        </span>
        {tree.qualifiers.map((qualifier) => (
          <span role="columnheader" class="q" key={qualifier}>{`::${qualifier}`}</span>
        ))}
      </div>
      {rows.map((row, at) => (
        <div
          class={`r${at === rows.length - 1 ? ' last' : ''}`}
          role="row"
          key={row.key}
          aria-level={row.level}
          aria-expanded={row.hasChildren ? !closed.has(row.key) : undefined}
        >
          <RowName
            row={row}
            id={`${id}-${row.key}`}
            isClosed={closed.has(row.key)}
            isStop={place.key === row.key && place.column < 0}
            onFocus={() => setFocus({ key: row.key, column: -1 })}
            onToggle={() => toggleRow(row.key)}
          />
          {row.cells.map((cell, column) => (
            <TreeCell
              key={cell.scope}
              cell={cell}
              below={
                closed.has(row.key)
                  ? tree.rows.filter(({ key }) => key.startsWith(`${row.key}:`)).map(({ cells }) => cells[column])
                  : []
              }
              isStop={place.key === row.key && place.column === column}
              isDim={chain !== undefined && !chain.has(cell.scope)}
              isReadOnly={onToggle === undefined || !canToggle(cell.scope)}
              isPreview={isPreview}
              onFocus={() => {
                setFocus({ key: row.key, column });
                onSelect?.(cell.scope);
              }}
              onPoint={setHovered}
              onToggle={() => onToggle?.(cell.scope, !cell.state.isHeld)}
            />
          ))}
        </div>
      ))}
    </div>
  );
}

interface RowNameProps {
  readonly row: Row;
  readonly id: string;
  readonly isClosed: boolean;
  readonly isStop: boolean;
  readonly onFocus: () => void;
  readonly onToggle: () => void;
}

function RowName({ row, isClosed, isStop, onFocus, onToggle }: RowNameProps) {
  return (
    <span class="nm" role="rowheader" tabIndex={isStop ? 0 : -1} onFocus={onFocus}>
      {Array.from({ length: row.level - 1 }, (_, depth) => (
        <span class="guide" key={depth} />
      ))}
      {row.hasChildren ? (
        <button
          type="button"
          class="tw"
          tabIndex={-1}
          aria-label={isClosed ? words.open(row.name) : words.close(row.name)}
          onClick={onToggle}
        >
          <Icon name={isClosed ? 'right' : 'down'} />
        </button>
      ) : (
        <i />
      )}
      {row.name}
    </span>
  );
}

/** Above this, branches are closed until somebody opens them. */
const MOST_OPEN_ROWS = 200;

function closedAtFirst(rows: readonly Row[]): ReadonlySet<string> {
  if (rows.length <= MOST_OPEN_ROWS) return new Set();
  return new Set(rows.filter(({ hasChildren }) => hasChildren).map(({ key }) => key));
}

/** Rows whose ancestors are all open. */
function visibleRows(rows: readonly Row[], closed: ReadonlySet<string>): readonly Row[] {
  return rows.filter(({ key }) => {
    const segments = key.split(':');
    return !segments.slice(0, -1).some((_, depth) => closed.has(segments.slice(0, depth + 1).join(':')));
  });
}

/** The scopes that hang from the pointed one, and those that it hangs from; `undefined` where nothing is pointed at. */
function findChain(rows: readonly Row[], pointed: string | undefined): ReadonlySet<string> | undefined {
  const cells = rows.flatMap((row) => row.cells);
  const cell = cells.find(({ scope }) => scope === pointed);
  if (cell === undefined || cell.state.shade === 'none') return undefined;
  const below = cells.filter(({ state }) => state.by.includes(cell.scope)).map(({ scope }) => scope);
  return new Set([cell.scope, ...cell.state.by, ...below]);
}
