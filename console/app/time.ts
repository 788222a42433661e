/** Times as people say them; the exact one is for `title`. */

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });
const dayAndYear = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });
const exact = new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeStyle: 'long' });

const UNITS = [
  ['second', 60],
  ['minute', 60],
  ['hour', 24],
  ['day', 7],
] as const;

/** "2 minutes ago" up to a week, then the date. */
export function sayTime(iso: string, now = Date.now()): string {
  let amount = (Date.parse(iso) - now) / 1000;
  for (const [unit, size] of UNITS) {
    if (Math.abs(amount) < size) return relative.format(Math.round(amount), unit);
    amount /= size;
  }
  return sayShortDate(iso, now);
}

/** "12 Dec", with the year where it is another one. */
export function sayShortDate(iso: string, now = Date.now()): string {
  const date = new Date(iso);
  return (date.getFullYear() === new Date(now).getFullYear() ? day : dayAndYear).format(date);
}

const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
const SOON_DAYS = 14;
const UNUSED_DAYS = 30;

/** Whether something ends within two weeks. */
export function isSoon(iso: string, now = Date.now()): boolean {
  return Date.parse(iso) - now < SOON_DAYS * DAY_MS;
}

/** Two weeks from now: to the hour, so that an address with it stays the same for a while. */
export function endOfSoon(now = Date.now()): string {
  return new Date(Math.ceil(now / HOUR_MS) * HOUR_MS + SOON_DAYS * DAY_MS).toISOString();
}

/** What was not called since then counts as unused. */
export function beginOfUnused(now = Date.now()): string {
  return new Date(Math.floor(now / HOUR_MS) * HOUR_MS - UNUSED_DAYS * DAY_MS).toISOString();
}

/** The end of a day of `<input type="date">`, in the time zone of the browser. */
export function endOfDay(date: string): string {
  return new Date(`${date}T23:59:59`).toISOString();
}

/** The beginning of a day of `<input type="date">`, in the time zone of the browser. */
export function startOfDay(date: string): string {
  return new Date(`${date}T00:00:00`).toISOString();
}

/** The day for `<input type="date">`, in the time zone of the browser. */
export function dayOf(iso: string): string {
  const date = new Date(iso);
  const two = (n: number) => String(n).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

export function sayDate(iso: string): string {
  return dayAndYear.format(new Date(iso));
}

export function sayExactly(iso: string): string {
  return exact.format(new Date(iso));
}

const longDay = new Intl.DateTimeFormat('en-GB', { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
const timeOfDay = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });

export function sayDay(iso: string): string {
  return longDay.format(new Date(iso));
}

export function sayTimeOfDay(iso: string): string {
  return timeOfDay.format(new Date(iso));
}

const clock = new Intl.DateTimeFormat('en-GB', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 3,
});

/** "02:41:34.980", for what happens several times in a second. */
export function sayClock(iso: string): string {
  return clock.format(new Date(iso));
}
