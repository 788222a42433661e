import fc from 'fast-check';
import { type ChallengeContext, challenge, isChallengeText } from '../../lib/enforcement/challenge.js';
import { REFUSALS, Refusal, type RefusalReason } from '../../lib/enforcement/refusal.js';
import { anyCharacter } from '../support/any-character.js';
import { tryEachProperty } from '../support/property-runs.js';
import { parseChallenges } from './fixtures/challenge-parser.js';

tryEachProperty(500);

const reasons = Object.keys(REFUSALS) as RefusalReason[];
const challenging = reasons.filter((reason) => REFUSALS[reason].status !== 503);

const bearerOnly: ChallengeContext = { realm: 'api', schemes: ['bearer'] };
const both: ChallengeContext = { realm: 'api', schemes: ['bearer', 'dpop'] };

const refused = (reason: RefusalReason) =>
  new Refusal(reason, reason === 'insufficient_scope' ? { scope: ['a', 'urn:opc:resource:consumer::all'] } : {});

function parsed(reason: RefusalReason, context: ChallengeContext, used?: 'bearer' | 'dpop') {
  return parseChallenges(challenge(refused(reason), context, used));
}

describe('the challenge of a refusal', () => {
  test.each(challenging)('6750-7, 6750-9, 6750-10: %s has one well-formed Bearer challenge', (reason) => {
    const { error, description } = REFUSALS[reason];
    const scope = reason === 'insufficient_scope' ? { scope: 'a urn:opc:resource:consumer::all' } : {};
    const parameters = error === undefined ? {} : { error, error_description: description, ...scope };
    for (const used of [undefined, 'bearer', 'dpop'] as const) {
      expect(parsed(reason, bearerOnly, used)).toEqual([
        { scheme: 'Bearer', parameters: { realm: 'api', ...parameters } },
      ]);
    }
  });

  test.each(challenging)('9449-12: the challenge of the used scheme carries the error of %s', (reason) => {
    const algs = expect.stringMatching(/^RS256 .*\bES256\b/);
    for (const used of ['bearer', 'dpop'] as const) {
      const [first, second, ...more] = parsed(reason, both, used);
      expect(more).toEqual([]);
      expect([first?.scheme, second?.scheme]).toEqual(['Bearer', 'DPoP']);
      const [told, other] = used === 'bearer' ? [first, second] : [second, first];
      expect(told?.parameters.error).toBe(REFUSALS[reason].error);
      expect(other?.parameters).toEqual(used === 'bearer' ? { realm: 'api', algs } : { realm: 'api' });
      expect(second?.parameters.algs).toEqual(algs);
    }
  });

  test('9449-4: the DPoP challenge lists the asymmetric algorithms that a proof may have', () => {
    const [, dpop] = parsed('no_credentials', both);
    const algorithms = ['RS', 'PS', 'ES'].flatMap((family) => [256, 384, 512].map((bits) => `${family}${bits}`));
    expect(dpop?.parameters.algs?.split(' ').sort()).toEqual([...algorithms, 'EdDSA'].sort());
  });

  test('a challenge names scopes as a client requests them', () => {
    const toRequestedScope = (scope: string) => `https://orders.example/${scope}`;
    const refusal = new Refusal('insufficient_scope', { scope: ['orders:read', 'orders:write'] });
    const [bearer] = parseChallenges(challenge(refusal, { ...bearerOnly, toRequestedScope }, 'bearer'));

    expect(bearer?.parameters.scope).toBe('https://orders.example/orders:read https://orders.example/orders:write');
  });

  test.each(challenging)(
    '9728-5.1: %s names the metadata in every challenge, unless the request was malformed',
    (reason) => {
      const resourceMetadata = 'https://api.example/.well-known/oauth-protected-resource/mcp';
      const expected = REFUSALS[reason].status === 400 ? undefined : resourceMetadata;
      for (const { parameters } of parsed(reason, { ...both, resourceMetadata })) {
        expect(parameters.resource_metadata).toBe(expected);
      }
    },
  );

  test.each(challenging)('the scope of the route is named by a 401 only: %s', (reason) => {
    const header = challenge(new Refusal(reason), { ...both, routeScope: ['a', 'b'] }, 'dpop');
    const [bearer, dpop] = parseChallenges(header);

    expect(bearer?.parameters.scope).toBeUndefined();
    expect(dpop?.parameters.scope).toBe(REFUSALS[reason].status === 401 ? 'a b' : undefined);
  });

  test('the scope that a refusal names comes before that of the route', () => {
    const refusal = new Refusal('insufficient_user_authentication', { scope: ['a'] });
    const [bearer] = parseChallenges(challenge(refusal, { ...bearerOnly, routeScope: ['a', 'b'] }, 'bearer'));

    expect(bearer?.parameters.scope).toBe('a');
  });

  test('9470-3: a refusal names the authentication of the user that the route requires', () => {
    const authentication = { acrValues: ['gold', 'silver'], maxAge: 300 };
    const refusal = new Refusal('insufficient_user_authentication', { authentication });
    const [bearer] = parseChallenges(challenge(refusal, bearerOnly, 'bearer'));

    expect(bearer?.parameters).toMatchObject({ acr_values: 'gold silver', max_age: '300' });
  });

  test('offline_access is named by no challenge', () => {
    const scopeOf = (scope: readonly string[]) => {
      const header = challenge(new Refusal('insufficient_scope', { scope }), bearerOnly, 'bearer');
      return parseChallenges(header)[0]?.parameters.scope;
    };

    expect(scopeOf(['offline_access', 'a'])).toBe('a');
    expect(scopeOf(['offline_access'])).toBeUndefined();
  });

  test('an outage sends no challenge', () => {
    expect(reasons.filter((reason) => !challenging.includes(reason))).toEqual([
      'verifier_unavailable',
      'grants_unavailable',
    ]);
    expect(challenge(new Refusal('verifier_unavailable'), both, 'dpop')).toBeUndefined();
  });

  test('6750-11: every refusal has the status code of its error', () => {
    const statusOf = {
      invalid_request: 400,
      invalid_token: 401,
      invalid_dpop_proof: 401,
      insufficient_scope: 403,
      insufficient_user_authentication: 401,
    };
    for (const { status, error } of Object.values(REFUSALS)) {
      if (error === undefined) expect([401, 503]).toContain(status);
      else expect(status).toBe(statusOf[error]);
    }
  });

  test('6750-8: only requests without usable credentials are refused without an error code', () => {
    expect(challenging.filter((reason) => REFUSALS[reason].error === undefined)).toEqual([
      'no_credentials',
      'scheme_not_supported',
    ]);
  });

  test('each refusal reason has its own description', () => {
    const sentences = Object.values(REFUSALS).map(({ description }) => description);
    expect(new Set(sentences).size).toBe(sentences.length);
    for (const sentence of sentences) expect(sentence).toMatch(/^[A-Z].*\.$/);
  });

  test('the first challenge carries the error of a scheme that is not supported', () => {
    const dpopOnly: ChallengeContext = { realm: 'api', schemes: ['dpop'] };
    const [first, ...more] = parsed('credentials_repeated', dpopOnly, 'bearer');
    expect(more).toEqual([]);
    expect(first).toMatchObject({ scheme: 'DPoP', parameters: { error: 'invalid_request' } });
  });
});

