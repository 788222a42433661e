import fc from 'fast-check';
import { ACCOUNT_AUDIENCE } from '../../../lib/scope/grammar.js';
import { longRuns, runs } from '../../support/property-runs.js';
import { claims, forge, NOW } from '../../support/tokens.js';
import { ALGORITHMS, type Alg, type Judgements, judge, keys, signBy, TENANT } from './fixtures/differential-oracles.js';
import { STRICTER, type StricterRule } from './fixtures/known-stricter-rules.js';
import { type Mutation, mutated, mutation, type Subject, subjectOf } from './fixtures/mutations.js';

jest.setTimeout(60_000); // real signatures by the thousand

const LIBRARIES = ['jose', 'jsonwebtoken'] as const;
type Library = (typeof LIBRARIES)[number];

const good = claims({ aud: ACCOUNT_AUDIENCE, tenant: TENANT, tok_type: 'AT' });

/** Whether both libraries accept; jsonwebtoken has no say in EdDSA. */
function acceptedElsewhere({ jose, jsonwebtoken }: Judgements): boolean {
  return jose && jsonwebtoken !== false;
}

/**
 * Never more lenient than either library; where stricter than both, for a reason of the list.
 *
 * @returns the rules that explain the difference
 */
function compare(subject: Subject, judgements: Judgements): readonly StricterRule[] {
  const elsewhere = acceptedElsewhere(judgements);
  if (judgements.scopegate === 'accepted') {
    expect({ ...judgements, elsewhere }).toEqual({ ...judgements, elsewhere: true });
    return [];
  }
  if (!elsewhere) return [];
  const rules = STRICTER.filter((rule) => rule.reason === judgements.scopegate && rule.concerns(subject));
  expect({ ...judgements, explained: rules.length > 0 }).toEqual({ ...judgements, explained: true });
  return rules;
}

const originals = new Map<string, Promise<string>>();

/** A good token, signed by a library. */
function original(library: Library, alg: Alg): Promise<string> {
  const name = `${library} ${alg}`;
  const token = originals.get(name) ?? signBy(library, alg, { kid: alg }, good);
  originals.set(name, token);
  return token;
}

const signed = LIBRARIES.flatMap((library) =>
  ALGORITHMS.filter((alg) => library === 'jose' || alg !== 'EdDSA').map((alg) => [library, alg] as const),
);

test.each(signed)('all libraries accept a good token signed by %s with %s', async (library, alg) => {
  expect(await judge(await original(library, alg))).toEqual({
    scopegate: 'accepted',
    jose: true,
    jsonwebtoken: alg === 'EdDSA' ? undefined : true,
  });
});

describe('well-formed tokens', () => {
  const mostly = <T>(usual: T, ...others: readonly T[]) =>
    fc.oneof({ weight: 6, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constantFrom(usual, ...others) });
  const around = fc.integer({ min: -9, max: 9 }).map((seconds) => NOW + seconds);
  const text = fc.string({ unit: 'grapheme', maxLength: 20 });

  const payload = fc.record(
    {
      iss: mostly(good.iss, 'https://issuer.example', 'https://other.example/', ''),
      aud: mostly<unknown>(ACCOUNT_AUDIENCE, [ACCOUNT_AUDIENCE], ['other', ACCOUNT_AUDIENCE], 'other', []),
      tenant: mostly(TENANT, 'idcs-2'),
      exp: fc.oneof(around, fc.constant(NOW + 3600)),
      nbf: around,
      iat: fc.oneof(around, fc.constant(NOW - 60)),
      sub: text,
      jti: text,
      client_id: text,
      scope: mostly('read write', '', 'urn:opc:resource:consumer:paas::read'),
      tok_type: mostly('AT', 'IT'),
      name: text,
      groups: fc.jsonValue({ maxDepth: 2 }),
    },
    { requiredKeys: ['iss', 'aud', 'tenant'], noNullPrototype: true },
  );
  const header = (alg: Alg) =>
    fc.record(
      {
        kid: mostly<string>(alg, 'RS256', 'ES256', 'other'),
        typ: mostly('at+jwt', 'JWT', 'logout+jwt'),
        x5t: mostly('x', 'é'),
      },
      { requiredKeys: [], noNullPrototype: true },
    );
  const token = fc
    .constantFrom(...ALGORITHMS)
    .chain((alg) =>
      fc.record({ library: fc.constantFrom(...LIBRARIES), alg: fc.constant(alg), header: header(alg), payload }),
    );

  test('judges tokens of jose and jsonwebtoken as both do, or more strictly for a named reason', async () => {
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(token, async ({ library, alg, header: joseHeader, payload: stated }) => {
        const subject = subjectOf(await signBy(library, alg, joseHeader, stated), alg);
        const judgements = await judge(subject.token);
        compare(subject, judgements);
        seen.add(judgements.scopegate);
      }),
      { numRuns: runs(500) },
    );
    expect([...seen]).toEqual(expect.arrayContaining(['accepted', 'issuer_mismatch', 'token_expired']));
  });
});

