import type { GrantDates } from './commands.js';
import type { Detail } from './errors.js';

const DATE_TIME = /^(\d{4}-\d\d-\d\d)T(?:[01]\d|2[0-3]):\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;

export const DATE_EXPECTATION = 'must be a date-time (RFC 3339) from 1970 to 9999';

/** A date-time (RFC 3339) in UTC, with milliseconds: its texts sort in the order of time. `undefined` for anything else. */
export function normalizeDate(value: unknown): string | undefined {
  const day = typeof value === 'string' ? DATE_TIME.exec(value)?.[1] : undefined;
  const time = Date.parse(value as string);
  if (day === undefined || !(time >= 0) || !isDay(day)) return undefined;
  const text = new Date(time).toISOString();
  return text.length === 24 ? text : undefined;
}

/** JavaScript takes February 30 for March 2. */
function isDay(day: string): boolean {
  return new Date(`${day}T00:00:00Z`).toISOString().startsWith(day);
}

/**
 * Normalizes the dates of a grant, or of one of its scopes. Each problem is added to `details`.
 *
 * @param target the path of the object that has them, with its dot
 */
export function readDates(dates: GrantDates, target: string, details: Detail[]): GrantDates {
  const [notBefore, expiresAt] = (['notBefore', 'expiresAt'] as const).map((name) => {
    const date = normalizeDate(dates[name]);
    if (dates[name] !== undefined && date === undefined) {
      const message = `${target}${name} ${DATE_EXPECTATION}.`;
      details.push({ code: 'INVALID_VALUE', target: `${target}${name}`, message });
    }
    return date;
  });
  if (notBefore !== undefined && expiresAt !== undefined && notBefore >= expiresAt) {
    const message = `${target}expiresAt must be after notBefore.`;
    details.push({ code: 'INVALID_VALUE', target: `${target}expiresAt`, message });
  }
  return pickDates({ notBefore, expiresAt });
}

/** The dates alone, without members that are absent. */
export function pickDates({ notBefore, expiresAt }: GrantDates): GrantDates {
  return { ...(notBefore !== undefined && { notBefore }), ...(expiresAt !== undefined && { expiresAt }) };
}

export function haveSameDates(one: GrantDates, other: GrantDates): boolean {
  return one.notBefore === other.notBefore && one.expiresAt === other.expiresAt;
}
