import fc from 'fast-check';
import { foldCase } from '../../../lib/grants/list-request.js';

/** A filter of the laws: what it says, without its spelling. */
export type Meaning =
  | { readonly attribute: string; readonly operator: 'eq' | 'sw'; readonly value: string }
  | { readonly combine: 'and' | 'or'; readonly filters: readonly Meaning[] };

/** What filters of the laws are about: few enough values that they often match. */
export interface Thing {
  readonly id: string;
  readonly name: string;
  readonly resourceId: string;
}

export const IDS = ['a', 'b'].map((digit) => `00000000-0000-4000-8000-00000000000${digit}`);
const NAMES = ['a', 'A', 'ab', 'aB', 'abc', 'b', 'é', 'É', 'é"', '\\', '\u{10ffff}', '\u{1f600}', ' ', ''];

export const thing: fc.Arbitrary<Thing> = fc.record({
  id: fc.constantFrom(...IDS),
  name: fc.constantFrom(...NAMES),
  resourceId: fc.constantFrom(...IDS),
});

const comparison: fc.Arbitrary<Meaning> = fc.oneof(
  fc.record({
    attribute: fc.constant('name'),
    operator: fc.constantFrom('eq' as const, 'sw' as const),
    value: fc.constantFrom(...NAMES),
  }),
  fc.record({
    attribute: fc.constantFrom('id', 'resource.id'),
    operator: fc.constant('eq' as const),
    value: fc.constantFrom(...IDS),
  }),
);

/** At most nine comparisons, so that no filter is too large. */
export const meaning: fc.Arbitrary<Meaning> = fc.letrec<{ meaning: Meaning; small: Meaning }>((tie) => ({
  small: fc.oneof(comparison, combination(comparison)),
  meaning: fc.oneof(comparison, combination(tie('small'))),
})).meaning;

function combination(inner: fc.Arbitrary<Meaning>): fc.Arbitrary<Meaning> {
  return fc.record({
    combine: fc.constantFrom('and' as const, 'or' as const),
    filters: fc.array(inner, { minLength: 2, maxLength: 3 }),
  });
}

/** One of the spellings of a filter, as `choose` has it: case, spaces, escapes, and parentheses that are not needed. */
export function spell(filter: Meaning, choose: () => number): string {
  const pick = <Item>(...items: readonly [Item, ...Item[]]) => items[choose() % items.length] as Item;
  const anyCase = (word: string) => pick(word, word.toUpperCase(), word[0]?.toUpperCase() + word.slice(1));
  const space = () => pick(' ', ' ', '  ');
  const quote = (value: string) => {
    const escaped = value.replace(/[^"\\]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
    return pick(JSON.stringify(value), JSON.stringify(value), `"${escaped.replace(/["\\](?!u)/g, '\\$&')}"`);
  };
  const spellOne = (each: Meaning, isInAnd: boolean): string => {
    if (!('combine' in each)) {
      const words = [anyCase(each.attribute), anyCase(each.operator), JSON.stringify(each.value)];
      if (!/["\\]/.test(each.value)) words[2] = quote(each.value);
      return words.join(space());
    }
    const parts = each.filters.map((one) => {
      const text = spellOne(one, each.combine === 'and');
      return pick(text, text, `(${text})`, `( ${text} )`);
    });
    const text = parts.join(`${space()}${anyCase(each.combine)}${space()}`);
    return each.combine === 'or' && isInAnd ? `(${text})` : text;
  };
  return pick('', '', ' ') + spellOne(filter, false) + pick('', '', ' ');
}

/** Whether a thing is what the filter asks for: the definition. */
export function isMeant(filter: Meaning, of: Thing): boolean {
  if ('combine' in filter) {
    return filter.combine === 'and'
      ? filter.filters.every((each) => isMeant(each, of))
      : filter.filters.some((each) => isMeant(each, of));
  }
  const { attribute, operator, value } = filter;
  if (attribute === 'id') return of.id === value;
  if (attribute === 'resource.id') return of.resourceId === value;
  const [name, wanted] = [foldCase(of.name), foldCase(value)];
  return operator === 'eq' ? name === wanted : name.startsWith(wanted);
}
