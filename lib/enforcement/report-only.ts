import type { Clock } from '../clock.js';
import { insist } from '../options.js';

/** Lets requests pass whose tokens lack a scope, and records that they would be refused. */
export interface ReportOnly {
  /** The last day, in UTC: `'2027-01-31'`. At most a year ahead. From the next day on, scopes are enforced. */
  readonly until: string;
}

const DAY_MS = 86_400_000;

/**
 * When the last day ends, in milliseconds since the epoch. Warns where it has ended: a program must start on the day after
 * as it did the day before.
 *
 * @throws {TypeError} for anything but a date of the calendar that is at most a year ahead
 */
export function parseReportOnly(creator: string, given: ReportOnly, clock: Clock): number {
  const until = given?.until;
  const start = Date.parse(until);
  const now = clock.now();
  // The comparison: Date.parse() takes February 30 for March 2, and reads other forms.
  const isDate = start <= now + 366 * DAY_MS && new Date(start).toISOString().slice(0, 10) === until;
  insist(isDate, creator, 'reportOnly.until', "a date like '2027-01-31', at most a year ahead", until);
  const end = start + DAY_MS;
  // `gate.check` parses its options with each call.
  if (end <= now && creator !== 'gate.check()') {
    process.emitWarning(`${creator}: "reportOnly" ended on ${until}.`, {
      type: 'ScopegateWarning',
      code: 'SCOPEGATE_REPORT_ONLY_ENDED',
    });
  }
  return end;
}
