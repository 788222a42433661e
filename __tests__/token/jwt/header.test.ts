import fc from 'fast-check';
import type { JwtHeader } from '../../../lib/token/access-token.js';
import { checkHeader, type HeaderPolicy } from '../../../lib/token/jwt/header.js';
import { runs } from '../../support/property-runs.js';
import { detailOf } from '../../support/tokens.js';

const lax: HeaderPolicy = { algorithms: ['RS256', 'ES256'], onlyAtJwt: false };
const strict: HeaderPolicy = { ...lax, onlyAtJwt: true };

function check(header: object, policy = lax): string | undefined {
  return checkHeader(header as JwtHeader, policy)?.rejected;
}

test('a header as OCI IAM sends it, without typ, is accepted', () => {
  expect(check({ 'x5t#S256': 'a', x5t: 'b', kid: 'SIGNING_KEY', alg: 'RS256' })).toBeUndefined();
});

describe('8725-1, 7515-1: the algorithm is one of the allowed', () => {
  test.each(['RS256', 'ES256'])('accepted: %s', (alg) => {
    expect(check({ alg })).toBeUndefined();
  });

  test.each(['RS384', 'PS256', 'EdDSA', 'rs256', 'RS256 ', ' RS256', 'RS256\0', 'RSA1_5', 'dir', ''])(
    'refused: %j',
    (alg) => {
      expect(check({ alg })).toBe('algorithm_not_allowed');
    },
  );

  test.each(['none', 'None', 'NONE', 'nOnE'])('8725-2: none is refused in any case: %s', (alg) => {
    expect(check({ alg })).toBe('algorithm_not_allowed');
  });

  test.each(['HS256', 'HS384', 'HS512', 'hs256'])('8725-3: HMAC is refused: %s', (alg) => {
    expect(check({ alg })).toBe('algorithm_not_allowed');
  });

  test.each([[undefined], [null], [['RS256']], [{}], [0], [true], [{ toString: 'RS256' }]])(
    'an alg that is no string is refused: %j',
    (alg) => {
      expect(check({ alg })).toBe('algorithm_not_allowed');
    },
  );

  test('a prototype’s name is no algorithm', () => {
    for (const alg of ['constructor', '__proto__', 'toString', 'length']) {
      expect(check({ alg })).toBe('algorithm_not_allowed');
    }
  });

  test('the sentence names both sides', () => {
    const sentence = detailOf(checkHeader({ alg: 'HS256' }, lax));
    expect(sentence).toBe('The token\'s "alg" is "HS256"; "algorithms" allows RS256, ES256.');
  });
});

describe('8725-9: the type is that of an access token', () => {
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

  test.each([...accessToken, ...anyJwt])('accepted by default: %s', (typ) => {
    expect(check({ alg: 'RS256', typ })).toBeUndefined();
  });

  test.each(accessToken)('9068-1: accepted under the profile: %s', (typ) => {
    expect(check({ alg: 'RS256', typ }, strict)).toBeUndefined();
  });

  test.each(anyJwt)('9068-1: refused under the profile: %s', (typ) => {
    expect(check({ alg: 'RS256', typ }, strict)).toBe('type_not_allowed');
  });

  test('9068-1: no type at all is refused under the profile', () => {
    expect(check({ alg: 'RS256' }, strict)).toBe('type_not_allowed');
    expect(detailOf(checkHeader({ alg: 'RS256' }, strict))).toContain('takes "at+jwt" only');
  });

  test.each(foreign)('8725-11: another kind of token is refused: %j', (typ) => {
    expect(check({ alg: 'RS256', typ })).toBe('type_not_allowed');
    expect(check({ alg: 'RS256', typ }, strict)).toBe('type_not_allowed');
  });

  test.each([[null], [['JWT']], [{}], [0], [false]])('a typ that is no string is refused: %j', (typ) => {
    expect(check({ alg: 'RS256', typ })).toBe('type_not_allowed');
  });

  test('the sentence says which type it was', () => {
    expect(detailOf(checkHeader({ alg: 'RS256', typ: 'dpop+jwt' }, lax))).toContain('"dpop+jwt"');
  });
});

describe('members that change what a token means', () => {
  test.each([[['exp']], [[]], [['b64']], [['absent']], [['alg', 'alg']], ['exp'], [null], [false], [{}]])(
    '7515-2: crit is refused whatever it holds: %j',
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
  ])('8725-12: a compressed, nested or encrypted token is refused: %s of %j', (member, value) => {
    const header = { alg: 'RS256', [member]: value };
    expect(check(header)).toBe('header_unsupported');
    expect(detailOf(checkHeader(header, lax))).toContain(`"${member}"`);
  });

  test('7515-4: members that bring a key along are ignored', () => {
    const header = { jku: 'https://evil.example', x5u: 'https://evil.example', jwk: { kty: 'oct' }, x5c: ['MII'] };
    expect(check({ alg: 'RS256', ...header })).toBeUndefined();
  });

  test('a member of the prototype is not the token’s', () => {
    const header = JSON.parse('{"alg":"RS256","__proto__":{"crit":["a"],"typ":"dpop+jwt"}}');
    expect(check(header)).toBeUndefined();
  });
});

describe('8725-10: kid', () => {
  test.each(['../../etc/passwd', "' OR 1=1 --", 'SIGNING_KEY', '', '__proto__'])('a string passes: %j', (kid) => {
    expect(check({ alg: 'RS256', kid })).toBeUndefined();
  });

  test.each([[null], [1], [['a']], [{}], [true]])('anything else is malformed: %j', (kid) => {
    expect(check({ alg: 'RS256', kid })).toBe('token_malformed');
    expect(detailOf(checkHeader({ alg: 'RS256', kid } as JwtHeader, lax))).toContain('"kid"');
  });
});

test('no header makes it throw, and none is accepted with an algorithm that is not allowed', () => {
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
