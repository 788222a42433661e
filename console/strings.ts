import type { FailureCode } from '../demo-app/front-door/outcome.js';
import type { CellState } from './tree/state.js';

/** Every sentence that the scripts of the pages say. Whole sentences with named places: nothing is glued together. */

const plural = new Intl.PluralRules('en');
const count = (n: number, one: string, many: string) => (plural.select(n) === 'one' ? `1 ${one}` : `${n} ${many}`);
const list = new Intl.ListFormat('en', { type: 'conjunction' });

export const tree = {
  columnOfNames: 'Scope, below',
  key: {
    label: 'Key',
    held: 'held',
    covered: 'covered by one above',
    twice: 'covered twice',
    soon: 'ends soon',
    off: 'not granted',
  },
  open: (name: string) => `Open ${name}`,
  close: (name: string) => `Close ${name}`,
  filter: 'Find a scope by a part of its name',
  found: (rows: number) => (rows === 0 ? 'No scope has that in its name.' : count(rows, 'row found', 'rows found')),
  /** The word in a cell. */
  word(state: CellState): string {
    if (state.end?.isSoon && state.isHeld && state.kind !== 'added') return state.end.short;
    if (state.kind === 'twice' && state.isHeld) return 'held, twice';
    return {
      held: 'held',
      covered: 'covered',
      twice: 'twice',
      off: '',
      removed: 'held',
      lost: 'lost',
      added: 'add',
      stays: 'stays',
    }[state.kind];
  },
  /** What a cell is called: the whole name, its state, and the cause. */
  spoken(scope: string, { kind, isHeld, by, end }: CellState, isPreview = false): string {
    const causes = list.format(by);
    const until = end === undefined ? '' : `, ends on ${end.long}`;
    switch (kind) {
      case 'held':
        return `${scope}: held${until}`;
      case 'covered':
        return `${scope}: covered by ${causes}${until}`;
      case 'twice':
        return isHeld
          ? `${scope}: covered twice: held, and covered by ${causes}${until}`
          : `${scope}: covered twice, by ${causes}${until}`;
      case 'stays':
        return `${scope}: stays, covered by ${causes}`;
      case 'removed':
        if (isPreview) return `${scope}: will be removed${by.length > 0 ? `, but stays covered by ${causes}` : ''}`;
        return by.length > 0 ? `${scope}: removed, but still covered by ${causes}` : `${scope}: taken away`;
      case 'lost':
        return `${scope}: ${isPreview ? 'will be lost' : 'lost'} with ${causes}`;
      case 'added':
        return `${scope}: will be granted`;
      case 'off':
        return `${scope}: not granted`;
    }
  },
  taken: (lost: number, stay: number) =>
    `${count(lost, 'scope', 'scopes')} lost, ${stay === 1 ? '1 stays' : `${stay} stay`}.`,
  given: (won: number) => `${count(won, 'scope', 'scopes')} back.`,
};

export const failures: Readonly<Record<FailureCode | 'network', { readonly what: string; readonly next: string }>> = {
  story_gone: {
    what: 'This story has ended.',
    next: 'The demo was started again, newer windows took its place, or its application was changed elsewhere. Start again: it takes a minute.',
  },
  busy: { what: 'The demo is busy with other windows.', next: 'Nothing was changed. Try again.' },
  operator_changed: {
    what: 'This page may not administer any more.',
    next: 'The secret of the demo’s operator was changed. To begin from nothing, stop the demo and delete its database file.',
  },
  not_signed_in: { what: 'The token of this sign-in is no longer good.', next: 'Sign in again.' },
  no_effect: {
    what: 'The change was saved, but no call showed it within 5 seconds.',
    next: 'Another program may be changing the same grant. Start again.',
  },
  unavailable: {
    what: 'The demo could not do that.',
    next: 'Its terminal says why. What was done so far is still there. Try again.',
  },
  network: {
    what: 'The demo does not answer.',
    next: 'It may have been stopped. Start it again with npm start, then try again: nothing here is lost.',
  },
};

export const door = {
  again: 'Start again',
  console: 'Open the console',
  retry: 'Try again',
  title: 'Take a scope away and the next call is refused.',
  lead: 'Even with a token that is good for another hour. Five clicks show it, on a real API that runs on this computer.',
  now: 'What it may do right now',
  beforeBegin: 'What it will be granted',
  holds: (scope: string) => `holds ${scope}`,
  gone: (scope: string) => `${scope} taken away`,
  sayBefore: 'One scope is held at the top, and everything below it in the same column is covered.',
  sayLost: 'Everything that hung from it went with it. What Dashboard may write has not changed.',
  onlyAtStep: 'You can take it away once Dashboard has called the API: at step 3.',
  onlyThis: 'In this story, only one scope is taken away and given back.',
  rule: 'A scope you hold also covers everything below it with the same qualifier; ::all covers every qualifier.',
  database: 'Everything lies in the database of the demo. Stop the demo and delete it to begin from nothing.',
  all: 'The whole request and response',
  ms: (ms: number) => `${ms < 1 ? '<1' : Math.round(ms).toLocaleString('en')} ms`,
  seconds: (ms: number) => `${(ms / 1000).toLocaleString('en', { maximumFractionDigits: 1 })} s`,
  stepDone: (n: number, outcome: string) => `Step ${n} of 5 done: ${outcome}`,
};
