import type { Call, Change, Outcome } from '../../demo-app/front-door/outcome.js';
import { KEPT, TAKEN } from '../../demo-app/front-door/scopes.js';
import type { ActionName } from '../parts/actions.js';
import type { PageFailure } from '../parts/banner.js';

/** How far the story of this window is, and what came back at each step. */
export interface Story {
  /** The id of the window's application; kept for the next run, so that a window leaves one application and not one for each run. */
  readonly id?: string | undefined;
  /** How many steps are done. */
  readonly done: number;
  /** What the application holds, as last read; at first what it will be granted. */
  readonly held: readonly string[];
  readonly token?: Outcome['token'];
  readonly firstCall?: Call | undefined;
  readonly removal?: Change | undefined;
  readonly refused?: Call | undefined;
  readonly gift?: Change | undefined;
  readonly isBusy: boolean;
  readonly failure?: PageFailure | undefined;
}

/** What each step asks for, and the status of the API that makes it true. */
export const STEPS: readonly { readonly action: ActionName; readonly status: number }[] = [
  { action: 'token', status: 200 },
  { action: 'call', status: 200 },
  { action: 'remove', status: 403 },
  { action: 'call', status: 403 },
  { action: 'grant', status: 200 },
];

export function beginStory(id?: string): Story {
  return { id, done: 0, held: [TAKEN, KEPT], isBusy: false };
}

/** The story after an outcome; one that does not fit, since the grant was changed elsewhere, ends it. */
export function continueStory(story: Story, outcome: Outcome): Story {
  const step = STEPS[story.done];
  const call = outcome.call ?? outcome.change?.effect;
  const isExpected = call === undefined || call.exchange.response.status === step?.status;
  const next = { ...story, id: outcome.story, held: outcome.held, isBusy: false };
  if (!isExpected) return { ...next, failure: 'story_gone' };
  const results: readonly Partial<Story>[] = [
    { token: outcome.token },
    { firstCall: outcome.call },
    { removal: outcome.change },
    { refused: outcome.call },
    { gift: outcome.change },
  ];
  return { ...next, ...results[story.done], done: story.done + 1, failure: undefined };
}
