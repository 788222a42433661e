import type { Grant } from '../../grants/model.js';
import type { GrantTransaction } from '../../grants/store.js';
import type { Changes } from './changes.js';
import { isBuiltIn, toApplicationForm, toGrantForm, toResourceForm, toScopeForm } from './forms.js';
import type { ParsedDocument } from './schema.js';
import type { ApplicationState, ResourceState, State } from './state.js';

type Named = { readonly name: string };
type NamedResource = Named & { readonly scopes: readonly Named[] };

/** Removes what a document does not name. */
export class Pruning {
  readonly #tx: GrantTransaction;
  readonly #changes: Changes;
  readonly #state: State;
  readonly #at: { readonly environmentId: string };

  constructor(tx: GrantTransaction, changes: Changes, state: State) {
    this.#tx = tx;
    this.#changes = changes;
    this.#state = state;
    this.#at = { environmentId: state.environment.id };
  }

  /** Applications with their grants, resources with their scopes, and grants of the applications that stay. */
  async removeObjects(resources: readonly Named[], applications: ParsedDocument['applications']): Promise<void> {
    const named = new Map(
      applications.map(({ name, grants }) => [name, toNames(grants.map(({ resource }) => resource))]),
    );
    for (const application of [...this.#state.applications.values()].flat()) {
      const grants = named.get(application.stored.name);
      if (grants === undefined) await this.#removeApplication(application);
      else await this.#removeGrants(application, grants);
    }
    const kept = toNames(resources.map(({ name }) => name));
    for (const resource of this.#state.resources.values()) {
      if (!kept.has(resource.stored.name) && !isBuiltIn(resource.stored.name)) await this.#removeResource(resource);
    }
  }

  /** The scopes of the resources that stay. */
  async removeScopes(resources: readonly NamedResource[]): Promise<void> {
    for (const { name: resource, scopes: wanted } of resources) {
      const current = this.#state.resources.get(resource);
      const kept = toNames(wanted.map(({ name }) => name));
      for (const scope of current?.scopes.values() ?? []) {
        if (kept.has(scope.name)) continue;
        const at = { ...this.#at, resourceId: scope.resourceId, scopeId: scope.id };
        const subject = { type: 'SCOPE', name: scope.name, resource, place: '' } as const;
        await this.#changes.remove(subject, toScopeForm(scope), () => this.#tx.scopes.delete(at));
      }
    }
  }

  async #removeApplication({ stored, grants }: ApplicationState): Promise<void> {
    const at = { ...this.#at, applicationId: stored.id };
    const subject = { type: 'APPLICATION', name: stored.name, place: '' } as const;
    await this.#changes.remove(subject, toApplicationForm(stored), () => this.#tx.applications.delete(at));
    for (const [resource, grant] of grants) await this.#removeGrant(stored.name, resource, grant);
  }

  async #removeGrants({ stored, grants }: ApplicationState, kept: ReadonlySet<string>): Promise<void> {
    for (const [resource, grant] of grants) {
      if (kept.has(resource)) continue;
      const at = { ...this.#at, applicationId: stored.id, grantId: grant.id };
      await this.#removeGrant(stored.name, resource, grant, () => this.#tx.grants.delete(at));
    }
  }

  #removeGrant(application: string, resource: string, grant: Grant, remove?: () => Promise<unknown>): Promise<void> {
    const subject = { type: 'GRANT', name: resource, application, place: '' } as const;
    return this.#changes.remove(subject, toGrantForm(resource, grant), remove);
  }

  async #removeResource({ stored, scopes }: ResourceState): Promise<void> {
    const at = { ...this.#at, resourceId: stored.id };
    const subject = { type: 'RESOURCE', name: stored.name, place: '' } as const;
    await this.#changes.remove(subject, toResourceForm(stored), () => this.#tx.resources.delete(at));
    for (const scope of scopes.values()) {
      await this.#changes.remove(
        { type: 'SCOPE', name: scope.name, resource: stored.name, place: '' },
        toScopeForm(scope),
      );
    }
  }
}

function toNames(names: Iterable<string>): ReadonlySet<string> {
  return new Set(names);
}
