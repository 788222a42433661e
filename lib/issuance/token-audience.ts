import { ADMIN_SCOPES, CONSUMER, isSharedAudience, MAX_AUDIENCES } from '../scope/grammar.js';
import { scopeSet } from '../scope/scope-set.js';
import type { TokenRequestErrorReason } from './errors.js';
import type { GrantIndex } from './grant-index.js';
import type { Entitlement } from './scope-resolver.js';
import type { RequestableResource } from './token-request.js';

/** Whose audience a token has: the built-in resources only count where there is nothing else. */
const RANKS: Readonly<Record<RequestableResource['type'], number>> = { CUSTOM: 0, PINGONE_API: 1, OPENID_CONNECT: 2 };

function rankOf({ audience, resource }: Entitlement): number {
  return isSharedAudience(audience) ? RANKS.CUSTOM : RANKS[resource.type];
}

/** The audiences of a token with these scopes, first the primary ones. */
export function resolveAudiences(
  entitlements: readonly Entitlement[],
  holdings: GrantIndex,
): readonly [string, ...string[]] | TokenRequestErrorReason {
  const rank = entitlements.reduce((least, each) => Math.min(least, rankOf(each)), Number.POSITIVE_INFINITY);
  const carriers = entitlements.filter((each) => rankOf(each) === rank);
  const primary = new Set(carriers.map(({ audience }) => audience));
  const isShared = [...primary].some(isSharedAudience);
  const mayBeSeveral = holdings.application.requestScopesForMultipleResourcesEnabled === true;
  if (primary.size > 1 && (!mayBeSeveral || isShared)) return 'multiple_resources';
  const secondary = isShared ? [] : secondaryAudiences(carriers);
  const audiences = [...new Set([...primary, ...secondary])] as [string, ...string[]];
  if (audiences.length > MAX_AUDIENCES) return 'too_many_audiences';
  return audiences.some((audience) => wouldOverGrant(entitlements, audience, holdings)) ? 'scope_clash' : audiences;
}

/** A shared audience is the trust scope's to give, not a resource's. */
function secondaryAudiences(carriers: readonly Entitlement[]): readonly string[] {
  const resources = new Set(carriers.map(({ resource }) => resource));
  const secondary = [...resources].flatMap(({ secondaryAudiences = [] }) => secondaryAudiences);
  return secondary.filter((audience) => !isSharedAudience(audience));
}

/**
 * A token says which scopes it has and whom it is for, not which scope is for whom. So a scope of one resource must not
 * be one that another resource in the audience defines too and the application is not granted there. Those under
 * `urn:opc:resource:consumer` and the admin scopes mean something everywhere, so they must be granted everywhere.
 */
function wouldOverGrant(entitlements: readonly Entitlement[], audience: string, holdings: GrantIndex): boolean {
  const isShared = isSharedAudience(audience);
  const answering = new Set(holdings.answeringTo(audience));
  const isFor = (each: Entitlement) => each.audience === audience || (!isShared && answering.has(each.resource));
  const strangers = entitlements.filter((each) => !isFor(each));
  if (strangers.length === 0) return false;
  // The server of any custom resource may take the tokens for the account, or for a tag.
  const mayAnswer = holdings.resources.filter(({ type }) => isShared && type === 'CUSTOM');
  const there = [...new Set([...answering, ...mayAnswer])];
  const names = there.map((each) => namesAt(each, holdings));
  const held = scopeSet(isShared ? [] : names.flatMap(({ had }) => had));
  const withheld = scopeSet(names.flatMap(({ others }) => others));
  return strangers.some(({ scope }) => !held.covers(scope) && (isGlobalScope(scope) || withheld.covers(scope)));
}

/** The names that a resource defines or grants: those that the application may have of it, and the others. */
function namesAt(resource: RequestableResource, holdings: GrantIndex) {
  const granted = holdings.grantedOf(resource);
  const isHad = (name: string) => granted.covers(name) || holdings.mayAskFor(resource, name);
  const defined = [...holdings.definedBy(resource)];
  return { had: [...granted, ...defined.filter(isHad)], others: defined.filter((name) => !isHad(name)) };
}

function isGlobalScope(scope: string): boolean {
  return scope.startsWith(`${CONSUMER}:`) || scope.startsWith(ADMIN_SCOPES);
}
