/** Control and format characters, separators, halves of surrogate pairs: what a terminal obeys and nobody sees. */
const NON_PRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

const MAX_SHOWN_LENGTH = 160;

/** A value of the token's, as an operator may see it: quoted, without unseen characters, and cut short. */
export function quoteForLog(value: unknown): string {
  return sanitize(quote(value));
}

/** Text of the token's, as an operator may see it: without unseen characters, and cut short. */
export function sanitize(text: string): string {
  const visible = text
    .slice(0, MAX_SHOWN_LENGTH)
    .replace(NON_PRINTABLE, (unseen) => `\\u{${unseen.codePointAt(0)?.toString(16)}}`);
  return text.length <= MAX_SHOWN_LENGTH ? visible : `${visible}… (${text.length} characters)`;
}

// JSON.parse reads deeper than JSON.stringify writes; an error here would cost the operators the record.
function quote(value: unknown): string {
  try {
    return JSON.stringify(value) ?? 'missing';
  } catch {
    return 'a value that is nested too deep to show';
  }
}

/** The first few of a list, and how many more there are. */
export function summarizeList<T>(list: readonly T[], describe: (item: T) => string): string {
  if (list.length === 0) return 'none';
  const more = list.length > 5 ? ` and ${list.length - 5} more` : '';
  return list.slice(0, 5).map(describe).join(', ') + more;
}
