// The names of options cannot drift from the interface: compiled by `npm run types`, never run.
import { type OptionNames, refuseUnknownOptions } from '../../lib/options.js';

interface Options {
  readonly url: string;
  readonly timeoutMs?: number | undefined;
}

export const names: OptionNames<Options> = { url: true, timeoutMs: true };

export function check(options: Options): void {
  refuseUnknownOptions('open()', options, names);
  refuseUnknownOptions('open()', options, names, { address: 'url' });
  // @ts-expect-error an option that is left out would be refused at run time
  refuseUnknownOptions('open()', options, { url: true });
  // @ts-expect-error an optional one as well
  refuseUnknownOptions('open()', options, { timeoutMs: true });
  // @ts-expect-error a name that the interface does not have
  refuseUnknownOptions('open()', options, { url: true, timeoutMs: true, timeout: true });
}
