import type { ApplicationStatus, StatusGrant } from '../grants/store.js';
import { GenerationalCache } from '../lru.js';
import {
  ACCOUNT_AUDIENCE,
  ADMIN_SCOPES,
  CONSUMER,
  CONSUMER_ALL,
  isSharedAudience,
  TAG_AUDIENCE,
} from '../scope/grammar.js';
import { type ScopeSet, scopeSet } from '../scope/scope-set.js';
import { parseTagAudience, toComparableTag } from '../scope/tag-audience.js';
import type { IssuedToken } from './issued-token.js';

/** What of a status decides which scopes count for which audience. */
export type GrantedStatus = Pick<ApplicationStatus, 'grants' | 'trustScope' | 'allowedTags' | 'reachable'>;

/**
 * The scopes that an application is granted, by the audience of a token.
 *
 * - The audience of a resource, primary or secondary: what is granted of that resource; the scopes that the trust scope
 *   makes valid there (`Account`: hierarchical and admin scopes, `Tags`: hierarchical scopes, where the resource has an
 *   allowed tag); with `urn:opc:resource:consumer::all`, what a resource in reach defines; scopes for every audience.
 * - The account: everything, with the trust scope `Account`. Tags: everything but admin scopes, with the trust scope `Tags`,
 *   where all tags of the token are allowed.
 * - No audience: everything. A verifier that accepts such tokens does not go by audiences.
 */
export class GrantedScopes {
  readonly #all: ScopeSet;
  readonly #account: ScopeSet;
  readonly #tagged: ScopeSet;
  /** `undefined`: every tag is allowed. */
  readonly #allowedTags: ReadonlySet<string> | undefined;
  readonly #byAudience: ReadonlyMap<string, ScopeSet>;
  /** At an audience that is not listed. */
  readonly #elsewhere: ScopeSet;
  /** The audiences of each resource that has several. */
  readonly #groups: readonly ReadonlySet<string>[];

  constructor(status: GrantedStatus) {
    const { grants, trustScope, allowedTags = [] } = status;
    const names = grants.map(({ scope }) => scope);
    this.#all = scopeSet(names);
    this.#account = isTrusted(trustScope, 'Account') ? this.#all : EMPTY;
    this.#tagged = isTrusted(trustScope, 'Tags') ? scopeSet(names.filter((name) => !isAdminScope(name))) : EMPTY;
    this.#allowedTags = trustScope === undefined ? undefined : new Set(allowedTags.map(toComparableTag));
    const everywhere = listEverywhere(status);
    this.#elsewhere = scopeSet(everywhere);
    const byAudience = groupByAudience(status);
    this.#byAudience = new Map([...byAudience].map(([audience, own]) => [audience, scopeSet([...own, ...everywhere])]));
    this.#groups = grants.flatMap(({ audience, secondaryAudiences = [] }) =>
      secondaryAudiences.length > 0 ? [new Set([audience, ...secondaryAudiences])] : [],
    );
  }

  get isEmpty(): boolean {
    return this.#all.size === 0;
  }

  /**
   * Selects what counts for a token. A token for several resources does not say which scope is for which: it counts only
   * while each of its scopes is granted for one of them.
   */
  select({ payload: { aud }, scopes }: IssuedToken): ScopeSet {
    if (typeof aud === 'string') return this.#selectOne(aud);
    if (!Array.isArray(aud)) return aud === undefined ? this.#all : EMPTY;
    const audiences = aud.filter((each): each is string => typeof each === 'string');
    const [first, ...others] = audiences;
    if (first === undefined) return EMPTY;
    if (others.length === 0) return this.#selectOne(first);
    const sets = new Set(audiences.map((audience) => this.#selectOne(audience))); // many audiences share one
    const names = [...sets].flatMap((set) => [...set]);
    const granted = scopeSet(names, scopes.model); // the model of the gate
    if (this.#groups.some((group) => audiences.every((audience) => group.has(audience)))) return granted;
    return [...scopes].every((scope) => needsNoGrant(scope) || granted.covers(scope)) ? granted : EMPTY;
  }

  #selectOne(audience: string): ScopeSet {
    const own = this.#byAudience.get(audience);
    if (own !== undefined) return own;
    if (audience === ACCOUNT_AUDIENCE) return this.#account;
    return audience.startsWith(TAG_AUDIENCE) ? this.#selectTagged(audience) : this.#elsewhere;
  }

  #selectTagged(audience: string): ScopeSet {
    const allowed = this.#allowedTags;
    const tags = parseTagAudience(audience);
    const isAllowed = tags.length > 0 && tags.every((tag) => allowed?.has(toComparableTag(tag)) ?? true);
    return isAllowed ? this.#tagged : EMPTY;
  }
}

