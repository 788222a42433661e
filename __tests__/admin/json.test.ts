import fc from 'fast-check';
import { parseJson } from '../../lib/admin/json.js';
import { AdminError, type AdminErrorKind } from '../../lib/grants/errors.js';
import { anyCharacter } from '../support/any-character.js';
import { runs } from '../support/property-runs.js';

const bytesOf = (text: string) => Buffer.from(text, 'utf8');

function refusal(bytes: Uint8Array): AdminError {
  try {
    parseJson(bytes);
  } catch (problem) {
    if (problem instanceof AdminError) return problem;
    throw problem;
  }
  throw new Error('It was read.');
}

/** What is said of a refused text. */
function saidOf(json: string): { kind: AdminErrorKind; message: string | undefined; target: string | undefined } {
  const { kind, details } = refusal(bytesOf(json));
  expect(details.length).toBeLessThanOrEqual(1);
  return { kind, message: details[0]?.message, target: details[0]?.target };
}

const TWICE = 'An object has a member twice.';
const MALFORMED = 'The body is not well-formed JSON.';
const TOO_DEEP = 'The body nests deeper than 32 levels.';

describe('RFC 8259 §4: repeated members of an object', () => {
  test.each([
    ['one after the other', '{"name":1,"name":2}', 'name'],
    ['the same value', '{"name":1,"name":1}', 'name'],
    ['with others between', '{"name":1,"type":{},"name":2}', 'name'],
    ['spelt with an escape', '{"name":1,"\\u006eame":2}', 'name'],
    ['the first spelt with an escape', '{"\\u006eame":1,"name":2}', 'name'],
    ['spelt with escapes in upper and lower case', '{"J---":1,"\\u004a---":2,"\\u004A---":3}', 'J---'],
    ['an escaped slash', '{"a/bc":1,"a\\/bc":2}', 'a/bc'],
    ['an escaped quote', '{"abc\\"":1,"abc\\u0022":2}', 'abc"'],
    ['an escaped backslash', '{"abc\\\\":1,"abc\\u005c":2}', 'abc\\'],
    ['a surrogate pair spelt with escapes', '{"😀---":1,"\\ud83d\\ude00---":2}', '😀---'],
    ['half a surrogate pair', '{"\\ud83d---":1,"\\uD83D---":2}', '\ud83d---'],
    ['the empty name', '{"":1,"":2}', ''],
    ['a name of digits', '{"1":1,"1":2}', '1'],
    ['__proto__', '{"__proto__":{},"__proto__":{"admin":true}}', '__proto__'],
    ['constructor', '{"constructor":1,"constructor":2}', 'constructor'],
    ['names with a colon', '{"a:b":1,"a:b":2}', 'a:b'],
    ['names of brackets', '{"{[":1,"{[":2}', '{['],
    ['after a value that looks like an end', '{"a":"}]","name":1,"name":2}', 'name'],
    ['after a value that looks like a beginning', '{"a":"{[\\"{","name":1,"name":2}', 'name'],
    ['after a value that ends in a backslash', '{"a":"\\\\","name":1,"name":2}', 'name'],
    ['after nested ones', '{"a":{"b":[1,{"c":2}]},"name":1,"name":2}', 'name'],
    ['around nested ones', '{"name":{"name":1},"name":2}', 'name'],
    ['in a nested object', '{"resource":{"id":1,"id":2}}', 'id'],
    ['in an object of a list', '{"scopes":[{"id":1},{"id":2,"id":3}]}', 'id'],
    ['in a list at the top', '[[],[{"id":1,"id":2}]]', 'id'],
    ['with white space before the colon', '{"name" \n:1,"name"\t:2}', 'name'],
  ])('rejects a repeated member: %s', (_, json, target) => {
    expect(() => JSON.parse(json)).not.toThrow();
    expect(saidOf(json)).toEqual({ kind: 'invalid_request', message: TWICE, target });
  });

  test('truncates a long member name in the error message', () => {
    const name = 'n'.repeat(5000);
    expect(saidOf(`{"${name}":1,"${name}":2}`).target).toBe('n'.repeat(100));
  });

  test.each([
    ['the same name at several depths', '{"a":{"a":{"a":1}}}'],
    ['the same name side by side', '{"a":{"id":1},"b":{"id":2},"c":[{"id":3},{"id":4}]}'],
    ['the same name again behind a nested object', '{"a":{"x":1},"x":2}'],
    ['names that differ in case', '{"name":1,"NAME":2,"Name":3}'],
    ['names that differ by normalization', '{"\u00e9":1,"e\u0301":2}'],
    ['a text that looks like members', '{"a":"\\"b\\":1,\\"b\\":2"}'],
    ['a value that is like a name', '{"a":"b","b":"a"}'],
    ['values that are alike', '["a","a",{"b":"b"}]'],
    ['names of object methods', '{"toString":1,"hasOwnProperty":2,"valueOf":3}'],
    ['a text of its own', '"a"'],
    ['a number', '-1.5e-3'],
    ['null', ' null '],
  ])('accepts members that are not repeated: %s', (_, json) => {
    expect(parseJson(bytesOf(json))).toEqual(JSON.parse(json));
  });

  test('treats __proto__ as a member and not as a prototype', () => {
    const value = parseJson(bytesOf('{"__proto__":{"admin":true},"a":{"__proto__":null}}')) as object;
    expect(Object.keys(value)).toEqual(['__proto__', 'a']);
    expect(Object.getPrototypeOf(value)).toBe(Object.getPrototypeOf(JSON.parse('{}')));
    expect('admin' in value).toBe(false);
    expect('admin' in {}).toBe(false);
  });
});

