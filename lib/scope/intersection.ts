import { coveringTokens } from './covers.js';
import { ADMIN_SCOPES, ALL, type HierarchicalScope, hierarchicalToken, isScopeToken, parseScope } from './grammar.js';
import { holdsConsumerAll } from './requirement.js';
import type { ScopeSet } from './scope-set.js';

/**
 * The scopes that both sets cover: of `…:paas::read` in the one and `…:paas:analytics::read` in the other, the narrower.
 *
 * What `one` is denied stays denied: where it holds `urn:opc:resource:consumer::all`, no IAM admin scope is left.
 */
export function intersection(one: ScopeSet, other: ScopeSet): ScopeSet {
  return new Intersection(one, other);
}

class Intersection implements ScopeSet {
  #tokens: readonly string[] | undefined;

  constructor(
    private readonly one: ScopeSet,
    private readonly other: ScopeSet,
  ) {}

  firstHeld(candidates: readonly string[]): string | undefined {
    if (candidates[0] !== undefined && isDenied(this.one, candidates[0])) return undefined;
    const held = this.one.firstHeld(candidates);
    if (held === undefined) return undefined;
    const alsoHeld = this.other.firstHeld(candidates);
    if (alsoHeld === undefined || alsoHeld === held) return alsoHeld;
    return candidates.indexOf(held) < candidates.indexOf(alsoHeld) ? held : alsoHeld; // the nearer: both cover it
  }

  covers(required: string): boolean {
    return this.coveredBy(required) !== undefined;
  }

  /** The broadest scope that both cover, of the nearest that either holds. */
  coveredBy(required: string): string | undefined {
    if (!isScopeToken(required) || isDenied(this.one, required)) return undefined;
    const candidates = coveringTokens(required);
    const [held, alsoHeld] = [this.one.firstHeld(candidates), this.other.firstHeld(candidates)];
    return held === undefined || alsoHeld === undefined ? undefined : greatestLowerBound(held, alsoHeld);
  }

  get size(): number {
    return this.toJSON().length;
  }

  [Symbol.iterator](): Iterator<string> {
    return this.toJSON()[Symbol.iterator]();
  }

  /** Of each side what the other covers; and what two that do not cover each other cover both. */
  toJSON(): string[] {
    this.#tokens ??= this.#list();
    return [...this.#tokens];
  }

  #list(): string[] {
    const [ones, others] = [[...this.one], [...this.other]];
    const covered = new Set([
      ...ones.filter((token) => this.other.covers(token)),
      ...others.filter((token) => this.one.covers(token)),
    ]);
    for (const meet of [...lowerBounds(ones, others), ...lowerBounds(others, ones)]) {
      if (!coveringTokens(meet).some((token) => covered.has(token))) covered.add(meet);
    }
    return [...covered].filter((token) => !isDenied(this.one, token));
  }
}

function isDenied(held: ScopeSet, token: string): boolean {
  return token.startsWith(ADMIN_SCOPES) && holdsConsumerAll(held);
}

/**
 * What scopes that do not cover each other cover both: `…:paas:analytics::read` where some hold
 * `…:paas:analytics::all`, and the others `…:paas::read`. There is no other such pair.
 */
function* lowerBounds(ones: readonly string[], others: readonly string[]): Iterable<string> {
  const qualifiers = new Map<string, string[]>();
  for (const { segments, qualifier } of hierarchical(others)) {
    const place = segments.join(':');
    const known = qualifiers.get(place);
    if (known === undefined) qualifiers.set(place, [qualifier]);
    else known.push(qualifier);
  }
  for (const { segments, qualifier } of hierarchical(ones)) {
    if (qualifier !== ALL) continue;
    for (let depth = 0; depth < segments.length; depth++) {
      const above = qualifiers.get(segments.slice(0, depth).join(':')) ?? [];
      for (const each of above) if (each !== ALL) yield hierarchicalToken(segments, each);
    }
  }
}

function hierarchical(tokens: readonly string[]): HierarchicalScope[] {
  return tokens.map(parseScope).filter((scope) => scope.hierarchical);
}

/** The broadest scope that both cover, of two that cover one and the same: the deeper place, the narrower qualifier. */
function greatestLowerBound(one: string, other: string): string | undefined {
  if (one === other) return one;
  const [a, b] = [parseScope(one), parseScope(other)];
  if (!a.hierarchical || !b.hierarchical) return undefined;
  const lower = a.segments.length < b.segments.length ? b : a;
  return hierarchicalToken(lower.segments, a.qualifier === ALL ? b.qualifier : a.qualifier);
}
