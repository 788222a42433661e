import { useLayoutEffect, useRef } from 'preact/hooks';
import { Icon } from '../parts/icon.js';
import { tree as words } from '../strings.js';
import { TreeCell } from './cell.js';
import type { Row } from './layout.js';
import type { Figure } from './scope-tree.js';

export interface TreeRowProps {
  readonly id: string;
  readonly row: Row;
  /** Its place among the rows that can be seen. */
  readonly at: number;
  /** Whether only some rows are drawn, each at its place. */
  readonly isWindowed: boolean;
  readonly isLast: boolean;
  readonly isClosed: boolean;
  /** Whether it is there only because something below it was found. */
  readonly isMuted: boolean;
  /** The rows that it hides while it is closed. */
  readonly hidden: readonly Row[];
  /** The column of the one tab stop of the tree where it is in this row: -1 for the name. */
  readonly stop: number | undefined;
  readonly chain: ReadonlySet<string> | undefined;
  readonly figures: ReadonlyMap<string, Figure> | undefined;
  readonly isReadOnly: (scope: string) => boolean;
  readonly isPreview: boolean;
  readonly onFocus: (column: number, scope?: string) => void;
  readonly onPoint: (scope: string | undefined) => void;
  readonly onOpen: () => void;
  readonly onToggle: ((scope: string, willBeHeld: boolean) => void) | undefined;
}

/** The name at the left, then a cell for each qualifier. */
export function TreeRow(props: TreeRowProps) {
  const { row, at, isWindowed, isLast, isClosed, isMuted, hidden, stop, chain, figures } = props;
  const { isReadOnly, isPreview, onFocus, onPoint, onOpen, onToggle } = props;
  const element = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    element.current?.style.setProperty('--at', String(at));
  }, [at]);
  return (
    <div
      class={`r${isLast ? ' last' : ''}${isMuted ? ' above' : ''}`}
      role="row"
      ref={element}
      aria-level={row.level}
      aria-rowindex={isWindowed ? at + 2 : undefined}
      aria-expanded={row.hasChildren ? !isClosed : undefined}
    >
      <RowName row={row} isClosed={isClosed} isStop={stop === -1} onFocus={() => onFocus(-1)} onToggle={onOpen} />
      {row.cells.map((cell, column) => (
        <TreeCell
          key={cell.scope}
          cell={cell}
          below={hidden.map(({ cells }) => cells[column])}
          figure={figures?.get(cell.scope)}
          isStop={stop === column}
          isDim={chain !== undefined && !chain.has(cell.scope)}
          isReadOnly={isReadOnly(cell.scope)}
          isPreview={isPreview}
          onFocus={() => onFocus(column, cell.scope)}
          onPoint={onPoint}
          onToggle={() => onToggle?.(cell.scope, !cell.state.isHeld)}
        />
      ))}
    </div>
  );
}

interface RowNameProps {
  readonly row: Row;
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
