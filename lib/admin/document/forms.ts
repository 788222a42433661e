import type {
  ApplicationCommand,
  EnvironmentCommand,
  GrantDates,
  ResourceCommand,
  ScopeCommand,
} from '../../grants/commands.js';
import { normalizeDate, pickDates } from '../../grants/dates.js';
import { completeApplication, completeEnvironment, completeResource } from '../../grants/defaults.js';
import { BUILT_IN_RESOURCES } from '../../grants/model.js';
import { isObject } from '../../options.js';
import type {
  DocumentApplication,
  DocumentGrant,
  DocumentGrantedScope,
  DocumentResource,
  GrantsDocument,
} from './model.js';
import { MEMBERS } from './schema.js';

/**
 * Objects in the form of the document: without the members that have their default, and without what belongs to them. Two
 * objects of one name are alike where their forms are equal.
 */

export function toEnvironmentForm(environment: EnvironmentCommand): GrantsDocument['environment'] {
  return toForm(MEMBERS.environment, environment, completeEnvironment({ name: environment.name }));
}

export function toResourceForm(resource: Omit<ResourceCommand, 'type'>): DocumentResource {
  const { name } = resource;
  return toForm(isBuiltIn(name) ? ['name'] : MEMBERS.resource, resource, completeResource({ name }));
}

export function toScopeForm(scope: ScopeCommand): ScopeCommand {
  return toForm(MEMBERS.scope, scope, {});
}

export function toApplicationForm(application: ApplicationCommand): DocumentApplication {
  return toForm(MEMBERS.application, application, completeApplication({ name: application.name }));
}

/** With the scopes in an order that does not depend on how they were given, and dates as the store has them. */
export function toGrantForm(resource: string, grant: Pick<DocumentGrant, 'scopes' | keyof GrantDates>): DocumentGrant {
  const scopes = grant.scopes.map(toGrantedScope).sort((one, other) => (one.name < other.name ? -1 : 1));
  return {
    resource,
    scopes: scopes.map(({ name, ...dates }) => (Object.keys(dates).length === 0 ? name : { name, ...dates })),
    ...normalizeDates(grant),
  };
}

export function toGrantedScope(scope: DocumentGrant['scopes'][number]): DocumentGrantedScope {
  return typeof scope === 'string' ? { name: scope } : { name: scope.name, ...normalizeDates(scope) };
}

function normalizeDates({ notBefore, expiresAt }: GrantDates): GrantDates {
  return pickDates({ notBefore: normalizeDate(notBefore), expiresAt: normalizeDate(expiresAt) });
}

/** Whether each environment has a resource of this name, of which only the scopes can change. */
export function isBuiltIn(resource: string): boolean {
  return BUILT_IN_RESOURCES.some(({ name }) => name === resource);
}

/** The built-in resources as an environment is created with them. */
export const BUILT_IN_FORMS: readonly (DocumentResource & { readonly scopes: readonly ScopeCommand[] })[] =
  BUILT_IN_RESOURCES.map(({ name, scopes }) => ({ name, scopes: scopes.map((scope) => ({ name: scope })) }));

/** Whether two values are equal as JSON, where the order of members has no meaning. */
export function isSameJson(one: unknown, other: unknown): boolean {
  return one === other || toCanonicalJson(one) === toCanonicalJson(other);
}

function toCanonicalJson(value: unknown): string | undefined {
  return JSON.stringify(value, (_, part) => {
    return isObject(part) ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1))) : part;
  });
}

function toForm<Form extends object>(members: readonly string[], object: object, defaults: object): Form {
  const values: Members = { ...object };
  const presets: Members = { ...defaults };
  const shown = [...new Set(members)].filter((member) => {
    const value = values[member];
    return member === 'name' || (value !== undefined && !isSameJson(value, presets[member]));
  });
  return Object.fromEntries(shown.map((member) => [member, values[member]])) as Form;
}
type Members = Readonly<Record<string, unknown>>;