describe('nesting depth', () => {
  const lists = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
  const objects = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
  const both = (depth: number) => `${'[{"a":'.repeat(depth / 2)}1${'}]'.repeat(depth / 2)}`;

  test.each([
    ['lists', lists],
    ['objects', objects],
    ['lists and objects', both],
  ])('accepts 32 levels of %s and rejects more', (_, nested) => {
    expect(parseJson(bytesOf(nested(32)))).toEqual(JSON.parse(nested(32)));
    expect(saidOf(nested(34))).toEqual({ kind: 'invalid_request', message: TOO_DEEP, target: undefined });
    expect(saidOf(nested(100_000)).message).toBe(TOO_DEEP);
  });

  test('rejects the 33rd level even after shallow values', () => {
    expect(saidOf(lists(33)).message).toBe(TOO_DEEP);
    expect(saidOf(`{"a":1,"b":[1,2,${lists(31)}]}`).message).toBe(TOO_DEEP);
    expect(() => parseJson(bytesOf(`{"a":1,"b":[1,2,${lists(30)}]}`))).not.toThrow();
  });

  test('does not count siblings or brackets in strings as depth', () => {
    const wide = JSON.stringify({ many: Array(500).fill([[{}]]), text: '[{'.repeat(500) });
    expect(parseJson(bytesOf(wide))).toEqual(JSON.parse(wide));
  });

  test('rejects brackets that are never closed', () => {
    for (const json of ['['.repeat(100_000), '{"a":'.repeat(100_000), '[{"a":'.repeat(100_000)]) {
      expect(saidOf(json).message).toBe(MALFORMED);
    }
  });
});