describe('times between two seconds', () => {
  const at = async (times: object, now: number) =>
    await judge(forge({ alg: 'EdDSA', kid: 'EdDSA' }, { ...good, ...times }, keys.EdDSA), now);

  test('agrees with jose about whole-second times if the clock has fractions', async () => {
    const whole = fc.integer({ min: -8, max: 8 }).map((seconds) => NOW + seconds);
    const fraction = fc.constantFrom(0, 0.001, 0.25, 0.5, 0.999);
    await fc.assert(
      fc.asyncProperty(whole, whole, fraction, async (exp, nbf, after) => {
        const { scopegate, jose } = await at({ exp, nbf }, NOW + after);
        expect(scopegate === 'accepted').toBe(jose);
      }),
      { numRuns: runs(200) },
    );
  });

  test('compares fractions of a second, which jose drops from the clock', async () => {
    expect(await at({ nbf: NOW + 5.5 }, NOW + 0.6)).toMatchObject({ scopegate: 'accepted', jose: false });
    expect(await at({ nbf: NOW + 5.7 }, NOW + 0.6)).toMatchObject({ scopegate: 'token_not_yet_valid', jose: false });
    expect(await at({ exp: NOW - 4.5 }, NOW + 0.6)).toMatchObject({ scopegate: 'token_expired', jose: true });
  });
});

describe('rules stricter than jose and jsonwebtoken', () => {
  test.each(STRICTER)('rejects with $reason where jose and jsonwebtoken accept: $because', async (rule) => {
    const differing = await Promise.all(
      signed.map(async ([library, alg]) => {
        const subject = mutated(await original(library, alg), alg, rule.example);
        const judgements = await judge(subject.token);
        return compare(subject, judgements).includes(rule) ? [alg] : [];
      }),
    );
    expect(differing.flat()).not.toEqual([]);
  });
});

describe('mutated tokens', () => {
  // jsonwebtoken has no say in EdDSA, and the key for RS256 is the one that some rules are about.
  const examples = STRICTER.flatMap(({ example }) =>
    (['RS256', 'EdDSA'] as const).map(
      (alg) => [{ library: 'jose', alg }, [...example]] as [{ library: Library; alg: Alg }, Mutation[]],
    ),
  );

  test('never accepts a mutated token that another library rejects', async () => {
    const hits = new Map(STRICTER.map((rule) => [rule.because, 0]));
    const outcomes = { accepted: 0, refused: 0 };
    const start = fc.constantFrom(...signed).map(([library, alg]) => ({ library, alg }));
    await fc.assert(
      fc.asyncProperty(
        start,
        fc.array(mutation, { minLength: 1, maxLength: 3 }),
        async ({ library, alg }, mutations) => {
          const subject = mutated(await original(library, alg), alg, mutations);
          const judgements = await judge(subject.token);
          for (const { because } of compare(subject, judgements)) hits.set(because, (hits.get(because) ?? 0) + 1);
          outcomes[judgements.scopegate === 'accepted' ? 'accepted' : 'refused']++;
        },
      ),
      { numRuns: longRuns(1200), examples },
    );
    expect([...hits].filter(([, count]) => count === 0)).toEqual([]);
    expect(outcomes.accepted).toBeGreaterThan(longRuns(50));
    expect(outcomes.refused).toBeGreaterThan(longRuns(500));
  });

  test('rejects a signed token after any bit of it is flipped', async () => {
    const flip = fc.record({ flipBit: fc.nat({ max: 8 * 600 }), part: fc.nat({ max: 2 }) });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...signed), flip, async ([library, alg], change) => {
        const { token } = mutated(await original(library, alg), alg, [change]);
        expect((await judge(token)).scopegate).not.toBe('accepted');
      }),
      { numRuns: longRuns(400) },
    );
  });
});
