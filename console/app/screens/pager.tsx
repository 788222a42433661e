import type { ComponentChildren } from 'preact';
import { Icon } from '../../parts/icon.js';
import type { Page } from '../api.js';
import { words } from '../words.js';

export interface PagerProps {
  readonly label: string;
  readonly page: Pick<Page<unknown>, 'next' | 'previous'>;
  /** The address of the screen with another page. */
  readonly toPage: (after: string) => string;
  /** What of the list this page is. */
  readonly children: ComponentChildren;
}

/** Leads to the pages beside this one, as the API names them: also where somebody was sent here. */
export function Pager({ label, page: { next, previous }, toPage, children }: PagerProps) {
  return (
    <nav class="pager" aria-label={label}>
      {previous !== undefined && (
        <a class="btn" href={toPage(previous)}>
          <Icon name="left" /> {words.previous}
        </a>
      )}
      {next !== undefined && (
        <a class="btn" href={toPage(next)}>
          {words.next} <Icon name="right" />
        </a>
      )}
      <span>{children}</span>
    </nav>
  );
}
