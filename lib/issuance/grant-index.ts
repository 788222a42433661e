import { insist, isQuantity } from '../options.js';
import { ADMIN_SCOPES, CONSUMER_ALL, isSharedAudience } from '../scope/grammar.js';
import { parseScopeModel } from '../scope/models.js';
import type { ScopeModel } from '../scope/scope-model.js';
import { type ScopeSet, scopeSet } from '../scope/scope-set.js';
import { type ActiveScope, selectActiveScopes } from './active-scopes.js';
import type { RequestableResource, ResourceTag, TokenRequest } from './token-request.js';

const EMPTY = /* @__PURE__ */ scopeSet(undefined);

type IndexedRequest = Pick<TokenRequest, 'application' | 'grants' | 'now' | 'resources' | 'scopeModel'>;

/** The scopes that one application can have in its tokens, indexed for one request. */
export class GrantIndex {
  readonly application: TokenRequest['application'];
  readonly scopeModel: ScopeModel;
  readonly resources: readonly RequestableResource[];
  /** The granted scopes of all resources that count now, in the order of the grants. */
  readonly granted: ScopeSet;
  readonly #active: readonly ActiveScope[];
  readonly #grantedByResource = new Map<string, ScopeSet>();
  readonly #definedByResource = new Map<string, ScopeSet>();
  readonly #hasAllowedTag = new Map<string, boolean>();
  readonly #holdsConsumerAll: boolean;
  #byAudience: ReadonlyMap<string, readonly RequestableResource[]> | undefined;

  /** @throws {TypeError} where the resource of a grant is missing, a resource has no lifetime, or dates have no `now` */
  constructor({ application, grants, now, resources, scopeModel: model }: IndexedRequest) {
    const scopeModel = parseScopeModel('resolveTokenRequest()', model);
    this.scopeModel = scopeModel;
    this.application = application;
    const known = new Map(resources.map((resource) => [resource.id, resource]));
    this.resources = [...known.values()];
    const namesByResource = new Map<string, string[]>();
    for (const { resourceId } of grants) {
      insist(known.has(resourceId), 'resolveTokenRequest()', 'resources', 'those of every grant', resources);
    }
    this.#active = selectActiveScopes({ grants, now });
    for (const { resourceId, name } of this.#active) addTo(namesByResource, resourceId, name);
    for (const [resourceId, names] of namesByResource)
      this.#grantedByResource.set(resourceId, scopeSet(names, scopeModel));
    for (const { accessTokenValiditySeconds: seconds } of resources) {
      const name = 'accessTokenValiditySeconds';
      insist(isQuantity(seconds, 1), 'resolveTokenRequest()', name, 'a number of seconds', seconds);
    }
    this.granted = scopeSet(
      this.#active.map(({ name }) => name),
      scopeModel,
    );
    this.#holdsConsumerAll = this.granted.firstHeld([CONSUMER_ALL]) !== undefined;
  }

  /** Gets the scopes of a resource that the application is granted. */
  getGranted({ id }: RequestableResource): ScopeSet {
    return this.#grantedByResource.get(id) ?? EMPTY;
  }

  /** Gets the scopes that a resource defines, as far as the request lists them. */
  getDefined({ id, scopes }: RequestableResource): ScopeSet {
    const defined = this.#definedByResource.get(id) ?? scopeSet(scopes, this.scopeModel);
    this.#definedByResource.set(id, defined);
    return defined;
  }

  /**
   * Whether the application can have a scope without a grant of it. With `urn:opc:resource:consumer::all` it can have the
   * scopes of every custom resource of the domain, or of those with a matching tag. IAM admin scopes always need a grant,
   * and so do scopes of a resource whose audience is shared.
   */
  canRequestUngranted(resource: RequestableResource, scope: string): boolean {
    return (
      this.#holdsConsumerAll &&
      resource.type === 'CUSTOM' &&
      !isSharedAudience(resource.audience) &&
      !scope.startsWith(ADMIN_SCOPES) &&
      this.#isTrusted(resource) &&
      this.getDefined(resource).covers(scope)
    );
  }

  /**
   * Finds when the last granted scope that covers a scope ends, milliseconds since the epoch; `Infinity` where one has no
   * end, or the scope needs no grant.
   *
   * @param resource the resource whose grants count; `undefined` for all
   */
  findEnd(scope: string, resource: RequestableResource | undefined): number {
    if (this.#active.every(({ endsAt }) => endsAt === Number.POSITIVE_INFINITY)) return Number.POSITIVE_INFINITY;
    const canReach = resource !== undefined && this.canRequestUngranted(resource, scope);
    const ends = this.#active.flatMap(({ resourceId, name, endsAt }) => {
      const isOwn = resource === undefined || resourceId === resource.id;
      const isCounted = isOwn && scopeSet([name], this.scopeModel).covers(scope);
      return isCounted || (canReach && name === CONSUMER_ALL) ? [endsAt] : [];
    });
    return ends.length === 0 ? Number.POSITIVE_INFINITY : Math.max(...ends);
  }

  /** Finds the resources with this primary or secondary audience. */
  findByAudience(audience: string): readonly RequestableResource[] {
    this.#byAudience ??= indexByAudience(this.resources);
    return this.#byAudience.get(audience) ?? [];
  }

  #isTrusted({ id, tags = [] }: RequestableResource): boolean {
    const { trustScope, allowedTags } = this.application;
    if (trustScope !== 'Tags') return trustScope === 'Account';
    const hasMatch =
      this.#hasAllowedTag.get(id) ?? allowedTags.some((allowed) => tags.some((tag) => isSameTag(allowed, tag)));
    this.#hasAllowedTag.set(id, hasMatch);
    return hasMatch;
  }
}

function indexByAudience(
  resources: readonly RequestableResource[],
): ReadonlyMap<string, readonly RequestableResource[]> {
  const found = new Map<string, RequestableResource[]>();
  for (const resource of resources) {
    const audiences = new Set([resource.audience, ...(resource.secondaryAudiences ?? [])]);
    for (const audience of audiences) addTo(found, audience, resource);
  }
  return found;
}

/** Adds a value to the list of a key. */
export function addTo<Value>(map: Map<string, Value[]>, key: string, value: Value): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, [value]);
  else values.push(value);
}

function isSameTag(one: ResourceTag, other: ResourceTag): boolean {
  return one.key === other.key && one.value === other.value;
}
