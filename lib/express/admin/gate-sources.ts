import type { DecisionStream } from '../../admin/decisions/decision-stream.js';
import type { GateSources, RouteSource } from '../../admin/operations/gate-sources.js';
import type { Operation } from '../../admin/operations/operation.js';
import { OPERATIONS } from '../../admin/operations.js';
import { PERMISSIONS, type Permission } from '../../admin/permissions.js';
import type { Gate } from '../../http/gate.js';
import { hasMethods, insist } from '../../options.js';

interface Sources {
  readonly decisions?: DecisionStream | undefined;
  readonly routes?: RouteSource | undefined;
  readonly health?: Gate['health'] | undefined;
}

export function parseSources(creator: string, { decisions, routes, health }: Sources): GateSources {
  const isStream = decisions === undefined || hasMethods('subscribe', 'recent')(decisions);
  insist(isStream, creator, 'decisions', 'what decisionStream() returns', decisions);
  const isReport = routes === undefined || typeof routes === 'function' || Array.isArray(routes);
  insist(isReport, creator, 'routes', 'what routeReport() returns, or a function that returns it', routes);
  insist(health === undefined || typeof health === 'function', creator, 'health', 'a function', health);
  return { decisions, routes: typeof routes === 'function' || routes === undefined ? routes : () => routes, health };
}

export function isOffered({ source }: Operation, sources: GateSources): boolean {
  return source === undefined || sources[source] !== undefined;
}

/** Those of the operations that are offered, to callers for all environments or to those for a single one. */
export function findPermissions(sources: GateSources, { isGlobal }: { isGlobal: boolean }): readonly Permission[] {
  const offered = OPERATIONS.filter((operation) => isOffered(operation, sources) && (isGlobal || !operation.global));
  const needed = new Set(offered.flatMap(({ permissions }) => permissions));
  return PERMISSIONS.filter((name) => needed.has(name));
}
