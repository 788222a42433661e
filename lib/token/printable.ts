/** Control and format characters, line separators and lone surrogates, which a terminal interprets or does not show. */
const NON_PRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** What nearly every identifier is made of: found faster than what must be escaped is looked for. */
const PRINTABLE_ASCII = /^[\x20-\x7E]*$/;

const MAX_SHOWN_LENGTH = 160;

/** Quotes a value of a token for a log: without non-printable characters, and at most 160 characters long. */
export function quoteForLog(value: unknown): string {
  return sanitize(quote(value));
}

/** Cleans text of a token for a log: without non-printable characters, and at most 160 characters long. */
export function sanitize(text: string): string {
  if (text.length <= MAX_SHOWN_LENGTH && PRINTABLE_ASCII.test(text)) return text;
  const visible = text
    .slice(0, MAX_SHOWN_LENGTH)
    .replace(NON_PRINTABLE, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
  return text.length <= MAX_SHOWN_LENGTH ? visible : `${visible}… (${text.length} characters)`;
}

// JSON.parse reads deeper nesting than JSON.stringify writes. An error here would lose the record.
function quote(value: unknown): string {
  try {
    return JSON.stringify(value) ?? 'missing';
  } catch {
    return 'a value that is nested too deep to show';
  }
}

/** Lists the first five items, and the number of the others. */
export function summarizeList<T>(list: readonly T[], describe: (item: T) => string): string {
  if (list.length === 0) return 'none';
  const more = list.length > 5 ? ` and ${list.length - 5} more` : '';
  return list.slice(0, 5).map(describe).join(', ') + more;
}
