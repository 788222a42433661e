import { ALL, isScopeToken, parseScope } from './grammar.js';
import { parseScopeModel } from './models.js';
import type { ScopeModelOption } from './scope-model.js';

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
 * A string that is no scope-token (RFC 6749 §3.3) covers nothing, and nothing covers it.
 *
 * @param scopeModel the model of your gate, in place of these rules. Default `ociScopeModel()`
 * @throws {TypeError} if `scopeModel` is not a model, or is a function that throws
 */
export function covers(held: string, required: string, scopeModel?: ScopeModelOption): boolean {
  if (scopeModel !== undefined) return parseScopeModel('covers()', scopeModel).covers(held, required);
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
