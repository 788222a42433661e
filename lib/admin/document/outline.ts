import { isObject } from '../../options.js';

/**
 * The names in a document, also in one that has faults elsewhere, so that those of its names are found as well. `at` is
 * the place of each, a JSON pointer (RFC 6901).
 */
export interface Outline {
  readonly environment: Named | undefined;
  readonly resources: readonly (Named & { readonly scopes: readonly Named[] })[];
  readonly applications: readonly (Named & { readonly grants: readonly OutlinedGrant[] })[];
}

export interface Named {
  /** Of the object. */
  readonly at: string;
  readonly name: string;
  readonly id: string | undefined;
  /** Names of the members that it has. */
  readonly members: readonly string[];
}

export interface OutlinedGrant {
  readonly at: string;
  readonly resource: string;
  readonly scopes: readonly { readonly at: string; readonly name: string }[];
}

export function outlineDocument(document: unknown): Outline {
  const { environment, resources, applications } = toMembers(document);
  return {
    environment: toNamed(environment, '/environment'),
    resources: toItems(resources, '/resources').flatMap(({ item, at }) => {
      const scopes = toItems(toMembers(item).scopes, `${at}/scopes`).flatMap(
        (scope) => toNamed(scope.item, scope.at) ?? [],
      );
      return withName(toNamed(item, at), { scopes });
    }),
    applications: toItems(applications, '/applications').flatMap(({ item, at }) => {
      const grants = toItems(toMembers(item).grants, `${at}/grants`).flatMap((grant) => toGrant(grant.item, grant.at));
      return withName(toNamed(item, at), { grants });
    }),
  };
}

/** A place within another one (RFC 6901 §3). */
export function toPointer(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

function toGrant(value: unknown, at: string): OutlinedGrant[] {
  const { resource, scopes } = toMembers(value);
  if (typeof resource !== 'string') return [];
  const names = toItems(scopes, `${at}/scopes`).flatMap((scope) => {
    if (typeof scope.item === 'string') return { at: scope.at, name: scope.item };
    const { name } = toMembers(scope.item);
    return typeof name === 'string' ? { at: `${scope.at}/name`, name } : [];
  });
  return [{ at, resource, scopes: names }];
}

function toNamed(value: unknown, at: string): Named | undefined {
  const { name, id } = toMembers(value);
  if (typeof name !== 'string') return undefined;
  const members = Object.entries(toMembers(value)).flatMap(([member, given]) => (given === undefined ? [] : [member]));
  return { at, name, id: typeof id === 'string' ? id.toLowerCase() : undefined, members };
}

function withName<More extends object>(named: Named | undefined, more: More): (Named & More)[] {
  return named === undefined ? [] : [{ ...named, ...more }];
}

function toMembers(value: unknown): Readonly<Record<string, unknown>> {
  return isObject(value) ? value : {};
}

function toItems(value: unknown, at: string): { readonly item: unknown; readonly at: string }[] {
  return Array.isArray(value) ? value.map((item, i) => ({ item, at: `${at}/${i}` })) : [];
}
