import fc from 'fast-check';
import { ATTRIBUTES, type Attributes, conjoinAll, toConditions } from '../../../lib/admin/filter/conditions.js';
import { MAX_FILTER_LENGTH, parseFilter } from '../../../lib/admin/filter/parse-filter.js';
import { foldCase, type ListCondition } from '../../../lib/grants/list-request.js';
import { isMeant, meaning, spell, type Thing, thing } from './fixtures/arbitraries.js';

/** All that a filter may compare, with names whose case does not matter. */
const attributes: Attributes = { ...ATTRIBUTES.scopesOfEnvironment, ...ATTRIBUTES.applications };

function conditionsOf(text: string): readonly ListCondition[] {
  const parsed = parseFilter(text);
  const result = parsed.ok ? toConditions(parsed.filter, attributes) : parsed;
  if (!result.ok) throw new Error(`${JSON.stringify(result.fault)}: ${text}`);
  return result.conditions;
}

/** Whether a store would find the thing. */
function isFound(conditions: readonly ListCondition[], { id, name, resourceId }: Thing): boolean {
  return conditions.some(
    (each) =>
      (each.id ?? id) === id &&
      (each.resourceId ?? resourceId) === resourceId &&
      foldCase(each.name ?? name) === foldCase(name) &&
      foldCase(name).startsWith(foldCase(each.namePrefix ?? '')),
  );
}

const choices = fc.infiniteStream(fc.nat(1000)).map((stream) => () => stream.next().value as number);

test('every spelling of a filter finds what the filter means, and nothing else', () => {
  fc.assert(
    fc.property(meaning, choices, fc.array(thing, { minLength: 1, maxLength: 8 }), (filter, choose, things) => {
      const conditions = conditionsOf(spell(filter, choose));
      expect(things.filter((each) => isFound(conditions, each))).toEqual(
        things.filter((each) => isMeant(filter, each)),
      );
    }),
  );
});

test('conditions joined with another find what both find', () => {
  fc.assert(
    fc.property(meaning, meaning, thing, (one, other, each) => {
      const [some, others] = [one, other].map((filter) => conditionsOf(spell(filter, () => 0)));
      const joined = conjoinAll(some as ListCondition[], others as ListCondition[]);
      expect(isFound(joined, each)).toBe(isMeant(one, each) && isMeant(other, each));
    }),
  );
});

test('any text is a filter, or has a fault at a place within it', () => {
  const piece = fc.constantFrom(
    'name',
    ' ',
    'eq',
    'sw',
    '"',
    '"a"',
    '(',
    ')',
    'and',
    'or',
    'NOT',
    '\\',
    'é',
    '\0',
    '.',
  );
  const text = fc.oneof(
    fc.array(piece).map((pieces) => pieces.join('')),
    fc.string({ unit: 'binary' }),
  );
  fc.assert(
    fc.property(text, (given) => {
      const result = parseFilter(given);
      if (result.ok) return;
      expect(result.fault.offset).toBeGreaterThanOrEqual(0);
      expect(result.fault.offset).toBeLessThanOrEqual(Math.min(given.length, MAX_FILTER_LENGTH));
      expect(result.fault.expectation).not.toBe('');
    }),
  );
});