describe('challenges for any valid realm and scope', () => {
  const allowed = fc.integer({ min: 0x20, max: 0x7e }).filter((code) => code !== 0x22 && code !== 0x5c);
  const unit = allowed.map((code) => String.fromCharCode(code));
  const text = fc.string({ unit, minLength: 1 });
  const scopeToken = fc.string({ unit: unit.filter((character) => character !== ' '), minLength: 1 });

  test('a client reads realm and scope from the challenge unchanged', () => {
    fc.assert(
      fc.property(text, fc.array(scopeToken, { minLength: 1 }), (realm, scope) => {
        expect(isChallengeText(realm)).toBe(true);
        const header = challenge(
          new Refusal('insufficient_scope', { scope }),
          { realm, schemes: ['bearer'] },
          'bearer',
        );
        const [only] = parseChallenges(header);
        expect(only?.parameters).toMatchObject({ realm, scope: scope.join(' ') });
      }),
    );
  });

  test('each scheme gets one well-formed challenge, and only one carries the error', () => {
    const schemes = fc.shuffledSubarray(['bearer', 'dpop'] as const, { minLength: 1 });
    const scopes = fc.option(fc.array(scopeToken, { minLength: 1 }), { nil: undefined });
    const used = fc.constantFrom('bearer', 'dpop', undefined);
    fc.assert(
      fc.property(fc.constantFrom(...challenging), text, schemes, scopes, used, (reason, realm, taken, scope, by) => {
        const { error, description } = REFUSALS[reason];
        const refusal = new Refusal(reason, error && scope && { scope });
        const read = parseChallenges(challenge(refusal, { realm, schemes: taken }, by));
        expect(read.map(({ scheme }) => scheme.toLowerCase())).toEqual(taken);
        expect(read.map(({ parameters }) => parameters.realm)).toEqual(taken.map(() => realm));
        const telling = read.filter(({ parameters }) => 'error' in parameters);
        expect(telling).toHaveLength(error === undefined ? 0 : 1);
        for (const { parameters } of telling) {
          const told = { error, error_description: description, ...(scope && { scope: scope.join(' ') }) };
          expect(parameters).toMatchObject(told);
        }
        const untold = read.filter((each) => !telling.includes(each)).flatMap((each) => Object.keys(each.parameters));
        expect(untold.filter((name) => !['realm', 'algs'].includes(name))).toEqual([]);
      }),
    );
  });

  test.each([[undefined], [null], [7], [['api']], [{ toString: () => 'api' }]])('%j is no challenge text', (value) => {
    expect(isChallengeText(value)).toBe(false);
  });

  test('a challenge text with a character outside the allowed set is invalid', () => {
    const other = fc
      .string({ unit: anyCharacter, minLength: 1, maxLength: 1 })
      .filter((c) => !/[\x20\x21\x23-\x5B\x5D-\x7E]/.test(c));
    fc.assert(
      fc.property(fc.string({ unit }), other, fc.string({ unit }), (before, character, after) => {
        expect(isChallengeText(before + character + after)).toBe(false);
      }),
    );
  });
});

test.each([
  [''],
  ['Bearer'],
  ['Bearer realm=api'],
  ['Bearer realm="api'],
  ['Bearer realm="a\\"b"'],
  ['Bearer realm="caf\xe9"'],
  ['Bearer realm=""'],
  ['Bearer  realm="api"'],
  ['Bearer realm="api",error="x"'],
  ['Bearer realm="api", realm="api"'],
  ['Bearer error="a", scope="b", error="c"'],
  ['Bearer scope="a  b"'],
  ['Bearer scope=" a"'],
  ['Bearer realm="api", '],
  ['Bearer realm="api"\r\nX: 1'],
])('the challenge parser of the tests rejects %j', (header) => {
  expect(() => parseChallenges(header)).toThrow(/expected at/);
});

test('the challenge parser of the tests separates parameters from the next challenge', () => {
  expect(parseChallenges('Bearer realm="a, b", error="c", DPoP algs="ES256", realm="a"')).toEqual([
    { scheme: 'Bearer', parameters: { realm: 'a, b', error: 'c' } },
    { scheme: 'DPoP', parameters: { algs: 'ES256', realm: 'a' } },
  ]);
});
