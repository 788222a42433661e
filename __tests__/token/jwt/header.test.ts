import fc from 'fast-check';
import type { JwtHeader } from '../../../lib/token/access-token.js';
import { checkHeader, type HeaderPolicy } from '../../../lib/token/jwt/header.js';
import { runs } from '../../support/property-runs.js';
import { detailOf } from '../../support/tokens.js';

const lax: HeaderPolicy = { algorithms: ['RS256', 'ES256'], types: ['at+jwt', 'jwt'] };
const strict: HeaderPolicy = { ...lax, types: ['at+jwt'] };

function check(header: object, policy = lax): string | undefined {
  return checkHeader(header as JwtHeader, policy)?.reason;
}

test('accepts a header of OCI IAM, which has no typ', () => {
  expect(check({ 'x5t#S256': 'a', x5t: 'b', kid: 'SIGNING_KEY', alg: 'RS256' })).toBeUndefined();
});

describe('8725-1, 7515-1: the allowed algorithms', () => {
  test.each(['RS256', 'ES256'])('accepts the allowed algorithm %s', (alg) => {
    expect(check({ alg })).toBeUndefined();
  });

  test.each(['RS384', 'PS256', 'EdDSA', 'rs256', 'RS256 ', ' RS256', 'RS256\0', 'RSA1_5', 'dir', ''])(
    'rejects the algorithm %j',
    (alg) => {
      expect(check({ alg })).toBe('algorithm_not_allowed');
    },
  );

  test.each(['none', 'None', 'NONE', 'nOnE'])('8725-2: rejects the algorithm none in any letter case: %s', (alg) => {
    expect(check({ alg })).toBe('algorithm_not_allowed');
  });

  test.each(['HS256', 'HS384', 'HS512', 'hs256'])('8725-3: rejects the HMAC algorithm %s', (alg) => {
    expect(check({ alg })).toBe('algorithm_not_allowed');
  });

  test.each([[undefined], [null], [['RS256']], [{}], [0], [true], [{ toString: 'RS256' }]])(
    'rejects an alg that is not a string: %j',
    (alg) => {
      expect(check({ alg })).toBe('algorithm_not_allowed');
    },
  );

  test('rejects names of Object.prototype members as alg', () => {
    for (const alg of ['constructor', '__proto__', 'toString', 'length']) {
      expect(check({ alg })).toBe('algorithm_not_allowed');
    }
  });

  test('the detail names the alg of the token and the allowed algorithms', () => {
    const sentence = detailOf(checkHeader({ alg: 'HS256' }, lax));
    expect(sentence).toBe('The token\'s "alg" is "HS256"; "algorithms" allows RS256, ES256.');
  });
});

describe('8725-9: the typ of an access token', () => {
  const accessToken = ['at+jwt', 'application/at+jwt', 'AT+JWT', 'Application/At+Jwt'];
  const anyJwt = ['JWT', 'jwt', 'application/jwt', 'Application/JWT'];
  const foreign = [
    'dpop+jwt',
    'logout+jwt',
    'secevent+jwt',
    'token-introspection+jwt',
    'id+jwt',
    'refresh+jwt',
    'JOSE',
    'at+jwt ',
    'at jwt',
    'xat+jwt',
    'text/at+jwt',
    'application/application/at+jwt',
    '',
  ];

  test.each([...accessToken, ...anyJwt])('accepts the typ %s by default', (typ) => {
    expect(check({ alg: 'RS256', typ })).toBeUndefined();
  });

  test.each(accessToken)('9068-1: accepts the typ %s with at+jwt required', (typ) => {
    expect(check({ alg: 'RS256', typ }, strict)).toBeUndefined();
  });

  test.each(anyJwt)('9068-1: rejects the typ %s with at+jwt required', (typ) => {
    expect(check({ alg: 'RS256', typ }, strict)).toBe('type_not_allowed');
  });

  test('9068-1: rejects a header without typ if at+jwt is required', () => {
    expect(check({ alg: 'RS256' }, strict)).toBe('type_not_allowed');
    expect(detailOf(checkHeader({ alg: 'RS256' }, strict))).toBe('The token\'s "typ" is missing; "typ" allows at+jwt.');
  });

  test.each(foreign)('8725-11: rejects the typ %j of another kind of token', (typ) => {
    expect(check({ alg: 'RS256', typ })).toBe('type_not_allowed');
    expect(check({ alg: 'RS256', typ }, strict)).toBe('type_not_allowed');
  });

  test.each([[null], [['JWT']], [{}], [0], [false]])('rejects a typ that is not a string: %j', (typ) => {
    expect(check({ alg: 'RS256', typ })).toBe('type_not_allowed');
  });

  test('accepts a listed type in every letter case, with and without application/', () => {
    const listed = { ...lax, types: ['okta-internal-at+jwt', 'text/token'] };
    for (const typ of [
      'application/okta-internal-at+jwt',
      'okta-internal-at+jwt',
      'OKTA-internal-AT+jwt',
      'Text/Token',
    ]) {
      expect(check({ alg: 'RS256', typ }, listed)).toBeUndefined();
    }
    for (const typ of ['at+jwt', 'JWT', undefined, 'token', 'application/text/token', 'application/token']) {
      expect(check({ alg: 'RS256', ...(typ && { typ }) }, listed)).toBe('type_not_allowed');
    }
  });

  test('the detail names the typ of the token, and the types that are allowed', () => {
    const listed = { ...lax, types: ['at+jwt', 'text/token'] };
    expect(detailOf(checkHeader({ alg: 'RS256', typ: 'JWT' }, listed))).toBe(
      'The token\'s "typ" is "JWT"; "typ" allows at+jwt, text/token.',
    );
    expect(detailOf(checkHeader({ alg: 'RS256', typ: 'dpop+jwt' }, lax))).toContain('"dpop+jwt"');
  });
});

