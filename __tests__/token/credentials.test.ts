import fc from 'fast-check';
import { type AuthScheme, authScheme, type CredentialsRequest, readCredentials } from '../../lib/token/credentials.js';
import { anyCharacter } from '../support/any-character.js';
import { runs } from '../support/property-runs.js';

const FORM = 'application/x-www-form-urlencoded';
const bearer = (token: string) => ({ scheme: 'bearer', token });

function request(authorization: string | undefined, over: Partial<CredentialsRequest> = {}): CredentialsRequest {
  const rawHeaders = authorization === undefined ? [] : ['Authorization', authorization];
  return { headers: { authorization }, rawHeaders, url: '/reports', ...over };
}

/** The credentials of a request, or the reason why it has none. */
function outcomeOf(input: CredentialsRequest, schemes?: readonly AuthScheme[]) {
  const result = readCredentials(input, schemes);
  return result.ok ? result.credentials : result.reason;
}

function read(authorization: string | undefined, over: Partial<CredentialsRequest> = {}) {
  return outcomeOf(request(authorization, over));
}

describe('the Authorization header (RFC 6750 §2.1)', () => {
  test.each([
    ['a JWT', 'eyJhbGciOiJSUzI1NiJ9.e30.c2ln'],
    ['every character of token68', 'AZaz09-._~+/'],
    ['padding at the end', 'abc=='],
    ['one character', 'x'],
  ])('6750-1: accepts a token68 credential: %s', (_, token) => {
    expect(read(`Bearer ${token}`)).toEqual(bearer(token));
  });

  test.each(['Bearer', 'bearer', 'BEARER', 'bEaReR'])('6750-2: accepts the scheme in any letter case: %s', (scheme) => {
    expect(read(`${scheme} abc`)).toEqual(bearer('abc'));
  });

  test.each([1, 2, 3, 50])('6750-2: accepts %i spaces between scheme and token', (count) => {
    const spaces = ' '.repeat(count);
    expect(read(`Bearer${spaces}abc`)).toEqual(bearer('abc'));
    expect(read(`bearer${spaces}abc==`)).toEqual(bearer('abc=='));
    expect(outcomeOf(request(`DPoP${spaces}abc`), ['bearer', 'dpop'])).toEqual({ scheme: 'dpop', token: 'abc' });
  });

  test.each([
    ['a tab', 'Bearer\tabc'],
    ['a space and a tab', 'Bearer \tabc'],
    ['a tab and a space', 'Bearer\t abc'],
    ['a line break', 'Bearer\nabc'],
    ['a no-break space', 'Bearer\u00a0abc'],
    ['a comma', 'Bearer,abc'],
    ['a colon', 'Bearer:abc'],
    ['a slash', 'Bearer/abc'],
    ['nothing, and no token', 'Bearer'],
    ['one space, and no token', 'Bearer '],
    ['three spaces, and no token', 'Bearer   '],
  ])('6750-2: rejects %s in place of spaces between scheme and token', (_, authorization) => {
    expect(read(authorization)).toBe('credentials_malformed');
  });

  test.each([
    ['a comma', 'abc,def'],
    ['a second credential', 'abc, Bearer def'],
    ['a space', 'abc def'],
    ['a space at the end', 'abc '],
    ['a line break at the end', 'abc\n'],
    ['a quoted string', '"abc"'],
    ['a parameter', 'token="abc"'],
    ['padding alone', '=='],
    ['padding in the middle', 'ab=c'],
    ['a percent sign', 'abc%20'],
    ['a letter outside ASCII', 'abcé'],
    ['a NUL', 'abc\0'],
  ])('6750-3: rejects a credential that is not token68 as malformed: %s', (_, token) => {
    expect(read(`Bearer ${token}`)).toBe('credentials_malformed');
  });

  test.each([
    ['a leading comma', ', Bearer abc'],
    ['a leading comma before another scheme', ', Basic abc'],
    ['a leading space', ' Bearer abc'],
    ['a quote', '"Bearer" abc'],
  ])('6750-3: rejects a header without a scheme as malformed: %s', (_, authorization) => {
    expect(read(authorization)).toBe('credentials_malformed');
  });

  test.each(['Basic dXNlcjpwYXNz', 'DPoP abc', 'Bearerabc', 'Bearer-Token abc', 'eyJhbGciOiJSUzI1NiJ9.e30.c2ln', 'x'])(
    '6750-8: reports another scheme as not supported: %s',
    (authorization) => {
      expect(read(authorization)).toBe('scheme_not_supported');
    },
  );

  test('9449-10: reads DPoP credentials if the verifier supports the scheme', () => {
    expect(outcomeOf(request('dpop abc'), ['bearer', 'dpop'])).toEqual({ scheme: 'dpop', token: 'abc' });
    expect(outcomeOf(request('Bearer abc'), ['dpop'])).toBe('scheme_not_supported');
  });

  test('6750-8: reports no credentials for a missing or empty header', () => {
    expect(read(undefined)).toBe('no_credentials');
    expect(read('')).toBe('no_credentials');
    expect(outcomeOf({ headers: {} })).toBe('no_credentials');
  });
});