describe('encoding', () => {
  test('skips a single byte order mark at the start', () => {
    expect(parseJson(bytesOf('\uFEFF{"a":"\uFEFF"}'))).toEqual({ a: '\uFEFF' });
    expect(saidOf('\uFEFF\uFEFF{}').message).toBe(MALFORMED);
    expect(saidOf('{}\uFEFF').message).toBe(MALFORMED);
    expect(saidOf('\uFEFF').message).toBe(MALFORMED);
  });

  test.each([
    ['a byte that begins nothing', [0xff]],
    ['a continuation by itself', [0x80]],
    ['a sequence cut short', [0xe2, 0x82]],
    ['a character spelt too long', [0xc0, 0xaf]],
    ['a quote spelt too long', [0xc0, 0xa2]],
    ['half a surrogate pair', [0xed, 0xa0, 0x80]],
    ['beyond the last character', [0xf4, 0x90, 0x80, 0x80]],
    ['é in Latin 1', [0xe9]],
  ])('rejects bytes that are not UTF-8: %s', (_, inside) => {
    const bytes = Buffer.concat([bytesOf('{"a":"'), Buffer.from(inside), bytesOf('"}')]);
    expect(refusal(bytes)).toMatchObject({ kind: 'media_type', details: [] });
  });

  test.each([
    ['UTF-16, little end first', Buffer.from('\uFEFF{"a":1}', 'utf16le')],
    ['UTF-16, big end first', Buffer.from('\uFEFF{"a":1}', 'utf16le').swap16()],
  ])('rejects %s with a byte order mark', (_, bytes) => {
    expect(refusal(bytes).kind).toBe('media_type');
  });

  test('rejects UTF-16 without a byte order mark as malformed', () => {
    expect(refusal(Buffer.from('{"a":1}', 'utf16le')).kind).toBe('invalid_request');
  });

  test('rejects invalid bytes in the middle of a body', () => {
    const around = bytesOf('[1]{"a":"é"}[2]');
    expect(parseJson(around.subarray(3, -3))).toEqual({ a: 'é' });
    expect(parseJson(new Uint8Array(around).subarray(3, -3))).toEqual({ a: 'é' });
  });
});

describe('malformed JSON', () => {
  test.each([
    '',
    ' ',
    '{',
    '}',
    '{]',
    '[}',
    '{"a"}',
    '{"a":}',
    '{"a":1,}',
    '[1,]',
    '[,1]',
    '{"a":1}{"a":1}',
    '{"a":1} x',
    '{a:1}',
    "{'a':1}",
    '{"a":01}',
    '{"a":+1}',
    '{"a":1.}',
    '{"a":.5}',
    '{"a":0x10}',
    '{"a":NaN}',
    '{"a":Infinity}',
    '{"a":undefined}',
    '{"a":True}',
    '{"a":"\n"}',
    '{"a":"\0"}',
    '{"a":"\\x41"}',
    '{"a":"\\u00e"}',
    '{"a":"\\',
    '{"a":"b}',
    '// a\n{}',
    '{}/* a */',
    '\u00a0{}',
    'a=b&c=d',
    '<xml/>',
    ')]}\',\n{"a":1}',
    '{"a":1,"a":',
  ])('rejects %j', (json) => {
    expect(saidOf(json)).toEqual({ kind: 'invalid_request', message: MALFORMED, target: undefined });
  });

  test('does not include the body in the error message', () => {
    const { message, details } = refusal(bytesOf('{"secret-of-the-body": secret-of-the-body}'));
    expect(`${message}${JSON.stringify(details)}`).not.toContain('secret-of-the-body');
  });
});

test('parses strings of a quarter of a million characters', () => {
  const texts = [
    'x'.repeat(250_000),
    '\\'.repeat(100_000),
    '"'.repeat(100_000),
    '😀'.repeat(60_000),
    '{['.repeat(99_999),
  ];
  for (const text of texts) {
    const value = { [text]: 1, text };
    expect(parseJson(bytesOf(JSON.stringify(value)))).toEqual(value);
  }
  const names = Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`n${i}`, i]));
  expect(parseJson(bytesOf(JSON.stringify(names)))).toEqual(names);
});

