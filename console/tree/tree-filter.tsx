import { Icon } from '../parts/icon.js';
import { tree as words } from '../strings.js';

export interface TreeFilterProps {
  readonly search: string;
  /** How many rows were found; `undefined` without a text. */
  readonly found: number | undefined;
  readonly onSearch: (search: string) => void;
}

/** Finds rows by a part of a scope. */
export function TreeFilter({ search, found, onSearch }: TreeFilterProps) {
  return (
    <div class="tree-filter">
      <div class="search grow">
        <Icon name="search" />
        <input
          class="input"
          type="search"
          data-key="/"
          aria-label={words.filter}
          placeholder={words.filter}
          value={search}
          onInput={({ currentTarget }) => onSearch(currentTarget.value)}
        />
        <kbd>/</kbd>
      </div>
      <span class="small muted" role="status">
        {found === undefined ? '' : words.found(found)}
      </span>
    </div>
  );
}
