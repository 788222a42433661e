import fc from 'fast-check';
import { parseJwt, type UnverifiedJwt } from '../../../lib/token/jwt/decode.js';
import { isRejection } from '../../../lib/token/verifier.js';
import { runs } from '../../support/property-runs.js';
import { detailOf, part } from '../../support/tokens.js';

const HEADER = '{"alg":"RS256"}';
const PAYLOAD = '{"iss":"https://issuer.example/"}';
const LIMIT = 131_072;

function token(
  header: string | Uint8Array = HEADER,
  payload: string | Uint8Array = PAYLOAD,
  signature = 'c2ln',
): string {
  return `${part(header)}.${part(payload)}.${signature}`;
}

function parsed(text: string): UnverifiedJwt {
  const jwt = parseJwt(text);
  if (isRejection(jwt)) throw new Error(detailOf(jwt));
  return jwt;
}

function expectMalformed(text: string): void {
  expect(parseJwt(text)).toMatchObject({ ok: false, reason: 'token_malformed' });
}

/** `text`, the way it is and inside an otherwise good token, as header and as payload. */
function expectMalformedJson(text: string | Uint8Array): void {
  expectMalformed(token(text, PAYLOAD));
  expectMalformed(token(HEADER, text));
}

test('parses a token into header, payload, signing input and signature', () => {
  const text = token();
  const [header, payload] = text.split('.');

  expect(parsed(text)).toEqual({
    token: text,
    header: { alg: 'RS256' },
    payload: { iss: 'https://issuer.example/' },
    signingInput: Buffer.from(`${header}.${payload}`),
    signature: Buffer.from('sig'),
  });
});

describe('7515-3: the three parts of a token', () => {
  const [header, payload, signature] = token().split('.') as [string, string, string];

  test.each([
    ['nothing', '', 'one part'],
    ['an opaque token', '2YotnFZFEjr1zCsicMWpAA', 'opaque token; ask the issuer for JWT'],
    ['two parts', `${header}.${payload}`, '2 parts'],
    ['four parts', `${token()}.c2ln`, '4 parts'],
    ['a dot at the end', `${token()}.`, '4 parts'],
    ['an encrypted token', 'a.b.c.d.e', 'encrypted (JWE)'],
    ['dots without end', '.'.repeat(LIMIT), `${LIMIT + 1} parts`],
    ['dots alone', '..', 'empty'],
    ['an empty header', `.${payload}.${signature}`, 'empty'],
    ['an empty payload', `${header}..${signature}`, 'empty'],
    ['no signature', `${header}.${payload}.`, 'empty'],
  ])('rejects a token without exactly three parts: %s', (_, text, sentence) => {
    expectMalformed(text);
    expect(detailOf(parseJwt(text))).toContain(sentence);
  });
});

describe('7515-3: strict base64url', () => {
  const withPart = (index: number, change: (part: string) => string) =>
    token()
      .split('.')
      .map((each, i) => (i === index ? change(each) : each))
      .join('.');

  describe.each([
    ['header', 0],
    ['payload', 1],
    ['signature', 2],
  ])('base64url of the %s', (_, index) => {
    test.each<[string, (part: string) => string]>([
      ['padding', (each) => `${each}=`],
      ['a space at the end', (each) => `${each} `],
      ['a space at the start', (each) => ` ${each}`],
      ['a line break', (each) => `${each.slice(0, 2)}\n${each.slice(2)}`],
      ['a line break at the end', (each) => `${each}\n`],
      ['a tab', (each) => `${each}\t`],
      ['a NUL', (each) => `${each}\0`],
      ['the standard alphabet’s plus', (each) => `${each}++++`],
      ['the standard alphabet’s slash', (each) => `////${each}`],
      ['a percent-encoded letter', (each) => `${each}%41%41`],
      ['a letter outside ASCII', (each) => `${each}éaa`],
      ['a character whose low byte is a letter', (each) => `${each}\u0141\u0141\u0141\u0141`],
      ['a part of 4n+1 characters', (each) => `${each}${'A'.repeat(5 - (each.length % 4))}`],
    ])('rejects base64url with %s', (__, change) => {
      expectMalformed(withPart(index, change));
    });
  });

  test.each([
    ['two characters', 'QQ', ['QR', 'QS', 'QZ', 'Qf', 'Q_']],
    ['three characters', 'QUE', ['QUF', 'QUG', 'QUH', 'QUJ']],
  ])('rejects nonzero unused bits in a last group of %s', (_, canonical, twins) => {
    expect(parsed(token(HEADER, PAYLOAD, canonical)).signature).toEqual(Buffer.from(canonical, 'base64url'));
    for (const twin of twins) expectMalformed(token(HEADER, PAYLOAD, twin));
  });

  test('accepts only the base64url spelling that Node writes', () => {
    const alphabet = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'];
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 5 }), (bytes) => {
        const written = Buffer.from(bytes).toString('base64url');
        const same = alphabet
          .map((last) => `${written.slice(0, -1)}${last}`)
          .filter((twin) => Buffer.from(twin, 'base64url').equals(bytes))
          .filter((twin) => !isRejection(parseJwt(token(HEADER, PAYLOAD, twin))));
        expect(same).toEqual([written]);
      }),
    );
  });
});

