import { LIMITS, type ScopeCommand } from '../../grants/commands.js';
import { completeResource } from '../../grants/defaults.js';
import type { Grant } from '../../grants/model.js';
import type { GrantTransaction, InEnvironment } from '../../grants/store.js';
import { Changes } from './changes.js';
import {
  BUILT_IN_FORMS,
  toApplicationForm,
  toEnvironmentForm,
  toGrantedScope,
  toGrantForm,
  toResourceForm,
  toScopeForm,
} from './forms.js';
import type { DocumentPlan, DocumentResource } from './model.js';
import { Pruning } from './pruning.js';
import type { ParsedDocument } from './schema.js';
import { type ApplicationState, type ResourceState, readState, type State } from './state.js';

type WantedResource = DocumentResource & { readonly scopes: readonly ScopeCommand[] };
type WantedApplication = ParsedDocument['applications'][number];

/** Makes the changes that lead from the state of an environment to a document without faults, and lists them. */
export class Reconciliation {
  readonly #tx: GrantTransaction;
  readonly #isPruning: boolean;
  readonly #changes = new Changes();

  constructor(tx: GrantTransaction, isPruning: boolean) {
    this.#tx = tx;
    this.#isPruning = isPruning;
  }

  /**
   * Whole objects are removed first, so that their ids, and their part of what an application may have, are free; scopes
   * last, when no grant has them any more.
   *
   * @param state `undefined` where the environment is not there
   */
  async run(document: ParsedDocument, state: State | undefined): Promise<DocumentPlan> {
    const at = await this.#putEnvironment(document.environment, state);
    const current = state ?? ((await readState(this.#tx, document.environment.name)) as State);
    const resources = this.#isPruning ? withBuiltIns(document.resources) : document.resources;
    const pruning = this.#isPruning ? new Pruning(this.#tx, this.#changes, current) : undefined;
    await pruning?.removeObjects(resources, document.applications);
    for (const [i, resource] of resources.entries()) {
      await this.#putResource(at, resource, current.resources.get(resource.name), `/resources/${i}`);
    }
    for (const [i, application] of document.applications.entries()) {
      const [stored] = current.applications.get(application.name) ?? [];
      await this.#putApplication(at, application, stored, `/applications/${i}`);
    }
    await pruning?.removeScopes(resources);
    return this.#changes.plan;
  }

  async #putEnvironment(wanted: ParsedDocument['environment'], state: State | undefined): Promise<InEnvironment> {
    const { id: _, ...command } = wanted;
    const current = state?.environment;
    const stored = await this.#changes.put(
      { type: 'ENVIRONMENT', name: wanted.name, place: '/environment' },
      { before: current && toEnvironmentForm(current), after: toEnvironmentForm(command) },
      () => this.#tx.environments.create(wanted),
      () => this.#tx.environments.replace((current as State['environment']).id, command),
    );
    return { environmentId: (stored ?? (current as State['environment'])).id };
  }

  async #putResource(
    at: InEnvironment,
    { scopes, ...wanted }: WantedResource,
    current: ResourceState | undefined,
    place: string,
  ): Promise<void> {
    const command = completeResource(wanted);
    const stored = await this.#changes.put(
      { type: 'RESOURCE', name: wanted.name, place },
      { before: current && toResourceForm(current.stored), after: toResourceForm(command) },
      () => this.#tx.resources.create(at, command),
      () => this.#tx.resources.replace({ ...at, resourceId: (current as ResourceState).stored.id }, command),
    );
    const resourceAt = { ...at, resourceId: (stored ?? (current as ResourceState).stored).id };
    for (const [i, scope] of scopes.entries()) {
      const present = current?.scopes.get(scope.name);
      await this.#changes.put(
        { type: 'SCOPE', name: scope.name, resource: wanted.name, place: `${place}/scopes/${i}` },
        { before: present && toScopeForm(present), after: toScopeForm(scope) },
        () => this.#tx.scopes.create(resourceAt, scope),
        () => this.#tx.scopes.replace({ ...resourceAt, scopeId: present?.id as string }, scope),
      );
    }
  }

  async #putApplication(
    at: InEnvironment,
    { grants, ...wanted }: WantedApplication,
    current: ApplicationState | undefined,
    place: string,
  ): Promise<void> {
    const { id: _, ...command } = wanted;
    const stored = await this.#changes.put(
      { type: 'APPLICATION', name: wanted.name, place },
      { before: current && toApplicationForm(current.stored), after: toApplicationForm(command) },
      () => this.#tx.applications.create(at, wanted),
      () => this.#tx.applications.replace({ ...at, applicationId: (current as ApplicationState).stored.id }, command),
    );
    const applicationId = (stored ?? (current as ApplicationState).stored).id;
    const present = current?.grants ?? new Map<string, Grant>();
    for (const { grant, index } of byGrowth(grants, present)) {
      await this.#putGrant({ ...at, applicationId }, wanted.name, grant, present, `${place}/grants/${index}`);
    }
  }

  async #putGrant(
    at: InEnvironment & { readonly applicationId: string },
    application: string,
    wanted: WantedApplication['grants'][number],
    present: ReadonlyMap<string, Grant>,
    place: string,
  ): Promise<void> {
    const { resource } = wanted;
    const current = present.get(resource);
    const { notBefore, expiresAt } = wanted;
    const command = { scopes: wanted.scopes.map(toGrantedScope), notBefore, expiresAt };
    await this.#changes.put(
      { type: 'GRANT', name: resource, application, place },
      {
        before: current && toGrantForm(resource, current),
        after: toGrantForm(resource, wanted),
      },
      () => this.#tx.grants.create(at, { resource: { name: resource }, ...command }),
      () => {
        const { id, resourceId } = current as Grant;
        return this.#tx.grants.replace({ ...at, grantId: id }, { resource: { id: resourceId }, ...command });
      },
    );
  }
}

/** The built-in resources are part of each document; without an entry, with the scopes that they began with. */
function withBuiltIns(resources: readonly WantedResource[]): readonly WantedResource[] {
  const named = new Set(resources.map(({ name }) => name));
  return [...resources, ...BUILT_IN_FORMS.filter(({ name }) => !named.has(name))];
}

/** Grants that shrink come first: not even in between does the application have more scopes than the limit allows. */
function byGrowth(grants: WantedApplication['grants'], present: ReadonlyMap<string, Grant>) {
  const steps = grants.map((grant, index) => {
    const current = present.get(grant.resource);
    const growth = current === undefined ? LIMITS.scopesOfGrant : grant.scopes.length - current.scopes.length;
    return { grant, index, growth };
  });
  return steps.sort((one, other) => one.growth - other.growth);
}
