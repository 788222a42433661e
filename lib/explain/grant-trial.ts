import { decideCompiled } from '../decision/decide.js';
import type { ApplicationStatus, StatusGrant } from '../grants/store.js';
import { selectActiveGrants } from '../live/active-grants.js';
import { GrantedScopes } from '../live/granted-scopes.js';
import type { IssuedToken } from '../live/issued-token.js';
import { CONSUMER_ALL, isSharedAudience } from '../scope/grammar.js';
import { intersection } from '../scope/intersection.js';
import { type CompiledRequirement, satisfies } from '../scope/requirement.js';
import { getScopeModel, type ScopeSet, scopeSet } from '../scope/scope-set.js';

/** What would count for a token if its application were granted more, by the rules of live grants themselves. */
export class GrantTrial {
  readonly #status: ApplicationStatus;
  readonly #token: IssuedToken;
  readonly #active: readonly StatusGrant[];
  /** By scope: what covers it. */
  readonly #covering = new Map<string, ReadonlySet<string>>();

  /** @param now milliseconds since the epoch */
  constructor(status: ApplicationStatus, token: IssuedToken, now: number) {
    this.#status = status;
    this.#token = token;
    this.#active = selectActiveGrants(status.grants, now).grants;
  }

  /** What the application is granted for the audience of a token with these scopes. */
  select(more: readonly StatusGrant[] = [], scopes: ScopeSet = this.#token.scopes): ScopeSet {
    const { payload } = this.#token;
    return new GrantedScopes({ ...this.#status, grants: [...this.#active, ...more] }).select({ payload, scopes });
  }

  /** Whether a grant alone makes `scope` count, which nothing that is granted covers. */
  wouldCover(grant: StatusGrant, scope: string): boolean {
    const { payload, scopes } = this.#token;
    const held = scopeSet([scope], scopes.model);
    const granted = new GrantedScopes({ ...this.#status, grants: [grant] }).select({ payload, scopes: held });
    return intersection(held, granted).covers(scope);
  }

  /** Whether a grant of the scope `name` may do so, at some audience. Quick: a history has thousands of others. */
  mayCover(name: string, scope: string): boolean {
    if (name === CONSUMER_ALL) return true; // it opens what a resource in reach defines
    const covering = this.#covering.get(scope) ?? new Set(getScopeModel(this.#token.scopes).coveringScopes(scope));
    this.#covering.set(scope, covering);
    return covering.has(name);
  }

  /**
   * The fewest scopes with which the application may have a token that satisfies `required`; none where it may already.
   * `undefined` where no grant helps: a token for another audience, a trust scope that opens no such resource.
   *
   * @param isUsable whether a scope counts for this request
   */
  findMissing(required: CompiledRequirement, isUsable: (scope: string) => boolean): FoundGrant | undefined {
    // A token for several resources counts while all of its scopes are granted: a new one need not hold the same.
    const granted = scopeSet([...this.select([], scopeSet(undefined))].filter(isUsable));
    const decision = decideCompiled(granted, required);
    if (decision.effect === 'permit') return { scopes: [], requested: [] };
    const { missing, sufficient: requested } = decision;
    const token = scopeSet(requested, this.#token.scopes.model);
    const audience = this.findAudience();
    const isEnough = (scopes: readonly string[]) => {
      const more = scopes.map((scope) => ({ audience, scope }));
      return satisfies(intersection(token, this.select(more, token)), required);
    };
    if (!missing.every(isUsable) || !isEnough(missing)) return undefined;
    // Of the missing scopes one may cover another.
    const scopes = missing.reduce((left, scope) => {
      const others = left.filter((each) => each !== scope);
      return isEnough(others) ? others : left;
    }, missing);
    return { scopes, requested };
  }

  /** The audience of the resource that the token is for; any where it is for many. */
  findAudience(): string {
    const { aud } = this.#token.payload;
    const audiences = (Array.isArray(aud) ? aud : [aud]).filter((each) => typeof each === 'string');
    return audiences.find((each) => !isSharedAudience(each)) ?? '';
  }
}

interface FoundGrant {
  /** To be granted. */
  readonly scopes: readonly string[];
  /** To be requested then. */
  readonly requested: readonly string[];
}