describe('the JSON of header and payload', () => {
  test.each([
    ['an array', '[]'],
    ['an array with an object', '[{"alg":"RS256"}]'],
    ['null', 'null'],
    ['a string', '"{}"'],
    ['a number', '1'],
    ['a truth value', 'true'],
    ['two objects', '{}{}'],
    ['a comma too many', '{"a":1,}'],
    ['a member without quotes', '{a:1}'],
    ['single quotes', "{'a':1}"],
    ['a comment', '{"a":1/**/}'],
    ['NaN', '{"exp":NaN}'],
    ['a number in hex', '{"exp":0x10}'],
    ['a line break inside a string', '{"a":"\n"}'],
    ['an object that does not end', '{"a":1'],
    ['a byte order mark', '\ufeff{"a":1}'],
    ['a no-break space around it', '\u00a0{"a":1}'],
    ['brackets that do not end', '['.repeat(60_000)],
  ])('rejects a part that is not a JSON object: %s', (_, text) => {
    expectMalformedJson(text);
  });

  test.each([
    ['a byte that is no UTF-8', [0xff]],
    ['an overlong form', [0xc1, 0xa1]],
    ['half of a surrogate pair', [0xed, 0xa0, 0x80]],
    ['a sequence cut short', [0xe2, 0x82]],
    ['beyond Unicode', [0xf4, 0x90, 0x80, 0x80]],
  ])('rejects invalid UTF-8 instead of replacing it: %s', (_, bytes) => {
    expectMalformedJson(Buffer.concat([Buffer.from('{"a":"'), Buffer.from(bytes), Buffer.from('"}')]));
  });

  test('the detail names the part that is not a JSON object', () => {
    expect(detailOf(parseJwt(token('[]', PAYLOAD)))).toContain('its header is not a JSON object');
    expect(detailOf(parseJwt(token(HEADER, '[]')))).toContain('its payload is not a JSON object');
  });

  test('rejects UTF-16', () => {
    expectMalformedJson(Buffer.from('{"a":1}', 'utf16le'));
  });

  test('accepts white space, non-ASCII text and empty objects', () => {
    expect(parsed(token(' \r\n\t{ "alg" : "RS256" } ', '{"name":"Žofie 😀"}'))).toMatchObject({
      header: { alg: 'RS256' },
      payload: { name: 'Žofie 😀' },
    });
    expect(parsed(token('{}', '{}')).payload).toEqual({});
  });

  test('treats members named like Object.prototype members as ordinary members', () => {
    const hostile = '{"__proto__":{"admin":true},"constructor":{"prototype":{"admin":true}},"toString":1}';
    const { header, payload } = parsed(token(hostile, hostile));
    expect(Object.keys(payload)).toEqual(['__proto__', 'constructor', 'toString']);
    expect(Object.keys(header)).toEqual(Object.keys(payload));
    expect(payload.admin).toBeUndefined();
    expect(Object.getPrototypeOf(payload)).toBe(Object.prototype);
    expect(({} as Record<string, unknown>).admin).toBeUndefined();
  });
});

