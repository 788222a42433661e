import fc from 'fast-check';
import type { JwtPayload } from '../../../lib/token/access-token.js';
import { toAudienceRule } from '../../../lib/token/audience.js';
import { type ClaimsPolicy, checkClaims } from '../../../lib/token/jwt/claims.js';
import { runs } from '../../support/property-runs.js';
import { AUDIENCE, claims, detailOf, ISSUER, NOW } from '../../support/tokens.js';

const policy: ClaimsPolicy = {
  issuers: [ISSUER],
  audiences: [toAudienceRule('test', AUDIENCE)],
  times: { clockTolerance: 5, futureTolerance: 60 },
  required: ['iss', 'aud', 'exp'],
};
const strict: ClaimsPolicy = { ...policy, required: [...policy.required, 'sub', 'client_id', 'iat', 'jti'] };

function check(over: Readonly<Record<string, unknown>>, by = policy): string | undefined {
  return checkClaims(claims(over), by, NOW)?.reason;
}

function sentence(over: Readonly<Record<string, unknown>>, by = policy): string {
  return detailOf(checkClaims(claims(over), by, NOW));
}

test('accepts the claims of a good token', () => {
  expect(check({})).toBeUndefined();
  expect(check({}, strict)).toBeUndefined();
});

test('7519-3: ignores claims that it does not understand', () => {
  expect(check({ tenant: 'x', groups: [1], typ: 'Bearer', at: null, ['__proto__']: { nonce: 1 } })).toBeUndefined();
});

describe('the iss claim', () => {
  test.each([
    ['another', 'https://other.example/'],
    ['another path', `${ISSUER}a`],
    ['another scheme', ISSUER.replace('https', 'http')],
    ['a port', 'https://issuer.example:443/'],
    ['a space', `${ISSUER} `],
    ['a look-alike', 'https://issuеr.example/'],
    ['nothing in it', ''],
  ])('8725-6, 9068-2: rejects an issuer with %s', (_, iss) => {
    expect(check({ iss })).toBe('issuer_mismatch');
    expect(sentence({ iss })).toBe(`The token's "iss" is ${JSON.stringify(iss)}; expected "${ISSUER}".`);
  });

  test('9068-2: rejects an issuer that differs by a trailing slash and explains why', () => {
    expect(check({ iss: 'https://issuer.example' })).toBe('issuer_mismatch');
    expect(check({ iss: `${ISSUER}/` })).toBe('issuer_mismatch');
    expect(sentence({ iss: 'https://issuer.example' })).toBe(
      `The token's "iss" is "https://issuer.example"; expected "${ISSUER}". ` +
        'They differ by a slash at the end only: set "issuer" exactly as the token has it.',
    );
    expect(sentence({ iss: ISSUER }, { ...policy, issuers: ['https://issuer.example'] })).toContain('by a slash');
  });

  test('9068-2: rejects an issuer that differs by letter case and explains why', () => {
    expect(check({ iss: 'https://Issuer.example/' })).toBe('issuer_mismatch');
    expect(sentence({ iss: 'https://Issuer.example/' })).toContain('They differ by letter case only');
    expect(sentence({ iss: 'https://Issuer.example' })).toContain('They differ by letter case only');
  });

  test('accepts one of several issuers, and names them all if none matches', () => {
    const two = { ...policy, issuers: ['https://old.example', ISSUER] };
    expect(check({}, two)).toBeUndefined();
    expect(check({ iss: 'https://old.example' }, two)).toBeUndefined();
    expect(sentence({ iss: 'https://old.example/' }, two)).toContain(
      `"https://old.example" or "${ISSUER}". They differ`,
    );
  });
});

describe('the aud claim', () => {
  test.each([[AUDIENCE], [[AUDIENCE]], [['other', AUDIENCE]], [[AUDIENCE, AUDIENCE]]])(
    '7519-2, 9068-3: accepts the audience %j',
    (aud) => {
      expect(check({ aud })).toBeUndefined();
    },
  );

  test('accepts 64 audiences in a token and rejects 65', () => {
    expect(check({ aud: [...Array(63).fill('other'), AUDIENCE] })).toBeUndefined();
    expect(check({ aud: [...Array(64).fill('other'), AUDIENCE] })).toBe('claim_malformed');
  });

  test.each([['other'], [`${AUDIENCE}/`], [AUDIENCE.toUpperCase()], [''], [[]], [['other']], [`${AUDIENCE} other`]])(
    '7519-2, 8725-8: rejects the audience %j',
    (aud) => {
      expect(check({ aud })).toBe('audience_mismatch');
      expect(sentence({ aud })).toBe(`The token's "aud" is ${JSON.stringify(aud)}; expected ${AUDIENCE}.`);
    },
  );

  test.each([[null], [1], [{}], [{ 0: AUDIENCE, length: 1 }], [[AUDIENCE, 1]], [[AUDIENCE, null]], [[[AUDIENCE]]]])(
    '7519-2: rejects an audience that is no string or list of strings: %j',
    (aud) => {
      expect(check({ aud })).toBe('claim_malformed');
      expect(sentence({ aud })).toContain('"aud"');
      expect(sentence({ aud })).toContain('not a string or a list of at most 64 strings');
    },
  );

  test('8725-12: accepts 64 distinct audiences and rejects 65', () => {
    const others = (count: number) => Array.from({ length: count }, (_, i) => `other ${i}`);
    expect(check({ aud: [...others(63), AUDIENCE] })).toBeUndefined();
    expect(check({ aud: [...others(64), AUDIENCE] })).toBe('claim_malformed');
  });
});

