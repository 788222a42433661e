import type { Detail } from '../../grants/errors.js';
import { BUILT_IN_FORMS, isBuiltIn } from './forms.js';
import type { Named, Outline } from './outline.js';
import type { State } from './state.js';

/** All names of a document that do not fit each other, or the environment; each with its place. */
export function findNameFaults(outline: Outline, state: State | undefined, prune: boolean): Detail[] {
  const { resources, applications } = outline;
  const known = findKnownScopes(outline, state, prune);
  return [
    ...findRepeated(resources, 'name'),
    ...resources.flatMap((resource) => [...findRepeated(resource.scopes, 'name'), ...findBuiltInMembers(resource)]),
    ...findRepeated(applications, 'name'),
    ...findRepeated(withIds(applications), 'id'),
    ...applications.flatMap(({ grants }) => [
      ...findRepeated(
        grants.map(({ at, resource }) => ({ at, name: resource })),
        'resource',
      ),
      ...grants.flatMap(({ scopes }) => findRepeated(scopes)),
      ...grants.flatMap((grant) => findUnknown(grant, known)),
    ]),
    ...findOtherIds(outline, state, prune),
    ...applications.flatMap((application) => findAmbiguous(application, state)),
  ];
}

interface Place {
  readonly at: string;
  readonly name: string;
}

function findRepeated(items: readonly Place[], member?: string): Detail[] {
  const places = new Map<string, string>();
  return items.flatMap(({ at, name }): Detail[] => {
    const target = member === undefined ? at : `${at}/${member}`;
    const first = places.get(name);
    if (first === undefined) places.set(name, target);
    return first === undefined
      ? []
      : [{ code: 'UNIQUENESS_VIOLATION', target, message: `${target} is the same as ${first}.` }];
  });
}

function withIds(items: readonly Named[]): Place[] {
  return items.flatMap(({ at, id }) => (id === undefined ? [] : [{ at, name: id }]));
}

function findBuiltInMembers({ at, name, members }: Named): Detail[] {
  if (!isBuiltIn(name)) return [];
  const others = members.filter((member) => member !== 'name' && member !== 'scopes');
  return others.map((member) => {
    const target = `${at}/${member}`;
    const message = `${target} cannot be given: the resource ${name} is built in, and has only its scopes in a document.`;
    return { code: 'CONSTRAINT_VIOLATION', target, message };
  });
}

/** The scopes of each resource once the document is applied. */
function findKnownScopes({ resources }: Outline, state: State | undefined, prune: boolean): Map<string, Set<string>> {
  const known = new Map<string, Set<string>>();
  const add = (resource: string, scopes: Iterable<string>) => {
    known.set(resource, new Set([...(known.get(resource) ?? []), ...scopes]));
  };
  if (prune || state === undefined) {
    const named = prune ? new Set(resources.map(({ name }) => name)) : new Set<string>();
    for (const { name, scopes } of BUILT_IN_FORMS)
      if (!named.has(name))
        add(
          name,
          scopes.map((scope) => scope.name),
        );
  } else {
    for (const [name, { scopes }] of state.resources) add(name, scopes.keys());
  }
  for (const { name, scopes } of resources)
    add(
      name,
      scopes.map((scope) => scope.name),
    );
  return known;
}

function findUnknown(
  { at, resource, scopes }: Outline['applications'][number]['grants'][number],
  known: Map<string, Set<string>>,
) {
  const defined = known.get(resource);
  if (defined === undefined) {
    const target = `${at}/resource`;
    return [{ code: 'INVALID_VALUE', target, message: `${target} names no resource.` }] satisfies Detail[];
  }
  return scopes.flatMap(({ at: target, name }): Detail[] =>
    defined.has(name)
      ? []
      : [{ code: 'INVALID_VALUE', target, message: `${target} names no scope of the resource ${resource}.` }],
  );
}

/** An id never changes, and belongs to one application. */
function findOtherIds({ environment, applications }: Outline, state: State | undefined, prune: boolean): Detail[] {
  if (state === undefined) return [];
  const owners = new Map([...state.applications.values()].flat().map(({ stored }) => [stored.id, stored.name]));
  const differs = (at: string) => ({
    at: `${at}/id`,
    why: 'differs from the id that it has, and an id cannot be changed',
  });
  const faults = applications.flatMap(({ at, name, id }) => {
    if (id === undefined) return [];
    const stored = state.applications.get(name);
    if (stored?.length === 1) return stored[0]?.stored.id === id ? [] : [differs(at)];
    return owners.has(id) && !prune ? [{ at: `${at}/id`, why: `is the id of the application ${owners.get(id)}` }] : [];
  });
  const { id } = environment ?? {};
  if (id !== undefined && id !== state.environment.id) faults.push(differs('/environment'));
  return faults.map(({ at: target, why }) => ({ code: 'CONSTRAINT_VIOLATION', target, message: `${target} ${why}.` }));
}

function findAmbiguous({ at, name }: Named, state: State | undefined): Detail[] {
  const count = state?.applications.get(name)?.length ?? 0;
  if (count < 2) return [];
  const target = `${at}/name`;
  const message = `${target} is ambiguous: the environment has ${count} applications of this name. Rename all but one.`;
  return [{ code: 'CONSTRAINT_VIOLATION', target, message }];
}
