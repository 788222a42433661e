import { parseScopeModel } from '../scope/models.js';
import {
  type CompiledRequirement,
  compileRequirement,
  coveringScope,
  listScopes,
  type Requirement,
  satisfies,
} from '../scope/requirement.js';
import type { ScopeModelOption } from '../scope/scope-model.js';
import { getScopeModel, type ScopeSet, scopeSet } from '../scope/scope-set.js';
import type { Coverage, Decision } from './decision.js';

/**
 * Decides whether held scopes satisfy a requirement, and explains the result. The function is pure: no clock, no I/O,
 * the same result every time.
 *
 * Decided: scopes only. Not decided: whether the token that holds them is genuine, current and meant for this resource
 * server; a {@link TokenVerifier} says that.
 *
 * @param question.held compiled scopes, or a scope claim
 * @param question.scopeModel which scopes cover which others. Default: the model of `held`, so that of the gate for the
 *   scopes of a request; `ociScopeModel()` for a claim
 * @throws {TypeError} if `required` is no requirement; see {@link allOf}; or the model throws
 */
export function decide({ held, required, scopeModel }: DecisionQuestion): Decision {
  const scopes = typeof held === 'string' ? scopeSet(held) : held;
  const model = scopeModel === undefined ? getScopeModel(scopes) : parseScopeModel('decide()', scopeModel);
  return decideCompiled(scopes, compileRequirement(required, model));
}

interface DecisionQuestion {
  readonly held: ScopeSet | string;
  readonly required: Requirement;
  readonly scopeModel?: ScopeModelOption | undefined;
}

/** {@link decide} for a requirement compiled beforehand. */
export function decideCompiled(held: ScopeSet, required: CompiledRequirement): Decision {
  const coverage = findCoverage(held, required);
  if (satisfies(held, required)) return { effect: 'permit', required: required.source, coverage };
  const { scopes: sufficient, missing } = nearestAlternative(held, required);
  return { effect: 'deny', required: required.source, coverage, sufficient, missing };
}

/** The scopes that satisfy a requirement, for a token that holds none: of several alternatives, the one with the fewest. */
export function sufficientScopes(required: CompiledRequirement): readonly string[] {
  return nearestAlternative(scopeSet(undefined), required).scopes;
}

/** Each required scope that is covered, once, and the held scope that covers it. */
export function findCoverage(held: ScopeSet, required: CompiledRequirement): Coverage[] {
  const coverage: Coverage[] = [];
  for (const scope of listScopes(required)) {
    const by = coveringScope(held, scope);
    if (by === undefined || coverage.some((row) => row.required === scope.source)) continue;
    coverage.push({ required: scope.source, by });
  }
  return coverage;
}

interface Alternative {
  readonly scopes: readonly string[];
  readonly missing: readonly string[];
}

function nearestAlternative(held: ScopeSet, required: CompiledRequirement): Alternative {
  if (required.kind === 'scope') {
    const covered = coveringScope(held, required) !== undefined;
    return { scopes: [required.source], missing: covered ? [] : [required.source] };
  }
  const parts = required.parts.map((part) => nearestAlternative(held, part));
  if (required.kind === 'anyOf') {
    return parts.reduce((best, other) => (other.missing.length < best.missing.length ? other : best));
  }
  return {
    scopes: distinct(parts.flatMap((part) => part.scopes)),
    missing: distinct(parts.flatMap((part) => part.missing)),
  };
}

function distinct(scopes: readonly string[]): readonly string[] {
  return [...new Set(scopes)];
}