describe('8725-12: limits of size and depth', () => {
  const padded = (length: number) => {
    const start = [0, 1, 2].map((spaces) => token(HEADER, `{${' '.repeat(spaces)}}`, ''));
    const fitting = start.find((text) => (length - text.length) % 4 !== 1) as string;
    return fitting + 'A'.repeat(length - fitting.length);
  };

  test(`accepts a token of ${LIMIT} characters and rejects a longer one`, () => {
    expect(parsed(padded(LIMIT)).token).toHaveLength(LIMIT);
    expectMalformed(padded(LIMIT + 1));
    expect(detailOf(parseJwt(padded(LIMIT + 1)))).toContain(`${LIMIT + 1} characters`);
  });

  test.each([
    ['lists', '['.repeat(45_000), ']'.repeat(45_000)],
    ['objects', '{"a":'.repeat(16_000), `1${'}'.repeat(16_000)}`],
  ])('rejects thousands of nested %s without exhausting the stack', (_, open, close) => {
    expectMalformed(token(HEADER, `{"iss":"x","deep":${open}${close}}`));
  });

  test('rejects 60,000 unclosed brackets', () => {
    expectMalformedJson(`{"deep":${'['.repeat(60_000)}}`);
  });
});

test('a decoded token shares no memory with the next one', () => {
  const first = parsed(token());
  const copy = structuredClone({ signature: [...first.signature], signingInput: [...first.signingInput] });
  parsed(token('{"alg":"ES256"}', '{"iss":"another"}', 'AAAA'));
  expect({ signature: [...first.signature], signingInput: [...first.signingInput] }).toEqual(copy);
});

describe('the base64url grammar', () => {
  /** The rule in its plainest form: what does not survive decoding and encoding is not canonical. */
  const survives = (text: string) => text !== '' && Buffer.from(text, 'base64url').toString('base64url') === text;
  const character = fc.oneof(
    { weight: 20, arbitrary: fc.constantFrom(...'AQgwBEIMUYcksoz048_-') },
    {
      weight: 1,
      arbitrary: fc.constantFrom(...'+/= \n\t~%', '\u0000', '\u0080', '\u00c1', '\u0141', '\u2028', '\ud83d'),
    },
  );

  test('accepts a part exactly if decoding and encoding reproduces it', () => {
    fc.assert(
      fc.property(fc.string({ unit: character, maxLength: 14 }), (text) => {
        fc.pre(!text.includes('.'));
        expect(isRejection(parseJwt(token(HEADER, PAYLOAD, text)))).toBe(!survives(text));
      }),
      { numRuns: runs(3000) },
    );
  });
});

test('splits nothing for the text of an error before somebody reads it', () => {
  const split = jest.spyOn(String.prototype, 'split');
  const rejection = parseJwt('.'.repeat(LIMIT));
  expect(split).not.toHaveBeenCalled();
  expect(detailOf(rejection)).toContain(`it has ${LIMIT + 1} parts`);
  expect(split).toHaveBeenCalled();
  split.mockRestore();
});

describe('the structure of a long header or payload is bounded', () => {
  const members = (count: number, value = 1) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`m${i}`, value]));
  const objects = (count: number) => ({ list: Array.from({ length: count - 2 }, (_, i) => ({ [`name-${i}`]: 1 })) });
  const lists = (count: number) => JSON.stringify({ list: Array.from({ length: count - 2 }, () => ['some text']) });

  test.each<[string, string]>([
    ['5,000 names', JSON.stringify(members(5000))],
    ['1,000 objects', JSON.stringify(objects(1000))],
    ['1,000 lists', lists(1000)],
    ['one long string of scopes', JSON.stringify({ scope: 'urn:opc:resource:consumer:paas::read '.repeat(2000) })],
  ])('accepts %s', (_, json) => {
    expect(parsed(token(HEADER, json)).payload).toEqual(JSON.parse(json));
    expect(parsed(token(json, PAYLOAD)).header).toEqual(JSON.parse(json));
  });

  test.each<[string, string]>([
    ['5,001 names', JSON.stringify(members(5001))],
    ['1,001 objects', JSON.stringify(objects(1001))],
    ['1,001 lists', lists(1001)],
    ['lists in each other', `{"a":${'['.repeat(10_000)}${']'.repeat(10_000)}}`],
  ])('rejects %s, without parsing them', (_, json) => {
    const parse = jest.spyOn(JSON, 'parse');
    const rejection = parseJwt(token(HEADER, json));
    expect(parse.mock.calls.map(([text]) => text)).toEqual([HEADER]);
    parse.mockRestore();
    expect(detailOf(rejection)).toBe(
      'The token is not a signed JWT in compact form: its payload is not a JSON object with each member once, of at most 5000 strings and 1000 objects and lists.',
    );
    expectMalformed(token(json, PAYLOAD));
  });
});
