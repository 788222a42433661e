import { coveringTokens } from '../../lib/scope/hierarchy.js';
import type { End, TreeInput } from './layout.js';

/** What a cell says, before and after the change that is shown. */
export type CellKind =
  /** Held, and nothing above covers it. */
  | 'held'
  | 'covered'
  /** Covered by more than one, or held although it is covered. */
  | 'twice'
  | 'off'
  /** Was held, will not be. */
  | 'removed'
  /** Was covered, will not be. */
  | 'lost'
  /** Was neither, will be held. */
  | 'added'
  /** Loses one of several that covered it. */
  | 'stays';

export interface CellState {
  readonly kind: CellKind;
  readonly isHeld: boolean;
  /** What covers it, or for a lost one what did; never itself. */
  readonly by: readonly string[];
  readonly shade: 'none' | 'one' | 'two' | 'lost';
  /** When it ends: that of the scope where it is held, else that of what covers it where all of that ends soon. */
  readonly end?: End | undefined;
}

/** The state of one scope. What covers it is looked up as the library does. */
export function readState(scope: string, input: TreeInput): CellState {
  const state = readCoverage(scope, input);
  const end = findEnd(scope, state, input.ends);
  return end === undefined ? state : { ...state, end };
}

function findEnd(scope: string, { kind, isHeld, by }: CellState, ends: TreeInput['ends']): End | undefined {
  if (ends === undefined || kind === 'off' || kind === 'lost' || kind === 'removed') return undefined;
  if (isHeld) return by.length === 0 || by.every((each) => ends.get(each)?.isSoon) ? ends.get(scope) : undefined;
  const [first] = by;
  return first !== undefined && by.every((each) => ends.get(each)?.isSoon) ? ends.get(first) : undefined;
}

function readCoverage(scope: string, { held, next = held }: TreeInput): CellState {
  const covering = coveringTokens(scope).filter((each) => each !== scope);
  const coverersIn = (scopes: readonly string[]) => {
    const places = placesIn(scopes);
    const found = covering.filter((each) => places.has(each));
    return found.sort((a, b) => (places.get(a) ?? 0) - (places.get(b) ?? 0));
  };
  const [before, after] = [coverersIn(held), coverersIn(next)];
  const [wasHeld, isHeld] = [placesIn(held).has(scope), placesIn(next).has(scope)];
  const shade = after.length > 1 || (isHeld && after.length > 0) ? 'two' : after.length > 0 || isHeld ? 'one' : 'none';
  if (wasHeld && !isHeld) return { kind: 'removed', isHeld, by: after, shade: 'lost' };
  if (!wasHeld && isHeld) return { kind: 'added', isHeld, by: after, shade };
  if (isHeld) return { kind: after.length > 0 ? 'twice' : 'held', isHeld, by: after, shade };
  if (after.length === 0) {
    return before.length > 0
      ? { kind: 'lost', isHeld, by: before, shade: 'lost' }
      : { kind: 'off', isHeld, by: [], shade: 'none' };
  }
  const kind = before.length > after.length ? 'stays' : after.length > 1 ? 'twice' : 'covered';
  return { kind, isHeld, by: after, shade };
}

const PLACES = new WeakMap<readonly string[], ReadonlyMap<string, number>>();

/** Where each scope is in a list: looked up once for each of the thousands of cells that ask. */
function placesIn(scopes: readonly string[]): ReadonlyMap<string, number> {
  const known = PLACES.get(scopes) ?? new Map(scopes.map((scope, place) => [scope, place]));
  PLACES.set(scopes, known);
  return known;
}

/** The name of the scope at these segments in this column, whether or not it is defined. */
export function columnName(segments: readonly string[], qualifier: string): string {
  return `${['urn:opc:resource:consumer', ...segments].join(':')}::${qualifier}`;
}

/** How many defined scopes a change takes away, and how many that were covered stay. */
export function countEffect(input: TreeInput): { readonly lost: number; readonly stay: number; readonly won: number } {
  const kinds = input.defined.map((scope) => readState(scope, input));
  const { held, next = held } = input;
  const reaches = (scopes: readonly string[], scope: string) =>
    coveringTokens(scope).some((each) => placesIn(scopes).has(each));
  return {
    lost: kinds.filter(({ kind, by }) => kind === 'lost' || (kind === 'removed' && by.length === 0)).length,
    stay: input.defined.filter((scope) => reaches(held, scope) && reaches(next, scope)).length,
    won: input.defined.filter((scope) => !reaches(held, scope) && reaches(next, scope)).length,
  };
}
