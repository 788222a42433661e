import { randomUUID } from 'node:crypto';
import type { ScopeCommand } from '../../grants/commands.js';
import { AdminError, type Detail, notFound } from '../../grants/errors.js';
import type { GrantStore } from '../../grants/store.js';
import { FLAG, insist, isText, type OptionRules, readOptions } from '../../options.js';
import {
  BUILT_IN_FORMS,
  isSameJson,
  toApplicationForm,
  toEnvironmentForm,
  toGrantForm,
  toResourceForm,
  toScopeForm,
} from './forms.js';
import type { DocumentApplication, DocumentResource, GrantsDocument } from './model.js';
import { type ApplicationState, type ResourceState, readState, type State } from './state.js';

export interface ExportDocumentOptions {
  /**
   * Includes the ids of the environment and the applications, which are the client ids of tokens: for a new database.
   * Default `false`: for another environment, whose applications have ids of their own.
   */
  readonly ids?: boolean | undefined;
}

const OPTIONS = { ids: FLAG } as const satisfies OptionRules<ExportDocumentOptions>;

/**
 * Reads an environment as the document that {@link applyDocument} takes. Applied to the same environment, with `prune`, it
 * changes nothing. Members that have their default are left out, and so are built-in resources that have the scopes that
 * they began with. Lists of objects are in the order of names, so that two exports can be compared as text.
 *
 * All of one moment: changes wait while it is read.
 *
 * @param environment its name
 * @throws {AdminError} `not_found` where there is no such environment; `invalid_data` where several applications have one
 *   name, with a detail for each name
 * @throws {StoreUnavailableError} where the database is unavailable
 * @throws {TypeError} for unknown options
 */
export async function exportDocument(
  store: GrantStore,
  environment: string,
  options: ExportDocumentOptions = {},
): Promise<GrantsDocument> {
  insist(isText(environment), 'exportDocument()', 'environment', 'the name of an environment', environment);
  const { ids } = readOptions('exportDocument()', options, OPTIONS);
  const context = { actor: {}, correlationId: randomUUID(), dryRun: true };
  const { value: state } = await store.transaction(context, (tx) => readState(tx, environment));
  if (state === undefined) throw notFound();
  return toDocument(state, ids);
}

function toDocument(state: State, ids: boolean): GrantsDocument {
  const { environment, resources } = state;
  return {
    environment: { ...(ids && { id: environment.id }), ...toEnvironmentForm(environment) },
    resources: sortByName([...resources.values()].map(toResource)).filter((resource) => !isAsCreated(resource)),
    applications: sortByName(toUnambiguous(state).map((application) => toApplication(application, ids))),
  };
}

function toResource({ stored, scopes }: ResourceState): DocumentResource {
  return withList(toResourceForm(stored), 'scopes', sortByName([...scopes.values()].map(toScopeForm)));
}

function toApplication({ stored, grants }: ApplicationState, ids: boolean): DocumentApplication {
  const forms = [...grants].map(([resource, grant]) => toGrantForm(resource, grant));
  const sorted = forms.sort((one, other) => compare(one.resource, other.resource));
  return withList({ ...(ids && { id: stored.id }), ...toApplicationForm(stored) }, 'grants', sorted);
}

/** @throws {AdminError} where a name stands for several applications */
function toUnambiguous({ applications }: State): ApplicationState[] {
  const details = [...applications].flatMap(([name, { length }]): Detail[] => {
    const message = `${length} applications have the name ${name}. Rename all but one: a document knows them by name.`;
    return length === 1 ? [] : [{ code: 'CONSTRAINT_VIOLATION', target: 'name', message }];
  });
  if (details.length > 0) throw new AdminError('invalid_data', details);
  return [...applications.values()].flat();
}

/** Whether it is a built-in resource with the scopes that it began with. */
function isAsCreated({ name, scopes = [] }: DocumentResource): boolean {
  const created = BUILT_IN_FORMS.find((resource) => resource.name === name);
  return created !== undefined && isSameJson(scopes, sortByName<ScopeCommand>(created.scopes));
}

function withList<Form extends object>(form: Form, member: string, items: readonly unknown[]): Form {
  return items.length === 0 ? form : { ...form, [member]: items };
}

function sortByName<Item extends { readonly name: string }>(items: readonly Item[]): Item[] {
  return [...items].sort((one, other) => compare(one.name, other.name));
}

/** By code units, which depends on no language. */
function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}
