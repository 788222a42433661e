import { isRegExp } from 'node:util/types';
import type { GivenPath } from './express-layers.js';

/**
 * One part of a path, between slashes. `rest` is a wildcard, which takes any number of parts (`rest1` matches one character at
 * least, `rest0` also none); `opaque` is what is compared as it is spelt: a regular expression, an optional part, a path that Express hides.
 */
interface Segment {
  readonly kind: 'literal' | 'parameter' | 'rest0' | 'rest1' | 'opaque';
  readonly text: string;
  readonly isSensitive: boolean;
}

/** The paths that a route matches, or all below a prefix. */
export interface PathPattern {
  readonly segments: readonly Segment[];
  /** Whether everything below matches too. */
  readonly isOpen: boolean;
  /** Whether a slash at the end makes another path. */
  readonly isStrict: boolean;
  /** The path as it was written, prefixes included. */
  readonly text: string;
}

/** How one router reads paths. */
export interface PathSyntax {
  readonly version: 4 | 5;
  readonly isSensitive: boolean;
  readonly isStrict: boolean;
  /** Whether the path is a prefix, as for `use`. */
  readonly isMount: boolean;
}

/** What stands for a prefix that Express does not keep. */
export const UNKNOWN_PATH = '(unknown)';

export const ROOT: PathPattern = { segments: [], isOpen: true, isStrict: false, text: '' };

/** The pattern of `path` below `prefix`, the pattern of the router. */
export function appendPath(prefix: PathPattern, path: GivenPath, syntax: PathSyntax): PathPattern {
  const { isMount, isSensitive, isStrict } = syntax;
  const own = path === undefined ? [UNKNOWN_PATH] : parsePath(path, syntax);
  const written = path === undefined ? `/${UNKNOWN_PATH}` : String(path);
  const text = path === '/' ? prefix.text : prefix.text + written;
  const isAll = own.length === 1 && kindOf(own[0] as string, syntax) === 'rest0'; // in a router, a path always has a slash
  const hasOpenEnd = own.at(-1) === OPEN_END;
  const parts = isAll || hasOpenEnd ? own.slice(0, -1) : own;
  const kind = isWhole(path, syntax) ? 'opaque' : undefined;
  const segments = parts.map((part) => ({ kind: kind ?? kindOf(part, syntax), text: part, isSensitive }));
  return {
    segments: [...prefix.segments, ...segments],
    isOpen: isMount || isAll || hasOpenEnd,
    isStrict: isStrict && !isMount,
    text,
  };
}

/** Express 5: `/api{/*rest}` matches `/api` and everything below. */
const OPEN_END = '{**}'; // no path can have it

function parsePath(path: string | RegExp, syntax: PathSyntax): string[] {
  if (isWhole(path, syntax)) return [`${syntax.isMount ? 'use' : 'route'} ${path}`];
  const text = syntax.version === 5 ? String(path).replace(/\{\/\*\w+\}$/, `/${OPEN_END}`) : String(path);
  const parts = text.split('/').slice(text.startsWith('/') ? 1 : 0);
  const isSlashLoose = syntax.isMount || !syntax.isStrict;
  while (isSlashLoose && parts.length > 0 && parts.at(-1) === '') parts.pop();
  return text === '/' ? [] : parts;
}

/**
 * Whether a path counts as one part, since slashes do not divide it: a regular expression, a path that does not begin with
 * a slash, and what path-to-regexp 0.1 makes alternatives of, or an optional slash.
 */
function isWhole(path: GivenPath, { version }: PathSyntax): boolean {
  if (isRegExp(path)) return true;
  if (path === undefined || path === '') return false;
  return !/^[/*{]/.test(path) || (version === 4 && /\||\/[?+{]/.test(path));
}

function kindOf(part: string, { version }: PathSyntax): Segment['kind'] {
  if (/^:\w+$/.test(part)) return 'parameter';
  if (/^[\w\-.~%&',;=@ ]+$/.test(part)) return 'literal';
  if (version === 4) return part === '*' ? 'rest0' : 'opaque';
  if (/^\*\w+$/.test(part)) return 'rest1';
  return /^\{\*\w+\}$/.test(part) ? 'rest0' : 'opaque';
}

/**
 * Whether every path that `inner` matches, `outer` matches as well. `false` where that is not certain: so a guard counts
 * only for what certainly passes it.
 */
export function includesPattern(outer: PathPattern, inner: PathPattern): boolean {
  for (const [at, segment] of outer.segments.entries()) {
    const other = inner.segments[at];
    if (other === undefined || !includesSegment(segment, other)) return false;
    if (!isRest(segment)) continue;
    if (at === outer.segments.length - 1) return true;
    if (!isRest(other) || segment.text !== other.text) return false; // how many parts of a path it takes is unknown
  }
  if (outer.isOpen) return true;
  if (inner.isOpen || inner.segments.length > outer.segments.length) return false;
  return !outer.isStrict || inner.isStrict;
}

function isRest({ kind }: Segment): boolean {
  return kind === 'rest0' || kind === 'rest1';
}

function includesSegment(outer: Segment, inner: Segment): boolean {
  if (outer.kind === 'literal') return inner.kind === 'literal' && isSameText(outer, inner);
  if (outer.kind === 'opaque') return inner.kind === 'opaque' && isSameSpelling(outer, inner);
  if (outer.kind === 'rest0' && inner.kind === 'rest0') return true;
  if (outer.kind === 'parameter') return inner.kind === 'literal' || inner.kind === 'parameter';
  return inner.kind !== 'opaque' && inner.kind !== 'rest0';
}

function isSameText(outer: Segment, inner: Segment): boolean {
  if (!outer.isSensitive) return outer.text.toLowerCase() === inner.text.toLowerCase();
  return isSameSpelling(outer, inner);
}

/** A path that Express hides equals none, and a regular expression with a state does not match each time. */
function isSameSpelling(outer: Segment, inner: Segment): boolean {
  if (outer.text === UNKNOWN_PATH || /\/[a-z]*[gy][a-z]*$/.test(outer.text)) return false;
  return outer.text === inner.text && (inner.isSensitive || !outer.isSensitive);
}