test('skips issuer and audience if another verifier has checked them', () => {
  const elsewhere = { iss: 'https://other.example/', aud: 'other' };
  expect(check(elsewhere, { ...policy, issuers: undefined })).toBe('audience_mismatch');
  expect(check(elsewhere, { ...policy, audiences: undefined })).toBe('issuer_mismatch');
  expect(check(elsewhere, { ...policy, issuers: undefined, audiences: undefined })).toBeUndefined();
});

describe('presence and types of claims', () => {
  test.each(['iss', 'aud', 'exp'])('8725-8, 9068-6: rejects a token without %s', (claim) => {
    expect(check({ [claim]: undefined })).toBe('claim_missing');
    expect(sentence({ [claim]: undefined })).toBe(`The token has no "${claim}" claim.`);
  });

  test.each(['sub', 'client_id', 'iat', 'jti'])('9068-6: rejects a token without %s only in strict mode', (claim) => {
    expect(check({ [claim]: undefined })).toBeUndefined();
    expect(check({ [claim]: undefined }, strict)).toBe('claim_missing');
    expect(sentence({ [claim]: undefined }, strict)).toContain(`"${claim}"`);
  });

  test.each(['iss', 'sub', 'jti', 'client_id'])('rejects a %s claim that is not a string', (claim) => {
    for (const value of [null, 1, true, {}, [], ['a'], [ISSUER]])
      expect(check({ [claim]: value })).toBe('claim_malformed');
    expect(sentence({ [claim]: [1] })).toBe(`The token's "${claim}" is [1], not a string.`);
  });

  test.each([['read write'], [''], [['read', 'write']], [['read']], [[]], [['read write', '']], [null]])(
    '9068-9: accepts the scope claim %j, and the same value as scp',
    (value) => {
      expect(check({ scope: value })).toBeUndefined();
      expect(check({ scope: undefined, scp: value })).toBeUndefined();
      expect(check({ scope: null, scp: value })).toBeUndefined();
    },
  );

  test.each([[1], [true], [{}], [{ 0: 'read', length: 1 }], [['read', 1]], [['read', null]], [[['read']]]])(
    '9068-9: rejects the scope claim %j, and the same value as scp',
    (value) => {
      expect(check({ scope: value })).toBe('claim_malformed');
      expect(check({ scope: undefined, scp: value })).toBe('claim_malformed');
      expect(check({ scope: null, scp: value })).toBe('claim_malformed');
      expect(sentence({ scope: value })).toContain('not a string or a list of strings');
    },
  );

  test('ignores scp where there is a scope claim', () => {
    expect(check({ scope: 'read', scp: 7 })).toBeUndefined();
    expect(check({ scope: [], scp: 7 })).toBeUndefined();
  });

  test.each(['exp', 'nbf', 'iat'])('7519-1: rejects a %s claim that is not a number of seconds', (claim) => {
    for (const value of [null, `${NOW + 60}`, true, [NOW], {}, -1, -0.1, (NOW + 60) * 1000, 253_402_300_800]) {
      expect(check({ [claim]: value })).toBe('claim_malformed');
    }
    expect(checkClaims({ ...claims(), ...JSON.parse(`{"${claim}":1e400}`) }, policy, NOW)?.reason).toBe(
      'claim_malformed',
    );
    expect(sentence({ [claim]: 'soon' })).toBe(`The token's "${claim}" is "soon", not a date in seconds.`);
  });
});

