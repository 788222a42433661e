import {
  ACCOUNT_AUDIENCE,
  ADMIN_SCOPES,
  CONSUMER,
  CONSUMER_ALL,
  isSharedAudience,
  MY_SCOPES,
  TAG_AUDIENCE,
} from '../scope/grammar.js';
import { fail, type Outcome, succeed } from './errors.js';
import { addTo, type GrantIndex } from './grant-index.js';
import type { Flow } from './grant-types.js';
import type { RequestedResources } from './requested-resources.js';
import { isReserved, OFFLINE_ACCESS, OPENID } from './requested-scopes.js';
import type { RequestableResource, RequestingApplication } from './token-request.js';

/** A scope that the application can have in a token, with the audience of that token. */
export interface Entitlement {
  /** The name in the token, without the audience as a prefix. */
  readonly scope: string;
  /** The primary audience of the resource, or a shared audience. */
  readonly audience: string;
  /** The resource of the grant that covers the scope, or the resource that defines it. */
  readonly resource: RequestableResource;
  /** The longest lifetime of a token with this scope, in seconds. */
  readonly lifetime: number;
}

/** Resolves requested scope names to entitlements of one application. */
export class ScopeResolver {
  readonly #index: GrantIndex;
  /** The resources in which a scope is granted. */
  readonly #granting = new Map<string, RequestableResource[]>();
  readonly #byAudience = new Map<string, RequestableResource[]>();
  /** The lengths of audiences, longest first. */
  readonly #audienceLengths: readonly number[];
  readonly #tagAudience: string | undefined;
  #defining: ReadonlyMap<string, readonly RequestableResource[]> | undefined;

  readonly #requested: RequestedResources;
  readonly #preferred: ReadonlySet<string> | undefined;