describe('6750-6: more than one token', () => {
  test.each([
    ['two tokens', ['Authorization', 'Bearer abc', 'Authorization', 'Bearer def']],
    ['the same token twice', ['Authorization', 'Bearer abc', 'Authorization', 'Bearer abc']],
    ['names in different case', ['authorization', 'Bearer abc', 'Host', 'a', 'AUTHORIZATION', 'Basic eA==']],
    ['the second empty', ['Authorization', 'Bearer abc', 'Authorization', '']],
  ])('rejects a second Authorization header: %s', (_, rawHeaders) => {
    expect(read('Bearer abc', { rawHeaders })).toBe('credentials_repeated');
  });

  test('rejects a second Authorization header after an empty one', () => {
    expect(read('', { rawHeaders: ['Authorization', '', 'Authorization', 'Bearer abc'] })).toBe('credentials_repeated');
  });

  test('ignores headers that only resemble Authorization', () => {
    const rawHeaders = ['Authorization', 'Bearer abc', 'X-Name', 'Authorization', 'Proxy-Authorization', 'Basic eA=='];
    expect(read('Bearer abc', { rawHeaders })).toEqual(bearer('abc'));
  });

  test('ignores other headers with a name of the same length', () => {
    const rawHeaders = ['Authorization', 'Bearer abc', 'Cache-Control', 'no-cache', 'If-None-Match', '*'];
    expect(read('Bearer abc', { rawHeaders })).toEqual(bearer('abc'));
  });

  test.each([
    '/reports?access_token=def',
    '/?access_token=def',
    '/reports?access_token',
    '/reports?page=1&access_token=def',
    '/reports?%61ccess_token=def',
    '/reports?access%5Ftoken=def',
    '/reports?page=%zz&access_toke%6E=def',
    'https://api.example/reports?access_token=def',
  ])('rejects a token in the query in addition to the header: %s', (url) => {
    expect(read('Bearer abc', { url })).toBe('credentials_repeated');
  });

  test('checks the original URL rather than the one shortened by a router', () => {
    const addresses = { originalUrl: '/api/reports?access_token=def', url: '/reports' };
    expect(read('Bearer abc', addresses)).toBe('credentials_repeated');
  });

  test.each([
    '/access_token',
    '/reports?q=access_token',
    '/reports?my_access_token=def',
    '/reports?access_token_hint=def',
    '/reports?Access_Token=def',
    '/reports?a=%26access_token=def',
    '/access_token=def',
    '/reports&access_token=def',
  ])('ignores a query that only resembles a token: %s', (url) => {
    expect(read('Bearer abc', { url })).toEqual(bearer('abc'));
  });

  test.each([FORM, `${FORM}; charset=utf-8`, 'Application/X-WWW-Form-URLencoded'])(
    'rejects a token in a form in addition to the header: %s',
    (type) => {
      const headers = { authorization: 'Bearer abc', 'content-type': type };
      expect(read('Bearer abc', { headers, body: { access_token: 'def' } })).toBe('credentials_repeated');
    },
  );

  test.each([
    ['JSON', 'application/json', { access_token: 'def' }],
    ['a form without a token', FORM, { token: 'def' }],
    ['a body that nobody parsed', FORM, undefined],
    ['a body of text', FORM, 'access_token=def'],
    ['an empty body', FORM, null],
    ['no content type', undefined, { access_token: 'def' }],
    ['a type that only names a form', `text/plain; of=${FORM}`, { access_token: 'def' }],
    ['a type that begins like a form', `${FORM}ed`, { access_token: 'def' }],
  ])('6750-4: finds a second token only in a form, not in %s', (_, type, body) => {
    const headers = { authorization: 'Bearer abc', 'content-type': type };
    expect(read('Bearer abc', { headers, body })).toEqual(bearer('abc'));
  });

  test('6750-5: accepts no token from the query or a form alone', () => {
    const inForm = { headers: { 'content-type': FORM }, body: { access_token: 'def' } };
    expect(read(undefined, { url: '/reports?access_token=def' })).toBe('no_credentials');
    expect(read(undefined, inForm)).toBe('no_credentials');
  });
});

describe('any request', () => {
  const piece = fc.constantFrom(
    'Bearer',
    'bearer',
    'Basic',
    ' ',
    '  ',
    '\t',
    ',',
    '=',
    'abc',
    'a.b-c_d~e+f/g',
    '"',
    '',
  );
  const header = fc.oneof(
    fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join('')),
    fc.string({ unit: anyCharacter }),
  );
  const anyRequest = fc.record({
    headers: fc.record({ authorization: header, 'content-type': fc.oneof(fc.constant(FORM), fc.string()) }),
    rawHeaders: fc.array(fc.oneof(fc.constantFrom('Authorization', 'authorization'), fc.string())),
    url: fc.oneof(fc.webUrl({ withQueryParameters: true }), fc.string()),
    body: fc.anything(),
  });

  test('6750-3: never throws, and returns only a token68 from the header', () => {
    fc.assert(
      fc.property(anyRequest, (input) => {
        const credentials = outcomeOf(input);
        if (typeof credentials === 'string') return;
        expect(credentials.token).toMatch(/^[A-Za-z0-9\-._~+/]+=*$/);
        const between = input.headers.authorization.slice(6, -credentials.token.length);
        expect(between).toMatch(/^ +$/);
        expect(input.headers.authorization.endsWith(credentials.token)).toBe(true);
        expect(credentials.scheme).toBe('bearer');
      }),
      { numRuns: runs(1000) },
    );
  });

  test('6750-1: accepts a header exactly if it is scheme, spaces and token68', () => {
    fc.assert(
      fc.property(header, (authorization) => {
        const accepted = typeof read(authorization) === 'object';
        expect(accepted).toBe(/^bearer +[a-z0-9\-._~+/]+=*$/i.test(authorization));
      }),
      { numRuns: runs(1000) },
    );
  });
});

test('authScheme() returns the scheme in lower case', () => {
  expect(authScheme('DPoP abc')).toBe('dpop');
  expect(authScheme('Basic Bearer ')).toBe('basic');
  expect(authScheme('')).toBeUndefined();
  expect(authScheme(undefined)).toBeUndefined();
});
