import { isStorableText } from '../../grants/commands.js';
import { parseUuid } from '../../grants/ids.js';
import { foldCase, type ListCondition } from '../../grants/list-request.js';
import type { Comparison, Filter, FilterFault } from './parse-filter.js';

/** What a filter may compare in a list: for each attribute its operators, and the condition that a value makes. */
export type Attributes = Readonly<Record<string, Attribute>>;

interface Attribute {
  readonly operators: readonly Operator[];
  /** @returns `undefined` for a value that the attribute cannot have */
  toCondition(value: string, operator: Operator): Requirement | undefined;
}

type Operator = 'eq' | 'sw';

/** `NOTHING` where no item can meet it. */
type Requirement = ListCondition | typeof NOTHING;
const NOTHING = 'nothing';

const equals = (member: 'id' | 'resourceId' | 'licenseId'): Attribute => ({
  operators: ['eq'],
  toCondition: (value) => {
    const id = parseUuid(value);
    return id === undefined ? undefined : { [member]: id };
  },
});

const name = (fold: (name: string) => string): Attribute => ({
  operators: ['eq', 'sw'],
  toCondition: (value, operator) => (operator === 'eq' ? { name: fold(value) } : { namePrefix: fold(value) }),
});

/** PingOne's environments have it, and none of ours does: a comparison is well-formed, and matches nothing. */
const absent: Attribute = { operators: ['eq'], toCondition: () => NOTHING };

const named = { id: equals('id'), name: name(foldCase) };

/** The attributes of each list. A name is compared without regard to the case of ASCII letters; that of a scope exactly. */
export const ATTRIBUTES = {
  environments: { ...named, 'organization.id': absent, 'license.id': equals('licenseId') },
  resources: named,
  applications: named,
  scopes: { id: equals('id'), name: name((exact) => exact) },
  scopesOfEnvironment: { id: equals('id'), name: name((exact) => exact), 'resource.id': equals('resourceId') },
  grants: { id: equals('id'), 'resource.id': equals('resourceId') },
} as const satisfies Record<string, Attributes>;

/** How many conditions a filter may stand for, once every `and` is inside every `or`. Each is a query. */
export const MAX_CONDITIONS = 50;

export type FilterConditions =
  | { readonly ok: true; readonly conditions: readonly ListCondition[] }
  | { readonly ok: false; readonly fault: FilterFault };

/**
 * The filter as a list of conditions, of which an item must meet one (the disjunctive normal form): each of them is
 * looked up in an index. Empty where nothing can match.
 */
export function toConditions(filter: Filter, attributes: Attributes): FilterConditions {
  if (!('combine' in filter)) return compare(filter, attributes);
  let found: readonly ListCondition[] | undefined;
  for (const each of filter.filters) {
    const next = toConditions(each, attributes);
    if (!next.ok) return next;
    if (found === undefined) found = next.conditions;
    else if (filter.combine === 'or') found = withoutDuplicates([...found, ...next.conditions]);
    else found = conjoinAll(found, next.conditions);
    if (found.length > MAX_CONDITIONS) {
      const expectation = `conditions that stand for at most ${MAX_CONDITIONS} alternatives`;
      return { ok: false, fault: { offset: filter.offset, expectation, innerError: { maximumValue: MAX_CONDITIONS } } };
    }
  }
  return { ok: true, conditions: found ?? [] };
}

/** Each condition of the one list together with each of the other, where an item can meet both. */
export function conjoinAll(some: readonly ListCondition[], others: readonly ListCondition[]): ListCondition[] {
  return withoutDuplicates(some.flatMap((one) => others.flatMap((other) => conjoin(one, other) ?? [])));
}

function compare({ attribute, operator, value, offsets }: Comparison, attributes: Attributes): FilterConditions {
  const key = Object.keys(attributes).find((each) => each.toLowerCase() === attribute.toLowerCase());
  const known = key === undefined ? undefined : attributes[key];
  if (known === undefined) {
    const supportedAttributes = Object.keys(attributes);
    const expectation = `one of the attributes ${supportedAttributes.join(', ')}`;
    return { ok: false, fault: { offset: offsets.attribute, expectation, innerError: { supportedAttributes } } };
  }
  const supported = known.operators.find((each) => each === operator.toLowerCase());
  if (supported === undefined) {
    const supportedOperators = known.operators;
    const expectation = `${supportedOperators.join(' or ')}, the operators of ${key}`;
    return { ok: false, fault: { offset: offsets.operator, expectation, innerError: { supportedOperators } } };
  }
  const requirement = isStorableText(value) ? known.toCondition(value, supported) : undefined;
  if (requirement === undefined) {
    const expectation = `a value that ${key} can have`;
    return { ok: false, fault: { offset: offsets.value, expectation } };
  }
  return { ok: true, conditions: requirement === NOTHING ? [] : [requirement] };
}

/** `undefined` where nothing can meet both. */
function conjoin(one: ListCondition, other: ListCondition): ListCondition | undefined {
  for (const member of ['id', 'resourceId', 'licenseId', 'name'] as const) {
    if (one[member] !== undefined && other[member] !== undefined && one[member] !== other[member]) return undefined;
  }
  const { namePrefix: _, ...both }: ListCondition = { ...one, ...other };
  const prefixes = [one.namePrefix, other.namePrefix].filter((prefix) => prefix !== undefined);
  const [longest, shortest = ''] = prefixes.sort((a, b) => b.length - a.length);
  if (longest === undefined) return both;
  if (!longest.startsWith(shortest)) return undefined;
  if (both.name === undefined) return { ...both, namePrefix: longest };
  return both.name.startsWith(longest) ? both : undefined;
}

function withoutDuplicates(conditions: readonly ListCondition[]): ListCondition[] {
  const toKey = ({ id, name, namePrefix, resourceId, licenseId }: ListCondition) =>
    JSON.stringify([id, name, namePrefix, resourceId, licenseId]);
  return [...new Map(conditions.map((condition) => [toKey(condition), condition])).values()];
}
