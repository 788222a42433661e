import { decideCompiled } from '../decision/decide.js';
import type { ApplicationStatus, StatusGrant } from '../grants/store.js';
import { selectActiveGrants } from '../live/active-grants.js';
import { GrantedScopes } from '../live/granted-scopes.js';
import type { IssuedToken } from '../live/issued-token.js';
import { isSharedAudience } from '../scope/grammar.js';
import { intersection } from '../scope/intersection.js';
import { type CompiledRequirement, satisfies } from '../scope/requirement.js';
import { type ScopeSet, scopeSet } from '../scope/scope-set.js';

/** What would count for a token if its application were granted more, by the rules of live grants themselves. */
export class GrantTrial {
  readonly #status: ApplicationStatus;
  readonly #token: IssuedToken;
  readonly #active: readonly StatusGrant[];

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

  /** Whether a grant with these scopes makes one of them cover `scope`. */
  wouldCover(grants: readonly StatusGrant[], scope: string): boolean {
    const { model } = this.#token.scopes;
    const held = scopeSet([scope], model);
    return intersection(held, this.select(grants, held)).covers(scope);
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
