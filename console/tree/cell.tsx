import { Icon } from '../parts/icon.js';
import { tree as words } from '../strings.js';
import type { Cell } from './layout.js';
import type { Figure } from './scope-tree.js';

export interface TreeCellProps {
  readonly cell: Cell;
  /** The cells of this column that a closed row hides. */
  readonly below: readonly (Cell | undefined)[];
  /** What it says in place of its state. */
  readonly figure: Figure | undefined;
  /** Whether the one tab stop of the tree is here. */
  readonly isStop: boolean;
  readonly isDim: boolean;
  readonly isReadOnly: boolean;
  /** Whether what is shown as changed is not saved. */
  readonly isPreview: boolean;
  readonly onFocus: () => void;
  /** Pointed at, or left. */
  readonly onPoint: (scope: string | undefined) => void;
  readonly onToggle: () => void;
}

/** One scope, or the place of one that is not defined: a coverage band crosses it without a label. */
export function TreeCell({
  cell,
  below,
  figure,
  isStop,
  isDim,
  isReadOnly,
  isPreview,
  onFocus,
  onPoint,
  onToggle,
}: TreeCellProps) {
  const hidden = strongest(below);
  const bar = hidden && <span class={`sum ${hidden}`} aria-hidden="true" />;
  if (!cell.isDefined) {
    const isShaded = cell.state.shade !== 'none';
    return (
      <span role="gridcell" class="gc">
        <span class={isShaded ? `${classOf(cell)} pass` : 'cell none'} aria-hidden="true">
          {isShaded ? '' : '·'}
          {bar}
        </span>
      </span>
    );
  }
  const spoken = figure ? `${cell.scope}: ${figure.spoken}` : words.spoken(cell.scope, cell.state, isPreview);
  const look = figure ? `cell cnt${figure.isZero ? ' zero' : ''}` : classOf(cell);
  return (
    <span role="gridcell" class="gc">
      <button
        type="button"
        class={isDim ? `${look} dim` : look}
        {...(!figure && { role: 'checkbox', 'aria-checked': cell.state.isHeld, 'aria-readonly': isReadOnly })}
        aria-label={spoken}
        title={spoken.replace(': ', '\n')}
        tabIndex={isStop ? 0 : -1}
        onFocus={() => {
          onFocus();
          onPoint(cell.scope);
        }}
        onBlur={() => onPoint(undefined)}
        onMouseEnter={() => onPoint(cell.scope)}
        onClick={onToggle}
      >
        {cell.isSideways && <span class="bridge" />}
        {cell.isSideways && <span class="arm" />}
        {!figure && <Mark cell={cell} />}
        <span class="w">{figure ? figure.text : words.word(cell.state)}</span>
        {bar}
      </button>
    </span>
  );
}

function Mark({ cell: { state } }: { readonly cell: Cell }) {
  if (state.kind === 'removed') return <Icon name="minus" />;
  if (state.kind === 'added') return <Icon name="plus" />;
  if (state.isHeld) return <Icon name={state.end?.isSoon ? 'clock' : 'check'} />;
  return state.kind === 'off' ? <span class="box" /> : null;
}

function classOf({ state, isEnd, isSideways }: Cell): string {
  const { kind, isHeld, shade, by } = state;
  const names = ['cell'];
  if (kind === 'off') names.push('off');
  else if (kind === 'removed') names.push('minus');
  else if (kind === 'lost') names.push('lost');
  else if (kind === 'added') names.push('plus');
  else names.push(isHeld ? 'held' : 'cov');
  if (shade === 'two') names.push('two');
  if (state.end?.isSoon && kind !== 'added') names.push('soon');
  if (isEnd) names.push(isHeld || kind === 'removed' ? 'alone' : 'end');
  if (isSideways && !isHeld) names.push(by.length > 1 ? 'lat' : 'lat only');
  return names.join(' ');
}

/** What a closed row would show in this column: lost before held before covered. */
function strongest(cells: readonly (Cell | undefined)[]): string | undefined {
  const kinds = new Set(cells.flatMap((cell) => (cell?.isDefined ? [cell.state] : [])).map(stateOf));
  return ['lost', 'held', 'cov'].find((kind) => kinds.has(kind));
}

function stateOf({ kind, isHeld }: Cell['state']): string {
  if (kind === 'removed' || kind === 'lost') return 'lost';
  if (isHeld) return 'held';
  return kind === 'off' ? 'off' : 'cov';
}
