import { KEPT, STORY_SCOPES, TAKEN } from '../../demo-app/front-door/scopes.js';
import { Icon } from '../parts/icon.js';
import { shortName } from '../parts/urn.js';
import { door as words } from '../strings.js';
import { ScopeTree } from '../tree/scope-tree.js';
import type { Story } from './story.js';

export const STORY_NAMES: readonly string[] = STORY_SCOPES.map(({ name }) => name);

const BEGINNING: readonly string[] = [TAKEN, KEPT];

export interface DashboardCardProps {
  readonly story: Story;
  /** Why a cell could not be ticked or unticked. */
  readonly hint: string;
  readonly onToggle: (scope: string) => void;
}

/** What the window's application may do: the tree, one sentence about it, and what its marks mean. */
export function DashboardCard({ story, hint, onToggle }: DashboardCardProps) {
  const isGone = story.done > 0 && !story.held.includes(TAKEN);
  const canToggle = (scope: string) => scope === TAKEN && (story.done === 2 || story.done === 4);
  return (
    <section class="aside" aria-labelledby="dashboard">
      <div class="card">
        <header>
          <div class="who-calls">
            <span class="glyph" aria-hidden="true">
              D
            </span>
            <div>
              <h2 id="dashboard">Dashboard</h2>
              <p class="xs muted">{story.done === 0 ? words.beforeBegin : words.now}</p>
            </div>
          </div>
          <span class={isGone ? 'chip deny' : 'chip held'}>
            <Icon name={isGone ? 'minus' : 'check'} />
            {isGone ? words.gone(shortName(TAKEN)) : words.holds(shortName(TAKEN))}
          </span>
        </header>
        <ScopeTree
          label="What Dashboard may do"
          defined={STORY_NAMES}
          held={BEGINNING}
          next={isGone ? story.held : undefined}
          canToggle={canToggle}
          onToggle={onToggle}
        />
        <p class="say" role="status">
          {hint || (isGone ? words.sayLost : words.rule)}
        </p>
      </div>
      <ul class="legend">
        <li>
          <span class="sw cell held alone" aria-hidden="true" /> held
        </li>
        <li>
          <span class="sw cell cov" aria-hidden="true" /> covered by one above
        </li>
        <li>
          <span class="sw cell lost" aria-hidden="true" /> taken away
        </li>
        <li>
          <span class="sw cell off" aria-hidden="true">
            <span class="box" />
          </span>{' '}
          not granted
        </li>
      </ul>
      <p class="small muted">{words.database}</p>
    </section>
  );
}
