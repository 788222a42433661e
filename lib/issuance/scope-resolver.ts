import {
  ACCOUNT_AUDIENCE,
  ADMIN_SCOPES,
  CONSUMER,
  CONSUMER_ALL,
  isSharedAudience,
  MY_SCOPES,
  TAG_AUDIENCE,
} from '../scope/grammar.js';
import type { TokenRequestErrorReason } from './errors.js';
import { add, type GrantIndex } from './grant-index.js';
import type { Flow } from './grant-types.js';
import { isReserved, OFFLINE_ACCESS, OPENID } from './requested-scopes.js';
import type { RequestableResource, RequestingApplication } from './token-request.js';

/** A scope that the application may have in a token, and whom that token is for. */
export interface Entitlement {
  /** As the token carries it: without the audience in front. */
  readonly scope: string;
  /** The primary audience of the resource, or one that resources share. */
  readonly audience: string;
  /** Whose scope it is; where a grant covers it, the resource of that grant. */
  readonly resource: RequestableResource;
  /** How long a token with it lives at most, in seconds. */
  readonly lifetime: number;
}

/** Finds what requested scopes stand for, among what one application may have. */
export class ScopeResolver {
  readonly #holdings: GrantIndex;
  /** The resources of a granted scope; of the grants store, one. */
  readonly #granting = new Map<string, RequestableResource[]>();
  readonly #byAudience = new Map<string, RequestableResource[]>();
  /** The lengths of audiences, longest first. */
  readonly #lengths: readonly number[];
  readonly #tagAudience: string | undefined;
  #defining: ReadonlyMap<string, readonly RequestableResource[]> | undefined;

