import { ALL, hierarchicalToken, isScopeToken, parseScope } from './grammar.js';

/**
 * Whether a token that holds the scope `held` satisfies a requirement of the scope `required`.
 *
 * Inside `urn:opc:resource:consumer`: when the segments of `held` are the first segments of `required`, and its
 * qualifier is the same or `all`. Everywhere else: when the two are equal. Case counts, and nothing is decoded.
 *
 * `urn:opc:resource:consumer:paas::read` covers `…:paas:analytics::read`, not `…:paas:analytics::write`, not
 * `…:paasx::read`, not `urn:opc:resource:consumer::read`. (Oracle, "Accessing All Resources"; that `all` covers every
 * qualifier below the root as well is our reading.)
 *
 * A string that is no scope-token (RFC 6749 §3.3) covers nothing, and nothing covers it. Never throws.
 */
export function covers(held: string, required: string): boolean {
  if (!isScopeToken(held) || !isScopeToken(required)) return false;
  if (held === required) return true;
  const above = parseScope(held);
  const below = parseScope(required);
  return (
    above.hierarchical &&
    below.hierarchical &&
    (above.qualifier === below.qualifier || above.qualifier === ALL) &&
    above.segments.every((segment, i) => segment === below.segments[i])
  );
}

/**
 * Every scope-token that covers `required`, itself first and the root last: the inverse of {@link covers},
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
