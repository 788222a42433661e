// The rules of options cannot drift from the interface: compiled by `npm run types`, never run.
import { type OptionRules, optional, readOptions } from '../../lib/options.js';

interface Options {
  readonly url: string;
  readonly timeoutMs?: number | undefined;
}

const isNumber = (value: unknown) => typeof value === 'number';

export const rules = {
  url: true,
  timeoutMs: [isNumber, 'a number', 5],
} as const satisfies OptionRules<Options>;

// @ts-expect-error a name that the interface does not have
export const others = { url: true, timeoutMs: true, timeout: true } as const satisfies OptionRules<Options>;

export function check(options: Options): number {
  readOptions('open()', options, rules, { address: 'url' });
  readOptions('open()', options, { url: true, timeoutMs: optional([isNumber, 'a number']) });
  // @ts-expect-error an option that is left out would be refused at run time
  readOptions('open()', options, { url: true });
  // @ts-expect-error an optional one as well
  readOptions('open()', options, { timeoutMs: true });
  // @ts-expect-error a rule is a predicate and its words
  readOptions('open()', options, { url: [isNumber], timeoutMs: true });
  const { timeoutMs } = readOptions('open()', options, rules);
  return timeoutMs; // it is there by its default
}
