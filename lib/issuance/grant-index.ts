import { insist, isQuantity } from '../options.js';
import { ADMIN_SCOPES, CONSUMER_ALL, isSharedAudience } from '../scope/grammar.js';
import { type ScopeSet, scopeSet } from '../scope/scope-set.js';
import type { RequestableResource, ResourceTag, TokenRequest } from './token-request.js';

const NOTHING = scopeSet(undefined);

/** What one application may have in its tokens, compiled for the look-ups of one request. */
export class GrantIndex {
  readonly application: TokenRequest['application'];
  readonly resources: readonly RequestableResource[];
  /** Every granted scope, whatever its resource, in the order of the grants. */
  readonly granted: ScopeSet;
  readonly #grantedOf = new Map<string, ScopeSet>();
  readonly #definedBy = new Map<string, ScopeSet>();
  readonly #trusted = new Map<string, boolean>();
  readonly #allResources: boolean;
  #byAudience: ReadonlyMap<string, readonly RequestableResource[]> | undefined;

  /** @throws {TypeError} where a grant is for a resource that is not there, or a resource has no lifetime */
  constructor({ application, grants, resources }: Pick<TokenRequest, 'application' | 'grants' | 'resources'>) {
    this.application = application;
    const known = new Map(resources.map((resource) => [resource.id, resource]));
    this.resources = [...known.values()];
    const namesOf = new Map<string, string[]>();
    for (const { resourceId, scopes } of grants) {
      insist(known.has(resourceId), 'resolveTokenRequest()', 'resources', 'those of every grant', resources);
      for (const { name } of scopes) add(namesOf, resourceId, name);
    }
    for (const [resourceId, names] of namesOf) this.#grantedOf.set(resourceId, scopeSet(names));
    for (const { accessTokenValiditySeconds: seconds } of resources) {
      const name = 'accessTokenValiditySeconds';
      insist(isQuantity(seconds, 1), 'resolveTokenRequest()', name, 'a number of seconds', seconds);
    }
    this.granted = scopeSet(grants.flatMap(({ scopes }) => scopes.map(({ name }) => name)));
    this.#allResources = this.granted.firstHeld([CONSUMER_ALL]) !== undefined;
  }

  /** The scopes of a resource that the application is granted. */
  grantedOf({ id }: RequestableResource): ScopeSet {
    return this.#grantedOf.get(id) ?? NOTHING;
  }

  /** The scopes that a resource defines, as far as they are known. */
  definedBy({ id, scopes }: RequestableResource): ScopeSet {
    const defined = this.#definedBy.get(id) ?? scopeSet(scopes);
    this.#definedBy.set(id, defined);
    return defined;
  }

  /**
   * Whether the application may have a scope that it is not granted: of any custom resource of the domain, or of one with
   * a matching tag, where it is granted `urn:opc:resource:consumer::all`. Never an IAM admin scope, nor at an audience that
   * is not the resource's own.
   */
  mayAskFor(resource: RequestableResource, scope: string): boolean {
    return (
      this.#allResources &&
      resource.type === 'CUSTOM' &&
      !isSharedAudience(resource.audience) &&
      !scope.startsWith(ADMIN_SCOPES) &&
      this.#trusts(resource) &&
      this.definedBy(resource).covers(scope)
    );
  }

  /** The resources with this audience, primary or secondary. */
  answeringTo(audience: string): readonly RequestableResource[] {
    this.#byAudience ??= byAudience(this.resources);
    return this.#byAudience.get(audience) ?? [];
  }

  #trusts({ id, tags = [] }: RequestableResource): boolean {
    const { trustScope, allowedTags } = this.application;
    if (trustScope !== 'Tags') return trustScope === 'Account';
    const isTrusted =
      this.#trusted.get(id) ?? allowedTags.some((allowed) => tags.some((tag) => isSameTag(allowed, tag)));
    this.#trusted.set(id, isTrusted);
    return isTrusted;
  }
}

function byAudience(resources: readonly RequestableResource[]): ReadonlyMap<string, readonly RequestableResource[]> {
  const found = new Map<string, RequestableResource[]>();
  for (const resource of resources) {
    const audiences = new Set([resource.audience, ...(resource.secondaryAudiences ?? [])]);
    for (const audience of audiences) add(found, audience, resource);
  }
  return found;
}

/** Adds to the list of a key. */
export function add<Value>(map: Map<string, Value[]>, key: string, value: Value): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, [value]);
  else values.push(value);
}

function isSameTag(one: ResourceTag, other: ResourceTag): boolean {
  return one.key === other.key && one.value === other.value;
}