  constructor(holdings: GrantIndex) {
    this.#holdings = holdings;
    this.#tagAudience = tagAudienceOf(holdings.application);
    for (const resource of holdings.resources) {
      for (const name of holdings.grantedOf(resource)) add(this.#granting, name, resource);
      if (resource.type === 'CUSTOM' && resource.audience !== '') add(this.#byAudience, resource.audience, resource);
    }
    const lengths = new Set([...this.#byAudience.keys()].map(({ length }) => length));
    this.#lengths = [...lengths].sort((a, b) => b - a);
  }

  /** What one name means, compared exactly: `urn:opc:idm:__myscopes__` for itself only. */
  findOne(name: string, flow: Flow): Entitlement | TokenRequestErrorReason {
    if (name === OPENID && !flow.forUser) return 'openid_without_user';
    if (name === OPENID || name === OFFLINE_ACCESS) return this.#openid(name);
    return this.#granted(name) ?? this.#qualified(name) ?? this.#ungranted(name) ?? 'scope_not_granted';
  }

  /** What one name of a request stands for; several scopes where it stands for those that are held. */
  find(name: string, flow: Flow): readonly Entitlement[] | TokenRequestErrorReason {
    if (name === MY_SCOPES) return this.#adminScopes();
    const found = this.findOne(name, flow);
    return typeof found === 'string' ? found : [found];
  }

  /** The scopes of a request that names none: those granted of the one resource, without what has to be named. */
  byDefault(flow: Flow): readonly string[] | TokenRequestErrorReason {
    const granted = this.#holdings.resources.filter((resource) => this.#holdings.grantedOf(resource).size > 0);
    const custom = granted.filter(({ type }) => type === 'CUSTOM');
    const [resource, ...others] = custom.length > 0 ? custom : granted;
    if (resource === undefined || others.length > 0) return 'resource_not_named';
    const names = [...this.#holdings.grantedOf(resource)];
    if (names.includes(CONSUMER_ALL)) return [CONSUMER_ALL];
    const isGiven = (name: string) => (name === OPENID ? flow.forUser : !isReserved(name));
    const given = names.filter((name) => isGiven(name) && !name.startsWith(ADMIN_SCOPES));
    return given.length > 0 ? given : 'no_scope_by_default';
  }

  /** A scope of its name, or above it, is granted. */
  #granted(name: string): Entitlement | TokenRequestErrorReason | undefined {
    const by = this.#holdings.granted.coveredBy(name);
    if (by === undefined) return undefined;
    const [resource, ...others] = this.#granting.get(by) as [RequestableResource, ...RequestableResource[]];
    if (this.#isShared(name)) {
      const audience = this.#holdings.application.trustScope === 'Account' ? ACCOUNT_AUDIENCE : this.#tagAudience;
      const lifetime = others.reduce(
        (least, each) => Math.min(least, each.accessTokenValiditySeconds),
        resource.accessTokenValiditySeconds,
      );
      return audience === undefined ? 'no_allowed_tags' : { scope: name, audience, resource, lifetime };
    }
    return others.length > 0 ? 'scope_of_several_resources' : scopeOf(resource, name);
  }

  /** Whether `trustScope` makes a scope one of every resource, or of every one with a matching tag. */
  #isShared(scope: string): boolean {
    const { trustScope } = this.#holdings.application;
    if (scope.startsWith(ADMIN_SCOPES)) return trustScope === 'Account';
    return trustScope !== 'Explicit' && scope.startsWith(`${CONSUMER}:`);
  }

  /** The audience of a resource, then a scope of it: Oracle's fully qualified scope. The longest such audience is meant. */
  #qualified(name: string): Entitlement | TokenRequestErrorReason | undefined {
    for (const length of this.#lengths) {
      if (length >= name.length) continue;
      const scope = name.slice(length);
      const resources = this.#byAudience.get(name.slice(0, length)) ?? [];
      const meant = resources.filter((each) => this.#has(each, scope) || this.#holdings.definedBy(each).covers(scope));
      if (meant.length === 0) continue;
      const resource = meant.find((each) => this.#has(each, scope));
      if (resource === undefined || isReserved(scope)) return 'scope_not_granted';
      return scopeOf(resource, scope);
    }
    return undefined;
  }

  /** Exactly one resource that may be asked for without a grant defines it. */
  #ungranted(name: string): Entitlement | TokenRequestErrorReason | undefined {
    this.#defining ??= this.#resourcesByScope();
    const [resource, ...others] = (this.#defining.get(name) ?? []).filter((each) =>
      this.#holdings.mayAskFor(each, name),
    );
    if (others.length > 0) return 'scope_of_several_resources';
    return resource && scopeOf(resource, name);
  }

  #resourcesByScope(): ReadonlyMap<string, readonly RequestableResource[]> {
    const defining = new Map<string, RequestableResource[]>();
    for (const resource of this.#holdings.resources) {
      for (const name of this.#holdings.definedBy(resource)) add(defining, name, resource);
    }
    return defining;
  }

  #has(resource: RequestableResource, scope: string): boolean {
    return this.#holdings.grantedOf(resource).covers(scope) || this.#holdings.mayAskFor(resource, scope);
  }

  /** `urn:opc:idm:__myscopes__` where it is granted itself, and the other admin scopes that are, in their order. */
  #adminScopes(): readonly Entitlement[] | TokenRequestErrorReason {
    const admin = [...this.#holdings.granted].filter((name) => name !== MY_SCOPES && name.startsWith(ADMIN_SCOPES));
    const found: Entitlement[] = [];
    for (const name of [MY_SCOPES, ...admin]) {
      const entitlement = this.#granted(name);
      if (typeof entitlement === 'string') return entitlement;
      if (entitlement !== undefined) found.push(entitlement);
    }
    return found.length > 0 ? found : 'scope_not_granted';
  }

  #openid(scope: string): Entitlement | TokenRequestErrorReason {
    const resource = this.#holdings.resources.find(({ type }) => type === 'OPENID_CONNECT') ?? OPENID_RESOURCE;
    return scopeOf(resource, scope);
  }
}

/** A scope for the resource that has it, and nobody else: who answers to its audience has to be known. */
function scopeOf(resource: RequestableResource, scope: string): Entitlement | TokenRequestErrorReason {
  const { audience } = resource;
  return isSharedAudience(audience)
    ? 'audience_shared'
    : { scope, audience, resource, lifetime: resource.accessTokenValiditySeconds };
}

/** The built-in resource of every environment, for applications that are granted nothing of it. */
export const OPENID_RESOURCE = {
  id: '',
  type: 'OPENID_CONNECT',
  audience: 'openid',
  accessTokenValiditySeconds: 3600,
} as const satisfies RequestableResource;

function tagAudienceOf({ allowedTags }: RequestingApplication): string | undefined {
  if (allowedTags.length === 0) return undefined;
  const tags = allowedTags.map(({ key, value }) => ({ key, value }));
  return `${TAG_AUDIENCE}${Buffer.from(JSON.stringify({ tags })).toString('base64')}`;
}

/**
 * Whether a token of this grant type has the scope. Of the platform's own scopes (`p1:…`, self scopes, and whatever the
 * PingOne API defines), those for a user have the self scopes, the others the rest.
 */
export function suitsGrantType({ scope, resource }: Entitlement, flow: Flow): boolean {
  const isPlatform = scope.startsWith('p1:') || resource.type === 'PINGONE_API' || flow.isSelf(scope);
  return !isPlatform || flow.isSelf(scope) === flow.forUser;
}
