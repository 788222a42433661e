import crypto from 'node:crypto';
import fc from 'fast-check';
import type { JwtVerifierOptions } from 'scopegate';
import { json, keyServer } from '../../support/key-server.js';
import { NOW, type SigningKey, signingKey } from '../../support/tokens.js';
import { MovableClock, outcomeOf, published, tokenOf, verifierOf } from '../keys/fixtures/setting.js';

const keys = ['a', 'b', 'a'].map((kid) => signingKey('EdDSA', kid));
const sets = [[0], [1], [0, 1], [2, 1], [0, 2]].map((which) => published(...which.map((i) => keys[i] as SigningKey)));

const tokens = keys.flatMap((key) =>
  [
    { exp: NOW + 30 },
    { exp: NOW + 400 },
    { nbf: NOW + 80 },
    { iat: NOW + 80 },
    { exp: NOW + 100_000 },
    { aud: 'another' },
    { cnf: { jkt: 'x' } },
  ].map((over) => tokenOf(key, {}, { iat: undefined, ...over })),
);

type Step =
  | { readonly do: 'ask'; readonly token: number; readonly times: number }
  | { readonly do: 'advance'; readonly seconds: number }
  | { readonly do: 'set'; readonly seconds: number }
  | { readonly do: 'publish'; readonly keys: number }
  | { readonly do: 'fail' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant('ask' as const),
      token: fc.nat(tokens.length - 1),
      times: fc.integer({ min: 1, max: 3 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('advance' as const), seconds: fc.constantFrom(1, 25, 120, 700) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('set' as const), seconds: fc.integer({ min: -60, max: 500 }) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('publish' as const), keys: fc.nat(sets.length - 1) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('fail' as const) }) },
);

/** A verifier with keys and a clock of its own. */
async function worldOf(cache: JwtVerifierOptions['cache']) {
  const server = await keyServer(json(sets[2] as object));
  const clock = new MovableClock();
  const verifier = verifierOf(server, { clock, cache, cacheMaxAgeMs: 60_000, outageToleranceMs: 300_000 });
  return {
    async take(step: Step): Promise<string[]> {
      const outcomes: string[] = [];
      if (step.do === 'ask') {
        clock.advance(7500); // keys that are not known may be asked for at once again
        clock.wall -= 7500;
        for (let i = 0; i < step.times; i++) outcomes.push(await outcomeOf(verifier, tokens[step.token] as string));
      } else if (step.do === 'advance') {
        clock.advance(step.seconds * 1000);
        await verifier.ready().catch(() => undefined); // renewed, if it is time: the two must have read the same keys
      } else if (step.do === 'set') clock.wall = (NOW + step.seconds) * 1000;
      else if (step.do === 'fail') server.answer = json('no keys');
      else server.answer = json(sets[step.keys] as object);
      return outcomes;
    },
  };
}

test('a verifier with a cache always agrees with a verifier without one', async () => {
  const checks = jest.spyOn(crypto, 'verify');
  const counts = { with: 0, without: 0 };
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 4, maxLength: 40 }),
      fc.constantFrom(2, 4, 20_000),
      async (steps, maxTokens) => {
        const remembering = await worldOf({ maxTokens });
        const plain = await worldOf(false);
        for (const each of steps) {
          checks.mockClear();
          const remembered = await remembering.take(each);
          counts.with += checks.mock.calls.length;
          checks.mockClear();
          expect(remembered).toEqual(await plain.take(each));
          counts.without += checks.mock.calls.length;
        }
      },
    ),
    { numRuns: 40 },
  );
  expect(counts.with).toBeLessThan(counts.without);
}, 60_000);