const EMPTY = /* @__PURE__ */ scopeSet(undefined);

type TrustScope = NonNullable<ApplicationStatus['trustScope']>;

/** A source that says nothing of trust scopes leaves them to the token. */
function isTrusted(actual: TrustScope | undefined, needed: TrustScope): boolean {
  return actual === undefined || actual === needed;
}

/** Lists what counts at every resource, whatever its audience. */
function listEverywhere({ grants, trustScope }: GrantedStatus): string[] {
  const isEverywhere = ({ scope, isForEveryAudience }: StatusGrant) =>
    isForEveryAudience === true || (trustScope === 'Account' && (isHierarchical(scope) || isAdminScope(scope)));
  return grants.filter(isEverywhere).map(({ scope }) => scope);
}

/** Collects what counts at the audiences of each resource: its grants, and what the trust scope reaches. */
function groupByAudience({ grants, trustScope, reachable = [] }: GrantedStatus): Map<string, string[]> {
  const found = new Map<string, string[]>();
  const add = (audiences: readonly string[], scopes: readonly string[]) => {
    for (const audience of audiences) {
      if (!isSharedAudience(audience)) found.set(audience, [...(found.get(audience) ?? []), ...scopes]);
    }
  };
  for (const { audience, secondaryAudiences = [], scope } of grants) add([audience, ...secondaryAudiences], [scope]);
  if (trustScope !== 'Account' && trustScope !== 'Tags') return found;
  const names = grants.map(({ scope }) => scope);
  const tagged = trustScope === 'Tags' ? names.filter(isHierarchical) : [];
  const reachesAll = names.includes(CONSUMER_ALL);
  for (const { audiences, scopes } of reachable) {
    const [primary = ''] = audiences;
    const isRequestable = reachesAll && !isSharedAudience(primary);
    add(audiences, [...tagged, ...(isRequestable ? scopes.filter((scope) => !isAdminScope(scope)) : [])]);
  }
  return found;
}

function isHierarchical(scope: string): boolean {
  return scope.startsWith(`${CONSUMER}:`);
}

function isAdminScope(scope: string): boolean {
  return scope.startsWith(ADMIN_SCOPES);
}

/** Whether the authorization server adds the scope to a token without a grant of it. */
function needsNoGrant(scope: string): boolean {
  return scope === 'openid' || scope === 'offline_access';
}

/** Up to which length a description of grants is shared, in characters, and how many are kept. */
const SHARED_LENGTH = 2048;
const SHARED_OBJECTS = 1000;

/** Compiles what is granted. Many applications are granted the same, and share one object then. */
export function internGrantedScopes(): (status: GrantedStatus) => GrantedScopes {
  const known = new GenerationalCache<string, GrantedScopes>(SHARED_OBJECTS);
  return (status) => {
    const { grants, trustScope, allowedTags, reachable } = status;
    const scopes = grants.map((each) => [each.audience, each.secondaryAudiences, each.scope, each.isForEveryAudience]);
    const text = JSON.stringify([trustScope, allowedTags, reachable, scopes]);
    if (text.length > SHARED_LENGTH) return new GrantedScopes(status);
    const found = known.get(text) ?? new GrantedScopes(status);
    known.set(text, found);
    return found;
  };
}