  /**
   * @param requested the audiences of `resource`; `undefined` for any
   * @param consented the audiences that the user consented to, with those of `resource` among them; `undefined` for any
   */
  constructor(index: GrantIndex, requested: RequestedResources, consented: ReadonlySet<string> | undefined) {
    this.#index = index;
    this.#requested = requested;
    this.#preferred = requested ?? consented;
    this.#tagAudience = formatTagAudience(index.application);
    for (const resource of index.resources) {
      for (const name of index.getGranted(resource)) addTo(this.#granting, name, resource);
      if (resource.type === 'CUSTOM' && resource.audience !== '') addTo(this.#byAudience, resource.audience, resource);
    }
    const lengths = new Set([...this.#byAudience.keys()].map(({ length }) => length));
    this.#audienceLengths = [...lengths].sort((a, b) => b - a);
  }

  /** Finds the entitlement for one name, compared exactly; `urn:opc:idm:__myscopes__` stands for itself only. */
  findOne(name: string, flow: Flow): Outcome<Entitlement> {
    if (name === OPENID && !flow.isForUser) return fail('openid_without_user');
    if (name === OPENID || name === OFFLINE_ACCESS) return this.#findOpenid(name);
    const found = this.#findGranted(name) ?? this.#findQualified(name);
    if (found === undefined) return this.#findUngranted(name) ?? fail('scope_not_granted');
    if (found.ok && this.isRequested(found.value)) return found;
    const ungranted = this.#findUngranted(name);
    return ungranted?.ok && this.isRequested(ungranted.value) ? ungranted : found;
  }

  /** Whether the token may have the scope: any where no resource is requested, and those of OpenID Connect beside others. */
  isRequested({ audience, resource }: Entitlement): boolean {
    return this.#requested === undefined || this.#requested.has(audience) || resource.type === 'OPENID_CONNECT';
  }

  /** Finds the entitlements for one name of a request: several where `urn:opc:idm:__myscopes__` stands for them. */
  find(name: string, flow: Flow): Outcome<readonly Entitlement[]> {
    if (name === MY_SCOPES) return this.#findAdminScopes();
    const found = this.findOne(name, flow);
    return found.ok ? succeed([found.value]) : found;
  }

  /** Lists the scopes of a request that names none: the grants of the one resource, without scopes that must be named. */
  listDefaults(flow: Flow): Outcome<readonly string[]> {
    const candidates = this.#listDefaultResources();
    if (candidates.length !== 1 && this.#requested === undefined) return fail('resource_not_named');
    const names = [...new Set(candidates.flatMap((resource) => [...this.#index.getGranted(resource)]))];
    if (names.length === 0) return fail('resource_not_granted');
    if (names.includes(CONSUMER_ALL)) return succeed([CONSUMER_ALL]);
    const isDefault = (name: string) => (name === OPENID ? flow.isForUser : !isReserved(name));
    const defaults = names.filter((name) => isDefault(name) && !name.startsWith(ADMIN_SCOPES));
    return defaults.length > 0 ? succeed(defaults) : fail('no_scope_by_default');
  }

  /** The requested resources, or all custom ones, or all: of these those that have granted scopes. */
  #listDefaultResources(): readonly RequestableResource[] {
    const granted = this.#index.resources.filter((resource) => this.#index.getGranted(resource).size > 0);
    const requested = this.#requested;
    if (requested !== undefined) return granted.filter(({ audience }) => requested.has(audience));
    const custom = granted.filter(({ type }) => type === 'CUSTOM');
    return custom.length > 0 ? custom : granted;
  }

  /** Finds a scope that a granted scope covers. */
  #findGranted(name: string): Outcome<Entitlement> | undefined {
    const by = this.#index.granted.coveredBy(name);
    if (by === undefined) return undefined;
    const granting = this.#granting.get(by) as [RequestableResource, ...RequestableResource[]];
    const [resource, ...others] = this.#isShared(name) ? granting : this.#prefer(name, granting);
    if (this.#isShared(name)) {
      const audience = this.#index.application.trustScope === 'Account' ? ACCOUNT_AUDIENCE : this.#tagAudience;
      const lifetime = others.reduce(
        (least, each) => Math.min(least, each.accessTokenValiditySeconds),
        resource.accessTokenValiditySeconds,
      );
      return audience === undefined ? fail('no_allowed_tags') : succeed({ scope: name, audience, resource, lifetime });
    }
    return others.length > 0 ? fail('scope_of_several_resources') : entitle(resource, name);
  }

  /** The requested or consented resources that grant the scope, even by a broader one; `granting` where there are none. */
  #prefer(
    name: string,
    granting: readonly [RequestableResource, ...RequestableResource[]],
  ): readonly [RequestableResource, ...RequestableResource[]] {
    const preferred = this.#preferred;
    if (preferred === undefined) return granting;
    const [first, ...others] = this.#index.resources.filter(
      (each) => preferred.has(each.audience) && this.#index.getGranted(each).covers(name),
    );
    if (first !== undefined) return [first, ...others];
    return this.#requested === undefined ? granting : [granting[0]]; // which is left out of the token
  }

  /** Whether `trustScope` makes a scope valid at every resource, or at every one with a matching tag, as far as requested. */
  #isShared(scope: string): boolean {
    const { trustScope } = this.#index.application;
    if (this.#requested !== undefined && ![...this.#requested].some(isSharedAudience)) return false;
    if (scope.startsWith(ADMIN_SCOPES)) return trustScope === 'Account';
    return trustScope !== 'Explicit' && scope.startsWith(`${CONSUMER}:`);
  }

  /** Finds Oracle's fully qualified scope: an audience followed by a scope of its resource. The longest audience wins. */
  #findQualified(name: string): Outcome<Entitlement> | undefined {
    for (const length of this.#audienceLengths) {
      if (length >= name.length) continue;
      const scope = name.slice(length);
      const resources = this.#byAudience.get(name.slice(0, length)) ?? [];
      const candidates = resources.filter(
        (each) => this.#canHave(each, scope) || this.#index.getDefined(each).covers(scope),
      );
      if (candidates.length === 0) continue;
      const resource = candidates.find((each) => this.#canHave(each, scope));
      if (resource === undefined || isReserved(scope)) return fail('scope_not_granted');
      return entitle(resource, scope);
    }
    return undefined;
  }

  /** Finds a scope that exactly one resource defines among those that can be requested without a grant. */
  #findUngranted(name: string): Outcome<Entitlement> | undefined {
    this.#defining ??= this.#indexByScope();
    const all = (this.#defining.get(name) ?? []).filter((each) => this.#index.canRequestUngranted(each, name));
    const preferred = all.filter(({ audience }) => this.#preferred?.has(audience));
    const [resource, ...others] = preferred.length > 0 || this.#requested !== undefined ? preferred : all;
    if (others.length > 0) return fail('scope_of_several_resources');
    return resource && entitle(resource, name);
  }

  #indexByScope(): ReadonlyMap<string, readonly RequestableResource[]> {
    const defining = new Map<string, RequestableResource[]>();
    for (const resource of this.#index.resources) {
      for (const name of this.#index.getDefined(resource)) addTo(defining, name, resource);
    }
    return defining;
  }

  #canHave(resource: RequestableResource, scope: string): boolean {
    return this.#index.getGranted(resource).covers(scope) || this.#index.canRequestUngranted(resource, scope);
  }

  /** Finds the granted admin scopes: `urn:opc:idm:__myscopes__` first, then the others in the order of the grants. */
  #findAdminScopes(): Outcome<readonly Entitlement[]> {
    const admin = [...this.#index.granted].filter((name) => name !== MY_SCOPES && name.startsWith(ADMIN_SCOPES));
    const found: Entitlement[] = [];
    for (const name of [MY_SCOPES, ...admin]) {
      const entitlement = this.#findGranted(name);
      if (entitlement === undefined) continue;
      if (!entitlement.ok) return entitlement;
      found.push(entitlement.value);
    }
    return found.length > 0 ? succeed(found) : fail('scope_not_granted');
  }

  #findOpenid(scope: string): Outcome<Entitlement> {
    const resource = this.#index.resources.find(({ type }) => type === 'OPENID_CONNECT') ?? OPENID_RESOURCE;
    return entitle(resource, scope);
  }
}

/** Entitles to a scope of one resource. The resource needs an audience of its own, or others would accept the token. */
function entitle(resource: RequestableResource, scope: string): Outcome<Entitlement> {
  const { audience } = resource;
  return isSharedAudience(audience)
    ? fail('audience_shared')
    : succeed({ scope, audience, resource, lifetime: resource.accessTokenValiditySeconds });
}

/** The built-in resource of every environment, for applications without a grant of it. */
export const OPENID_RESOURCE = {
  id: '',
  type: 'OPENID_CONNECT',
  audience: 'openid',
  accessTokenValiditySeconds: 3600,
} as const satisfies RequestableResource;

function formatTagAudience({ allowedTags }: RequestingApplication): string | undefined {
  if (allowedTags.length === 0) return undefined;
  const tags = allowedTags.map(({ key, value }) => ({ key, value }));
  return `${TAG_AUDIENCE}${Buffer.from(JSON.stringify({ tags })).toString('base64')}`;
}

/**
 * Whether a token of this grant type can have the scope. Of the platform's own scopes (`p1:…`, self scopes and those of the
 * PingOne API), tokens for a user have the self scopes only, and other tokens have the rest.
 */
export function suitsGrantType({ scope, resource }: Entitlement, flow: Flow): boolean {
  const isPlatform = scope.startsWith('p1:') || resource.type === 'PINGONE_API' || flow.isSelfScope(scope);
  return !isPlatform || flow.isSelfScope(scope) === flow.isForUser;
}
