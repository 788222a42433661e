import fc from 'fast-check';
import { coveringTokens } from '../../lib/scope/covers.js';
import { MarkFilter, markOf, marksOf } from '../../lib/scope/marks.js';
import { scopeSet } from '../../lib/scope/scope-set.js';
import { tryEachProperty } from '../support/property-runs.js';
import { heldList, question, scopeToken } from './arbitraries.js';
import { CONSUMER } from './cases.js';

tryEachProperty(500);

test('a token that is held is never taken for one that is not', () => {
  fc.assert(
    fc.property(fc.array(scopeToken, { maxLength: 40 }), (held) => {
      const filter = new MarkFilter(new Set(held));
      expect(held.filter((token) => !filter.mayHave(markOf(token)))).toEqual([]);
    }),
  );
});

test('marks change no answer, however often a set is asked', () => {
  fc.assert(
    fc.property(question, heldList, ([held, asked], others) => {
      const set = scopeSet(held);
      expect(marksOf(others)).toEqual(others.map(markOf));
      for (const candidates of [coveringTokens(asked), others, coveringTokens(asked), others]) {
        expect(set.firstHeld(candidates, marksOf(candidates))).toBe(set.firstHeld(candidates));
      }
    }),
  );
});

describe('of tokens that are not held, at most one in six is taken for one that may be', () => {
  const nouns = 'reports stacks analytics users groups buckets instances networks volumes keys alarms metrics'.split(
    ' ',
  );
  const verbs = 'read write list manage use inspect create update delete approve export import audit sync'.split(' ');
  const products = nouns.flatMap((noun) => verbs.map((verb) => [noun, verb] as const));

  test.each([
    ['names', products.map(([noun, verb]) => `${noun}:${verb}`)],
    ['places', products.map(([noun, verb]) => `${CONSUMER}:${noun}::${verb}`)],
    ['places of one qualifier', products.map(([noun, verb]) => `${CONSUMER}:${noun}:${verb}::read`)],
  ])('%s', (_, tokens) => {
    for (const count of [1, 2, 5, 8, 30, 60]) {
      const filter = new MarkFilter(new Set(tokens.slice(0, count)));
      const others = tokens.slice(count);
      const taken = others.filter((token) => filter.mayHave(markOf(token))).length;
      expect({ count, taken, few: taken <= others.length / 6 }).toEqual({ count, taken, few: true });
    }
  });

  test('and of nothing held, none', () => {
    const filter = new MarkFilter(new Set());
    fc.assert(fc.property(scopeToken, (token) => !filter.mayHave(markOf(token))));
  });
});
