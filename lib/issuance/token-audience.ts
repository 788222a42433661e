import { ADMIN_SCOPES, CONSUMER, isSharedAudience, MAX_AUDIENCES } from '../scope/grammar.js';
import { scopeSet } from '../scope/scope-set.js';
import { fail, type Outcome, succeed } from './errors.js';
import type { GrantIndex } from './grant-index.js';
import type { RequestedResources } from './requested-resources.js';
import type { Entitlement } from './scope-resolver.js';
import type { RequestableResource } from './token-request.js';

/** The resources of the lowest rank set the audience: built-in resources count only where there are no others. */
const RANKS: Readonly<Record<RequestableResource['type'], number>> = { CUSTOM: 0, PINGONE_API: 1, OPENID_CONNECT: 2 };

function getRank({ audience, resource }: Entitlement): number {
  return isSharedAudience(audience) ? RANKS.CUSTOM : RANKS[resource.type];
}

/**
 * Resolves the audiences of a token with these scopes, primary audiences first.
 *
 * @param requested the audiences of `resource`, `undefined` for any
 * @param consented the audiences that the user consented to; `undefined` for any
 */
export function resolveAudiences(
  entitlements: readonly Entitlement[],
  index: GrantIndex,
  requested: RequestedResources,
  consented: ReadonlySet<string> | undefined,
): Outcome<readonly [string, ...string[]]> {
  // Scopes of OpenID Connect come along with those of a requested resource, and their audience does not.
  const candidates = entitlements.filter(({ audience }) => requested?.has(audience) ?? true);
  if (candidates.length === 0) return fail('resource_not_granted');
  const rank = candidates.reduce((least, each) => Math.min(least, getRank(each)), Number.POSITIVE_INFINITY);
  const carriers = candidates.filter((each) => getRank(each) === rank);
  const primary = new Set(carriers.map(({ audience }) => audience));
  const isConsented = (audience: string) => consented?.has(audience) ?? true;
  if (![...primary].every(isConsented)) return fail('audience_not_consented');
  const isShared = [...primary].some(isSharedAudience);
  const allowsMultiple = index.application.requestScopesForMultipleResourcesEnabled === true;
  if (primary.size > 1 && (!allowsMultiple || isShared)) return fail('multiple_resources');
  const secondary = isShared ? [] : listSecondaryAudiences(carriers).filter(isConsented);
  const audiences = [...new Set([...primary, ...secondary])] as [string, ...string[]];
  if (audiences.length > MAX_AUDIENCES) return fail('too_many_audiences');
  const isClash = audiences.some((audience) => wouldOverGrant(entitlements, audience, index));
  return isClash ? fail('scope_clash') : succeed(audiences);
}

/** Without shared audiences: only the trust scope of the application gives those. */
function listSecondaryAudiences(carriers: readonly Entitlement[]): readonly string[] {
  const resources = new Set(carriers.map(({ resource }) => resource));
  const secondary = [...resources].flatMap(({ secondaryAudiences = [] }) => secondaryAudiences);
  return secondary.filter((audience) => !isSharedAudience(audience));
}

/**
 * Whether a token with these scopes would give access at `audience` that the application is not granted there.
 *
 * A token lists scopes and audiences, but not which scope belongs to which audience. So a scope of one resource is a clash
 * where another resource in the audience defines it too and the application is not granted it there. Scopes under
 * `urn:opc:resource:consumer` and admin scopes are valid at every resource, so they must be granted at every resource.
 */
function wouldOverGrant(entitlements: readonly Entitlement[], audience: string, index: GrantIndex): boolean {
  const isShared = isSharedAudience(audience);
  const answering = new Set(index.findByAudience(audience));
  const belongs = (each: Entitlement) => each.audience === audience || (!isShared && answering.has(each.resource));
  const others = entitlements.filter((each) => !belongs(each));
  if (others.length === 0) return false;
  // The server of any custom resource may accept tokens for the account or for a tag.
  const canAnswer = index.resources.filter(({ type }) => isShared && type === 'CUSTOM');
  const there = [...new Set([...answering, ...canAnswer])];
  const names = there.map((each) => partitionNames(each, index));
  const allowed = scopeSet(isShared ? [] : names.flatMap((each) => each.allowed), index.scopeModel);
  const withheld = scopeSet(
    names.flatMap((each) => each.withheld),
    index.scopeModel,
  );
  return others.some(({ scope }) => !allowed.covers(scope) && (isGlobalScope(scope) || withheld.covers(scope)));
}

/** The scopes of a resource that the application can have, and those that it cannot. */
function partitionNames(resource: RequestableResource, index: GrantIndex) {
  const granted = index.getGranted(resource);
  const isAllowed = (name: string) => granted.covers(name) || index.canRequestUngranted(resource, name);
  const defined = [...index.getDefined(resource)];
  return { allowed: [...granted, ...defined.filter(isAllowed)], withheld: defined.filter((name) => !isAllowed(name)) };
}

function isGlobalScope(scope: string): boolean {
  return scope.startsWith(`${CONSUMER}:`) || scope.startsWith(ADMIN_SCOPES);
}