describe('time claims with a tolerance of 5 s, and of 60 s for the future', () => {
  test.each([
    ['7519-1: exp in the past is refused', { exp: NOW - 3600 }, 'token_expired'],
    ['9068-5: exp is the first moment at which the token is refused', { exp: NOW - 5 }, 'token_expired'],
    ['9068-5: exp within the tolerance is accepted', { exp: NOW - 4 }, undefined],
    ['9068-5: a fraction of a second counts', { exp: NOW - 4.999 }, undefined],
    ['7519-1: exp of 0 is refused', { exp: 0 }, 'token_expired'],
    ['7519-1: the last date of all is accepted', { exp: 253_402_300_799 }, undefined],
    ['7519-1: nbf in the future is refused', { nbf: NOW + 3600 }, 'token_not_yet_valid'],
    ['7519-1: nbf just beyond the future tolerance is refused', { nbf: NOW + 61 }, 'token_not_yet_valid'],
    ['7519-1: nbf within the future tolerance is accepted', { nbf: NOW + 60 }, undefined],
    ['7519-5: iat in the future is refused', { iat: NOW + 3600 }, 'token_not_yet_valid'],
    ['7519-5: iat just beyond the future tolerance is refused', { iat: NOW + 60.001 }, 'token_not_yet_valid'],
    ['7519-5: iat within the future tolerance is accepted', { iat: NOW + 60 }, undefined],
    ['7519-5: iat a few seconds in the future is accepted', { iat: NOW + 7 }, undefined],
    ['7519-5: iat and nbf a few seconds in the future are accepted', { iat: NOW + 7, nbf: NOW + 7 }, undefined],
    ['7519-1: the future tolerance keeps no expired token alive', { exp: NOW - 6, iat: NOW + 7 }, 'token_expired'],
    ['7519-5: an old iat is accepted', { iat: 0 }, undefined],
    ['an expired token from the future is expired', { exp: NOW - 60, nbf: NOW + 60 }, 'token_expired'],
  ])('%s', (_, over, rejected) => {
    expect(check(over)).toBe(rejected);
  });

  test('without tolerance, a token expires exactly at exp and starts exactly at nbf', () => {
    const exact = { ...policy, times: { clockTolerance: 0, futureTolerance: 0 } };
    expect(check({ exp: NOW }, exact)).toBe('token_expired');
    expect(check({ exp: NOW + 1 }, exact)).toBeUndefined();
    expect(check({ nbf: NOW + 1 }, exact)).toBe('token_not_yet_valid');
    expect(check({ nbf: NOW }, exact)).toBeUndefined();
  });

  test.each(['nbf', 'iat'])('without tolerance, fractions of a second of %s and the clock are compared', (claim) => {
    const times = { clockTolerance: 0, futureTolerance: 0 };
    const at = (date: number, now: number) => checkClaims(claims({ [claim]: date }), { ...policy, times }, now)?.reason;
    expect(at(NOW + 0.25, NOW + 0.5)).toBeUndefined();
    expect(at(NOW + 0.5, NOW + 0.5)).toBeUndefined();
    expect(at(NOW + 0.75, NOW + 0.5)).toBe('token_not_yet_valid');
    expect(at(NOW + 1, NOW + 0.999)).toBe('token_not_yet_valid');
  });

  test('each tolerance changes its own claims only', () => {
    const patient = { ...policy, times: { clockTolerance: 300, futureTolerance: 0 } };
    expect(check({ exp: NOW - 299 }, patient)).toBeUndefined();
    expect(check({ iat: NOW + 1 }, patient)).toBe('token_not_yet_valid');
    const early = { ...policy, times: { clockTolerance: 0, futureTolerance: 300 } };
    expect(check({ iat: NOW + 299, nbf: NOW + 299 }, early)).toBeUndefined();
    expect(check({ exp: NOW }, early)).toBe('token_expired');
  });

  test('the detail gives the difference in seconds', () => {
    expect(sentence({ exp: NOW - 90 })).toBe('The token expired 90 s ago.');
    expect(sentence({ nbf: NOW + 90 })).toContain('"nbf" lies 90 s in the future; "futureTolerance" is 60 s');
    expect(sentence({ iat: NOW + 300 })).toContain('"iat" lies 300 s in the future');
  });

  test('rejects a token that never expires', () => {
    expect(check({ exp: undefined }, { ...policy, required: [] })).toBe('token_expired');
  });

  test('rejects every token if the clock returns no number', () => {
    expect(checkClaims(claims(), policy, Number.NaN)?.reason).toBe('token_expired');
  });
});

test('no payload throws, and accepted ones match issuer, audience and expiry', () => {
  const claim = fc.constantFrom(...Object.keys(claims()), 'nbf', 'tok_type', 'nonce', '__proto__');
  const value = fc.oneof(fc.constantFrom(NOW, `${NOW}`, ISSUER, AUDIENCE, null, 'AT'), fc.jsonValue());
  fc.assert(
    fc.property(fc.dictionary(claim, value, { maxKeys: 2, noNullPrototype: true }), (over) => {
      const payload = claims(over);
      const rejection = checkClaims(payload as JwtPayload, policy, NOW);
      if (rejection !== undefined) expect(detailOf(rejection)).toMatch(/\.$/);
      else
        expect([payload.iss, [payload.aud].flat().includes(AUDIENCE), Number(payload.exp) > NOW - 5]).toEqual([
          ISSUER,
          true,
          true,
        ]);
    }),
    { numRuns: runs(500) },
  );
});
