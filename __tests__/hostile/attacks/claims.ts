import { rawClaim, saying, type TokenCase, withTokens } from '../attack.js';
import { now } from '../keys.js';

/** JSON texts in place of a date, and what they are taken for. */
const NO_DATES = [
  '"soon"',
  `"${now + 3600}"`,
  '""',
  'null',
  'true',
  'false',
  '[]',
  `[${now + 3600}]`,
  '{}',
  '-1',
  '-0.5',
  '1e400',
  '-1e400',
  '253402300800',
  '9007199254740993',
  '1e300',
];
const MILLISECONDS = `${(now + 3600) * 1000}`;

/** RFC 7519 §4.1.4 to §4.1.6 */
export const times = withTokens([
  ...['exp', 'nbf', 'iat'].flatMap((claim): TokenCase[] => [
    ...NO_DATES.map((text): TokenCase => [`${claim} of ${text}`, rawClaim(claim, text), 'claim_malformed']),
    [`${claim} in milliseconds`, rawClaim(claim, MILLISECONDS), 'claim_malformed'],
    [`${claim} in microseconds`, rawClaim(claim, `${MILLISECONDS}000`), 'claim_malformed'],
    [`${claim} as a date in text`, rawClaim(claim, '"2100-01-01T00:00:00Z"'), 'claim_malformed'],
  ]),
  ['no exp', saying({ exp: undefined }), 'claim_missing'],
  [
    'no exp, but expires_in and expiry',
    saying({ exp: undefined, expires_in: 3600, expiry: now + 3600 }),
    'claim_missing',
  ],
  ...['0', '-0', '1', '1.5', '1e-400', '253402300.799'].map(
    (text): TokenCase => [`exp of ${text}`, rawClaim('exp', text), 'token_expired'],
  ),
  ['exp an hour ago', saying({ exp: now - 3600 }), 'token_expired'],
  ['exp an hour ago and a fraction', saying({ exp: now - 3600 + 0.999 }), 'token_expired'],
  ['exp an hour ago, with an exponent', rawClaim('exp', `${(now - 3600) / 1000}e3`), 'token_expired'],
  ...['nbf', 'iat'].flatMap((claim): TokenCase[] => [
    [`${claim} in an hour`, saying({ [claim]: now + 3600, exp: now + 7200 }), 'token_not_yet_valid'],
    [
      `${claim} in an hour and a half second`,
      saying({ [claim]: now + 3600.5, exp: now + 7200 }),
      'token_not_yet_valid',
    ],
    [`${claim} in the year 9999`, saying({ [claim]: 253_402_300_799, exp: 253_402_300_799 }), 'token_not_yet_valid'],
  ]),
  ['an expired token from the future', saying({ exp: now - 60, nbf: now + 3600 }), 'token_expired'],
]);

const MALFORMED: readonly (readonly [claim: string, value: unknown])[] = ['sub', 'jti', 'client_id'].flatMap((claim) =>
  [null, 7, true, ['x'], { a: 1 }].map((value) => [claim, value] as const),
);

export const otherClaims = withTokens(
  MALFORMED.map(
    ([claim, value]): TokenCase => [
      `${claim} of ${JSON.stringify(value)}`,
      saying({ [claim]: value }),
      'claim_malformed',
    ],
  ),
);
