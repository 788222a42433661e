import { ALL, type HierarchicalScope, hierarchicalToken, parseScope } from './grammar.js';

/**
 * Every scope-token that covers `required`, itself first and the root last: the inverse of `covers()`,
 * so that a set of any size needs only a few look-ups.
 *
 * @throws {TypeError} if `required` is no scope-token
 */
export function coveringTokens(required: string): readonly string[] {
  const scope = parseScope(required);
  if (!scope.hierarchical) return [required];
  const qualifiers = scope.qualifier === ALL ? [ALL] : [scope.qualifier, ALL];
  const tokens: string[] = [];
  for (let depth = scope.segments.length; depth >= 0; depth--) {
    const segments = scope.segments.slice(0, depth);
    for (const qualifier of qualifiers) tokens.push(hierarchicalToken(segments, qualifier));
  }
  return tokens;
}

/**
 * What scopes that do not cover each other cover both: `…:paas:analytics::read` where some hold
 * `…:paas:analytics::all`, and the others `…:paas::read`. There is no other such pair. Looks up places, so that the work
 * does not grow with the product of both lists.
 */
export function* findLowerBounds(ones: readonly string[], others: readonly string[]): Iterable<string> {
  const qualifiers = new Map<string, string[]>();
  for (const { segments, qualifier } of hierarchical(others)) {
    const place = segments.join(':');
    const known = qualifiers.get(place);
    if (!known) qualifiers.set(place, [qualifier]);
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
