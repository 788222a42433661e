import { decide } from '../decision/decide.js';
import { listAlternatives } from '../routes/alternatives.js';
import type { RouteDetails } from '../routes/route-report.js';
import { hierarchicalToken, isScopeToken, parseScope } from '../scope/grammar.js';
import type { Requirement } from '../scope/requirement.js';
import type { CheckedScopeModel } from '../scope/scope-model.js';
import { scopeSet } from '../scope/scope-set.js';

/** One request to a route. */
export interface Probe {
  readonly name:
    | 'no token'
    | 'expired token'
    | 'no scope'
    | 'exact scope'
    | 'scope above'
    | 'sibling'
    | 'other qualifier';
  /** The scopes of the token; `undefined` for a request without one. */
  readonly scopes: readonly string[] | undefined;
  readonly expected: 'pass' | 'refuse';
}

/**
 * The requests that tell a route from one with another requirement.
 *
 * @param required what the route should require
 */
export function listProbes(
  { row, scopeModel }: RouteDetails,
  required: Requirement | undefined,
  isReportOnly: boolean,
): Probe[] {
  const access = required === undefined ? row.access : 'scoped';
  const needsToken = access === 'scoped' || access === 'authenticated';
  const expect = (isPass: boolean) => (isPass ? 'pass' : 'refuse');
  const probes: Probe[] = [
    { name: 'no token', scopes: undefined, expected: expect(!needsToken) },
    {
      name: 'expired token',
      scopes: required === undefined ? [] : firstOf(required),
      expected: expect(!needsToken && access !== 'optional'),
    },
  ];
  if (required === undefined) return [...probes, { name: 'no scope', scopes: [], expected: 'pass' }];
  const isPermitted = (scopes: readonly string[]) =>
    isReportOnly || decide({ held: scopeSet(scopes), required, scopeModel }).effect === 'permit';
  const sent = new Set<string>();
  for (const [name, scopes] of listTokens(required, scopeModel)) {
    const key = [...scopes].sort().join(' ');
    if (sent.has(key)) continue;
    sent.add(key);
    probes.push({ name, scopes, expected: expect(isPermitted(scopes)) });
  }
  return probes;
}

function firstOf(required: Requirement): readonly string[] {
  return listAlternatives(required)[0] ?? [];
}

/** Of each alternative: its scopes, and for each scope the tokens that have a neighbour of it instead. */
function* listTokens(
  required: Requirement,
  model: CheckedScopeModel,
): Generator<readonly [Probe['name'], readonly string[]]> {
  yield ['no scope', []];
  for (const scopes of listAlternatives(required)) {
    yield ['exact scope', scopes];
    for (const [at, scope] of scopes.entries()) {
      const others = scopes.filter((_, other) => other !== at);
      if (others.length > 0) yield ['no scope', others];
      for (const [name, neighbour] of listNeighbours(scope, model)) yield [name, [...others, neighbour]];
    }
  }
}

function* listNeighbours(scope: string, model: CheckedScopeModel): Generator<readonly [Probe['name'], string]> {
  const [, nearest, ...others] = model.coveringScopes(scope);
  if (nearest !== undefined) yield ['scope above', nearest];
  const root = others.at(-1);
  if (root !== undefined) yield ['scope above', root];
  yield ['sibling', findSibling(scope)];
  const other = findOtherQualifier(scope);
  if (other !== undefined) yield ['other qualifier', other];
}

/** A scope beside it that no application defines: `…:orders::read` has `…:orders-sibling::read`. */
function findSibling(scope: string): string {
  const parsed = parseScope(scope);
  if (!parsed.hierarchical || parsed.segments.length === 0) return scope.replace(/^([^:./]+)/, '$1-sibling');
  const last = `${parsed.segments.at(-1)}-sibling`;
  return hierarchicalToken([...parsed.segments.slice(0, -1), last], parsed.qualifier);
}

/** `…::read` has `…::write`, and `orders:read` has `orders:write`. */
function findOtherQualifier(scope: string): string | undefined {
  const [, head, last] = /^(.*[:./])([^:./]+)$/.exec(scope) ?? [];
  if (head === undefined) return undefined;
  const other = `${head}${last === 'read' ? 'write' : 'read'}`;
  return isScopeToken(other) ? other : undefined;
}