describe('properties', () => {
  const tricky = fc.constantFrom(
    'a',
    'name',
    ':',
    '{',
    '}',
    '[',
    ']',
    ',',
    '"',
    '\\',
    '\\"',
    '',
    '__proto__',
    '😀',
    'é',
  );
  const anyText = fc.oneof(
    tricky,
    fc.array(tricky, { maxLength: 4 }).map((pieces) => pieces.join('')),
    fc.string({ unit: anyCharacter }),
  );
  const escapedText = (text: string) =>
    `"${[...Array(text.length).keys()].map((i) => `\\u${text.charCodeAt(i).toString(16).padStart(4, '0')}`).join('')}"`;
  const space = fc.constantFrom('', '', ' ', '\n', '\r\t ');
  // JSON.parse of Node 24 and 26 now and then misreads a name of one or two characters that is spelt with an escape.
  const memberName = anyText.map((name) => (name.length < 3 ? `${name}---` : name));
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small', maxDepth: 8 },
      fc.oneof(anyText, fc.double(), fc.boolean(), fc.constant(null)),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(memberName, tie('value'), { maxKeys: 4 }),
    ),
  }));
  const member = fc.record({ name: memberName, value, space, escaped: fc.boolean() });
  type Member = typeof member extends fc.Arbitrary<infer T> ? T : never;
  const written = (members: readonly Member[]) =>
    `{${members
      .map((each) => {
        const name = each.escaped ? escapedText(each.name) : JSON.stringify(each.name);
        return `${each.space}${name}${each.space}:${each.space}${JSON.stringify(each.value)}${each.space}`;
      })
      .join()}}`;
  const once = fc.uniqueArray(member, { selector: ({ name }) => name, maxLength: 6 }).map(written);
  const twice = fc
    .tuple(
      fc.uniqueArray(member, { selector: ({ name }) => name, minLength: 1, maxLength: 6 }),
      member,
      fc.nat(),
      fc.nat(),
    )
    .map(([members, other, which, where]) => {
      const { name } = members[which % members.length] as Member;
      return written(members.toSpliced(where % (members.length + 1), 0, { ...other, name }));
    });
  const around = fc.array(
    fc.constantFrom(
      (json: string) => `[${json}]`,
      (json: string) => `{"a":${json}}`,
      (json: string) => `[1,"]",${json},{"x":[]}]`,
      (json: string) => `{"before":{"in":1},"in":${json},"behind":"}"}`,
      (json: string) => `{"in":\n${json}\t,"behind":[{"in":"{"}]}`,
    ),
    { maxLength: 20 },
  );
  const anywhere = (json: fc.Arbitrary<string>) =>
    fc.tuple(json, around).map(([inside, layers]) => layers.reduce((text, layer) => layer(text), inside));

  test('parses values without repeated members like JSON.parse', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          value.map((each) => JSON.stringify(each)),
          value.map((each) => JSON.stringify(each, null, 2)),
          anywhere(once),
        ),
        (json) => {
          expect(parseJson(bytesOf(json))).toEqual(JSON.parse(json));
        },
      ),
      { numRuns: runs(500) },
    );
  });

  test('rejects an object with a repeated member at any depth', () => {
    fc.assert(
      fc.property(anywhere(twice), (json) => {
        JSON.parse(json);
        expect(saidOf(json).message).toBe(TWICE);
      }),
      { numRuns: runs(500) },
    );
  });

  test('parses any bytes like JSON.parse or rejects them', () => {
    const piece = fc.constantFrom('{', '}', '[', ']', ':', ',', '"', '\\', '"a"', '1', 'null', ' ', '\uFEFF', '{"a":');
    const bytes = fc.oneof(
      fc.uint8Array(),
      fc.array(piece).map((pieces) => bytesOf(pieces.join(''))),
      fc.tuple(anywhere(once), fc.nat()).map(([json, at]) => bytesOf(json.slice(0, at % (json.length + 1)))),
    );
    fc.assert(
      fc.property(bytes, (given) => {
        let value: unknown;
        try {
          value = parseJson(given);
        } catch (problem) {
          expect(problem).toBeInstanceOf(AdminError);
          expect(['invalid_request', 'media_type']).toContain((problem as AdminError).kind);
          return;
        }
        expect(value).toEqual(
          JSON.parse(
            Buffer.from(given)
              .toString('utf8')
              .replace(/^\uFEFF/, ''),
          ),
        );
      }),
      { numRuns: runs(1000) },
    );
  });
});
