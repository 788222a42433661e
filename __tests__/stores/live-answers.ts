import { setTimeout as pause } from 'node:timers/promises';
import { type IssuedToken, type LiveGrants, scopeSet } from 'scopegate';
import type { Setting } from '../support/stores.js';

/** Milliseconds after which a change must be felt in every process: the requirement. */
export const BOUND = 1000;

/** Milliseconds after which it is given up that a change is felt at all. */
export const EVENTUALLY = 15_000;

/** A staleness with which nothing is ever asked for its age: what is felt is what the feed tells. */
export const AGELESS = 3_600_000;

/** A token of the setting's application, issued a minute ago. */
export function tokenOf({ application }: Pick<Setting, 'application'>, subject = 'somebody'): IssuedToken {
  const iat = Math.floor(Date.now() / 1000) - 60;
  return { payload: { client_id: application.id, sub: subject, iat }, scopes: scopeSet('a b c') };
}

/** What the token may do, or why nothing. */
export async function answerOf(live: LiveGrants, token: IssuedToken): Promise<string> {
  const verdict = await live.check(token);
  return !verdict.ok ? verdict.reason : [...verdict.scopes].join(' ');
}

export interface Story {
  /** The answers in their order, without repetitions. */
  readonly answers: readonly string[];
  /** How long after the change the last request began that was answered otherwise than as awaited, in milliseconds. */
  readonly lastOther: number;
}

/** How often it is asked again after the awaited answer, to see that it stays. */
const AGAIN = 3;

/**
 * Asks over and over while `change` is under way, and on until the answer is as awaited, or until a request was answered
 * otherwise that began later than `patience` after the change.
 *
 * @param change the moment when it was acknowledged, by `performance.now()`, once it was
 */
export async function ask(
  live: LiveGrants,
  token: IssuedToken,
  awaited: string,
  change: Promise<number>,
  patience = BOUND,
): Promise<Story> {
  const requests: { begun: number; answer: string }[] = [];
  let changedAt = Number.POSITIVE_INFINITY;
  const settled = change.then(
    (moment) => {
      changedAt = moment;
    },
    () => {
      changedAt = Number.NEGATIVE_INFINITY; // what failed is told below
    },
  );
  for (let left = AGAIN; left > 0; ) {
    const begun = performance.now();
    const answer = await answerOf(live, token);
    requests.push({ begun, answer });
    const isChanged = Number.isFinite(changedAt);
    if (answer === awaited && isChanged) left--;
    else if (begun - changedAt > patience) break;
    await pause(1);
  }
  await settled;
  const answers = requests.map(({ answer }) => answer);
  const others = requests.filter(({ answer }) => answer !== awaited);
  return {
    answers: answers.filter((answer, index) => answer !== answers[index - 1]),
    lastOther: (others.at(-1)?.begun ?? Number.NEGATIVE_INFINITY) - (await change),
  };
}
