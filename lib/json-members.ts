/** Why the members of a JSON text are refused. */
export type MemberProblem = { readonly reason: 'repeated'; readonly name: string } | { readonly reason: 'too_deep' };

interface Limits {
  /** Objects nested deeper are not checked for repeated members; the outermost level is 1. Default: all are checked. */
  readonly checkedDepth?: number;
  /** Text that nests deeper is refused. Default: no limit. */
  readonly maxDepth?: number;
}

const QUOTE = 0x22;
const COLON = 0x3a;
const BACKSLASH = 0x5c;

/**
 * Finds the first object that has a member twice (RFC 8259 §4), of which `JSON.parse` silently keeps the last. Names are
 * compared after their escapes are resolved.
 *
 * @param json text that `JSON.parse` has accepted: brackets match, and every string ends
 */
export function findMemberProblem(
  json: string,
  { checkedDepth = Number.POSITIVE_INFINITY, maxDepth = Number.POSITIVE_INFINITY }: Limits = {},
): MemberProblem | undefined {
  const open: Set<string>[] = [];
  let start = 0;
  let end = 0;
  for (let i = 0; i < json.length; i++) {
    const char = json.charCodeAt(i);
    if (char === QUOTE) {
      start = i;
      i = findEndOfString(json, i + 1);
      end = i + 1;
    } else if (char === COLON) {
      if (open.length > checkedDepth) continue;
      const members = open.at(-1) as Set<string>;
      const name = parseName(json.slice(start, end));
      if (members.has(name)) return { reason: 'repeated', name };
      members.add(name);
    } else if ((char | 0x20) === 0x7b) {
      open.push(new Set()); // { or [
      if (open.length > maxDepth) return { reason: 'too_deep' };
    } else if ((char | 0x20) === 0x7d) {
      open.pop(); // } or ]
    }
  }
  return undefined;
}

/**
 * Whether the outermost object has a member twice: `JSON.parse` keeps the last of them, so that `parsed` has fewer members
 * than the text. Without a look at the names, in a quarter of the time: every new token is checked.
 *
 * @param json text that `JSON.parse` has accepted
 * @param parsed the object that it made of it
 */
export function hasRepeatedMember(json: string, parsed: object): boolean {
  let members = 0;
  let depth = 0;
  for (let i = 0; i < json.length; i++) {
    const char = json.charCodeAt(i);
    if (char === QUOTE) i = findEndOfString(json, i + 1);
    else if (char === COLON) members += depth === 1 ? 1 : 0;
    else if ((char | 0x20) === 0x7b) depth++;
    else if ((char | 0x20) === 0x7d) depth--;
  }
  return members !== Object.keys(parsed).length;
}

/** The position of the quote that ends a string. */
function findEndOfString(json: string, start: number): number {
  let end = json.indexOf('"', start);
  while (isEscaped(json, end)) end = json.indexOf('"', end + 1);
  return end;
}

/** Whether an odd number of backslashes comes before. */
function isEscaped(json: string, at: number): boolean {
  let first = at;
  while (json.charCodeAt(first - 1) === BACKSLASH) first--;
  return (at - first) % 2 === 1;
}

function parseName(quoted: string): string {
  return quoted.includes('\\') ? JSON.parse(quoted) : quoted.slice(1, -1);
}
