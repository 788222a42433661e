import fc from 'fast-check';
import * as jose from 'jose';
import type { JwtHeader } from '../../../lib/token/access-token.js';
import { readCredentials } from '../../../lib/token/credentials.js';
import { parseJwt } from '../../../lib/token/jwt/decode.js';
import { checkHeader } from '../../../lib/token/jwt/header.js';
import { isRejection } from '../../../lib/token/verifier.js';
import { anyCharacter } from '../../support/any-character.js';
import { tryEachProperty } from '../../support/property-runs.js';
import { part } from '../../support/tokens.js';

tryEachProperty(1000);

describe('a second token beside a good header', () => {
  const read = (over: object) => {
    const headers = { authorization: 'Bearer abc' };
    const result = readCredentials({ headers, rawHeaders: ['Authorization', 'Bearer abc'], ...over });
    return result.ok ? result.credentials : result.reason;
  };
  const good = { scheme: 'bearer', token: 'abc' };

  test('6750-6: finds a token in the query exactly if URLSearchParams does', () => {
    const piece = fc.oneof(
      fc.constantFrom('access_token', 'access%5ftoken', '%61ccess_token', 'access_token%00', 'Access_Token', 'access'),
      fc.constantFrom('&', '=', '?', '#', ';', '+', '%', '%26', '%3D', '%3F', 'a', '/'),
      fc.string({ unit: anyCharacter, maxLength: 2 }),
    );
    const query = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(''));
    let repeated = 0;
    fc.assert(
      fc.property(fc.constantFrom('', '/', '/reports', '/access_token'), fc.option(query), (path, after) => {
        const url = after === null ? path : `${path}?${after}`;
        const found = new URLSearchParams(after ?? '').has('access_token');
        if (found) repeated++;
        expect(read({ url })).toEqual(found ? 'credentials_repeated' : good);
        expect(read({ url: '/', originalUrl: url })).toEqual(found ? 'credentials_repeated' : good);
      }),
    );
    expect(repeated).toBeGreaterThan(5);
  });

  test('6750-6: rejects raw headers exactly if two are named Authorization', () => {
    const name = fc.oneof(fc.mixedCase(fc.constant('authorization')), fc.string(), fc.constant('Authorization\u0000'));
    const value = fc.oneof(fc.constantFrom('authorization', 'Bearer abc', ''), fc.string());
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value), { maxLength: 4 }), (lines) => {
        const names = lines.filter(([each]) => each.toLowerCase() === 'authorization');
        expect(read({ rawHeaders: lines.flat() })).toEqual(names.length > 1 ? 'credentials_repeated' : good);
      }),
    );
  });
});

describe('the structure of a JWT', () => {
  const object = fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 4, noNullPrototype: true });
  const content = fc.oneof(
    { weight: 4, arbitrary: object.map((value) => JSON.stringify(value)) },
    { weight: 1, arbitrary: fc.json({ stringUnit: anyCharacter }) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 12 }) },
    { weight: 1, arbitrary: fc.constantFrom('\ufeff{}', ' {}\n', '{}{}', '{"a":1,}', '{"a":"\u0000"}', '[{}]', '') },
  );
  const change = fc.oneof(
    { weight: 6, arbitrary: fc.constant((text: string) => text) },
    fc.tuple(fc.nat(), fc.constantFrom('=', '+', '/', ' ', '\n', 'A', 'é', '\u0141', '\0')).map(
      ([at, more]) =>
        (text: string) =>
          text.slice(0, at % (text.length + 1)) + more + text.slice(at),
    ),
    fc.nat({ max: 3 }).map((fewer) => (text: string) => text.slice(0, text.length - fewer)),
  );
  const encoded = fc.tuple(content, change).map(([each, changed]) => changed(part(each)));
  const token = fc
    .oneof(
      { weight: 8, arbitrary: fc.tuple(encoded, encoded, encoded) },
      { weight: 1, arbitrary: fc.array(encoded, { maxLength: 5 }) },
    )
    .map((parts) => parts.join('.'));

  function objectIn(encodedPart: string): object | undefined {
    try {
      const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
      const value = JSON.parse(text.decode(Buffer.from(encodedPart, 'base64url')));
      return typeof value === 'object' && !Array.isArray(value) ? (value ?? undefined) : undefined;
    } catch {
      return undefined;
    }
  }

  /** Three parts, each what one encodes again to; two of them objects. None of those made here has a member twice. */
  function readSlowly(text: string) {
    const parts = text.split('.');
    const isCanonical = (each: string) => each !== '' && part(Buffer.from(each, 'base64url')) === each;
    if (parts.length !== 3 || !parts.every(isCanonical)) return undefined;
    const [header, payload] = parts.map(objectIn);
    return header && payload && { header, payload, signature: Buffer.from(parts[2] as string, 'base64url') };
  }

  test('7515-3: parses a token exactly if it is well-formed', () => {
    let read = 0;
    fc.assert(
      fc.property(token, (text) => {
        const expected = readSlowly(text);
        if (expected === undefined) expect(parseJwt(text)).toMatchObject({ ok: false, reason: 'token_malformed' });
        else {
          read++;
          const signingInput = Buffer.from(text.slice(0, text.lastIndexOf('.')));
          expect(parseJwt(text)).toEqual({ token: text, ...expected, signingInput });
        }
      }),
    );
    expect(read).toBeGreaterThan(100);
  });

  test('parses a token to the same header and payload as jose', () => {
    fc.assert(
      fc.property(token, (text) => {
        const jwt = parseJwt(text);
        if (isRejection(jwt)) return;
        expect(jose.decodeProtectedHeader(text)).toEqual(jwt.header);
        expect(jose.decodeJwt(text)).toEqual(jwt.payload);
      }),
    );
  });
});

test('accepts a header exactly if algorithm, type, kid and all members are allowed', () => {
  const value = (...likely: readonly unknown[]) =>
    fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...likely) }, { weight: 1, arbitrary: fc.jsonValue() });
  const header = fc.record(
    {
      alg: value('RS256', 'RS256', 'ES256', 'none', 'HS256', 'rs256'),
      typ: value('JWT', 'at+jwt', 'application/AT+JWT', 'Application/jwt', 'dpop+jwt', 'at+jwt '),
      kid: value('a', ''),
      x5t: fc.jsonValue(),
      jwk: fc.jsonValue(),
    },
    { requiredKeys: [], noNullPrototype: true },
  );
  const asking = fc.oneof(
    { weight: 3, arbitrary: fc.constant({}) },
    {
      weight: 1,
      arbitrary: fc.dictionary(fc.constantFrom('crit', 'b64', 'zip', 'enc', 'cty'), fc.jsonValue(), {
        noNullPrototype: true,
      }),
    },
  );
  let passed = 0;
  fc.assert(
    fc.property(header, asking, fc.boolean(), ({ ...members }, more, onlyAtJwt) => {
      const { alg, typ = 'jwt', kid = '' } = members;
      const types = onlyAtJwt ? /^(?:application\/)?at\+jwt$/i : /^(?:application\/)?(?:at\+)?jwt$/i;
      const passes =
        (alg === 'RS256' || alg === 'ES256') &&
        typeof typ === 'string' &&
        types.test(typ) &&
        typeof kid === 'string' &&
        Object.keys(more).length === 0;
      if (passes) passed++;
      const policy = { algorithms: ['RS256', 'ES256'], types: onlyAtJwt ? ['at+jwt'] : ['at+jwt', 'jwt'] };
      expect(checkHeader({ ...members, ...more } as JwtHeader, policy) === undefined).toBe(passes);
    }),
  );
  expect(passed).toBeGreaterThan(50);
});