describe('header members that change the meaning of a token', () => {
  test.each([[['exp']], [[]], [['b64']], [['absent']], [['alg', 'alg']], ['exp'], [null], [false], [{}]])(
    '7515-2: rejects a crit header of any value: %j',
    (crit) => {
      expect(check({ alg: 'RS256', crit, exp: 1 })).toBe('header_unsupported');
    },
  );

  test.each([
    ['b64', false],
    ['b64', true],
    ['zip', 'DEF'],
    ['enc', 'A256GCM'],
    ['cty', 'JWT'],
    ['cty', null],
  ])('8725-12: rejects a header with %s of %j', (member, value) => {
    const header = { alg: 'RS256', [member]: value };
    expect(check(header)).toBe('header_unsupported');
    expect(detailOf(checkHeader(header, lax))).toContain(`"${member}"`);
  });

  test('7515-4: ignores header members that contain or reference a key', () => {
    const header = { jku: 'https://evil.example', x5u: 'https://evil.example', jwk: { kty: 'oct' }, x5c: ['MII'] };
    expect(check({ alg: 'RS256', ...header })).toBeUndefined();
  });

  test('ignores header members below __proto__', () => {
    const header = JSON.parse('{"alg":"RS256","__proto__":{"crit":["a"],"typ":"dpop+jwt"}}');
    expect(check(header)).toBeUndefined();
  });
});

describe('8725-10: the kid header', () => {
  test.each(['../../etc/passwd', "' OR 1=1 --", 'SIGNING_KEY', '', '__proto__'])('accepts the kid %j', (kid) => {
    expect(check({ alg: 'RS256', kid })).toBeUndefined();
  });

  test.each([[null], [1], [['a']], [{}], [true]])('rejects a kid that is not a string as malformed: %j', (kid) => {
    expect(check({ alg: 'RS256', kid })).toBe('token_malformed');
    expect(detailOf(checkHeader({ alg: 'RS256', kid } as JwtHeader, lax))).toContain('"kid"');
  });
});

test('no header throws, and only headers with an allowed algorithm are accepted', () => {
  const member = fc.constantFrom('alg', 'typ', 'kid', 'crit', 'x5t', '__proto__', 'a');
  const value = fc.oneof(fc.constantFrom('RS256', 'JWT', 'none'), fc.jsonValue());
  fc.assert(
    fc.property(fc.dictionary(member, value, { noNullPrototype: true }), (header) => {
      const rejection = checkHeader(header as JwtHeader, lax);
      if (rejection === undefined) expect(lax.algorithms).toContain(header.alg);
      else expect(detailOf(rejection)).toMatch(/\.$/);
    }),
    { numRuns: runs(500) },
  );
});
