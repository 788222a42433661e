import { ACCOUNT_AUDIENCE } from 'scopegate';
import { type Content, forge } from '../../support/tokens.js';
import { goodClaims, headed, rawClaim, type TokenCase, withTokens } from '../attack.js';
import { header, rs256, stranger } from '../keys.js';

const HEADER = JSON.stringify(header);
const payload = JSON.stringify(goodClaims());
const inner = (json: string) => json.slice(1, -1);

/** JSON that is wrong wherever it stands: `members` are those of a good header or payload. */
const TEXTS: readonly (readonly [name: string, text: (members: string) => Content])[] = [
  ['a list', (members) => `[{${members}}]`],
  ['an empty list', () => '[]'],
  ['null', () => 'null'],
  ['a number', () => '1'],
  ['a truth value', () => 'true'],
  ['a text', (members) => JSON.stringify(`{${members}}`)],
  ['nothing but a space', () => ' '],
  ['two objects', (members) => `{${members}}{}`],
  ['an object and a NUL', (members) => `{${members}}\0`],
  ['an object and text', (members) => `{${members}};`],
  ['a comma too many', (members) => `{${members},}`],
  ['a comma too few', (members) => `{${members} "x":1}`],
  ['a comment', (members) => `{${members}/**/}`],
  ['single quotes', (members) => `{${members},'x':1}`],
  ['a name without quotes', (members) => `{${members},x:1}`],
  ['no end', (members) => `{${members}`],
  ['no start', (members) => `${members}}`],
  ['NaN', (members) => `{${members},"x":NaN}`],
  ['Infinity', (members) => `{${members},"x":Infinity}`],
  ['a number in hex', (members) => `{${members},"x":0x10}`],
  ['a number with a leading zero', (members) => `{${members},"x":01}`],
  ['a number with a plus', (members) => `{${members},"x":+1}`],
  ['undefined', (members) => `{${members},"x":undefined}`],
  ['a line break in a text', (members) => `{${members},"x":"\n"}`],
  ['a tab in a text', (members) => `{${members},"x":"\t"}`],
  ['a wrong escape', (members) => `{${members},"x":"\\x41"}`],
  ['half an escape', (members) => `{${members},"x":"\\u00"}`],
  ['a byte order mark', (members) => `\ufeff{${members}}`],
  ['a no-break space before it', (members) => `\u00a0{${members}}`],
  ['a line separator before it', (members) => `\u2028{${members}}`],
  ['JSON5', (members) => `({${members}})`],
  ['YAML', () => 'alg: RS256'],
  ['brackets that do not end', () => '['.repeat(5000)],
  ['UTF-16', (members) => Buffer.from(`{${members}}`, 'utf16le')],
  ['UTF-16 with a byte order mark', (members) => Buffer.from(`\ufeff{${members}}`, 'utf16le')],
  ['UTF-32', (members) => Buffer.from([...`{${members}}`].flatMap((letter) => [letter.charCodeAt(0), 0, 0, 0]))],
  ...(
    [
      ['a byte that is no UTF-8', [0xff]],
      ['a lone continuation', [0x80]],
      ['an overlong letter', [0xc1, 0xa1]],
      ['an overlong quotation mark', [0xc0, 0xa2]],
      ['an overlong NUL', [0xc0, 0x80]],
      ['an overlong slash in three bytes', [0xe0, 0x80, 0xaf]],
      ['the first half of a surrogate pair', [0xed, 0xa0, 0x80]],
      ['a surrogate pair in six bytes', [0xed, 0xa0, 0xbd, 0xed, 0xb4, 0x92]],
      ['a letter cut short', [0xe2, 0x82]],
      ['a letter beyond Unicode', [0xf4, 0x90, 0x80, 0x80]],
      ['a letter in five bytes', [0xf8, 0x88, 0x80, 0x80, 0x80]],
    ] as const
  ).map(
    ([name, bytes]) =>
      [
        name,
        (members: string) => Buffer.concat([Buffer.from(`{${members},"x":"`), Buffer.from(bytes), Buffer.from('"}')]),
      ] as const,
  ),
];

/** RFC 7515 §4, RFC 7519 §4: UTF-8, JSON, an object. */
export const texts = withTokens(
  TEXTS.flatMap(([name, text]): TokenCase[] => [
    [`${name} as header`, forge(text(inner(HEADER)), payload, rs256), 'token_malformed'],
    [`${name} as payload`, forge(HEADER, text(inner(payload)), rs256), 'token_malformed'],
  ]),
);

const REPEATED: readonly (readonly [name: string, json: string, bad: string])[] = [
  ['exp', `${goodClaims().exp}`, '1'],
  ['nbf', '1', '99999999999'],
  ['iss', JSON.stringify(goodClaims().iss), '"https://evil.example/"'],
  ['aud', JSON.stringify(goodClaims().aud), '"https://evil.example"'],
  ['scope', '"urn:opc:resource:consumer::all"', '""'],
  ['tenant', '"idcs-ours"', '"idcs-theirs"'],
  ['tok_type', '"AT"', '"IT"'],
  ['cnf', '{}', 'null'],
  ['__proto__', '{}', 'null'],
  ['x', '1', '1'],
  ['', '1', '2'],
];

function withoutMember(name: string): string {
  const { [name]: _, ...others } = goodClaims();
  return inner(JSON.stringify(others));
}

const escaped = (name: string) =>
  [...name].map((letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');

/** RFC 7515 §4, RFC 7519 §4: each member once, whichever a reader would take. */
export const repeated = withTokens([
  ...REPEATED.flatMap(([name, first, second]): TokenCase[] => {
    const rest = withoutMember(name);
    const both = [`"${name}":${first}`, `"${name}":${second}`] as const;
    return [
      [`"${name}" twice`, forge(header, `{${both.join()},${rest}}`, rs256), 'token_malformed'],
      [
        `"${name}" twice, the other way round`,
        forge(header, `{${both[1]},${rest},${both[0]}}`, rs256),
        'token_malformed',
      ],
      ...(name === ''
        ? []
        : [
            [
              `"${name}" once more, escaped`,
              forge(header, `{${rest},${both[0]},"${escaped(name)}":${second}}`, rs256),
              'token_malformed',
            ] as const,
          ]),
    ];
  }),
  ...['alg', 'kid', 'typ', 'crit', 'jwk', 'x5t', '__proto__'].flatMap((name): TokenCase[] => [
    [`"${name}" twice in the header`, headed(`{"${name}":1,${inner(HEADER)},"${name}":"RS256"}`), 'token_malformed'],
    [
      `"${name}" once more in the header, escaped`,
      headed(`{"${escaped(name)}":1,${inner(HEADER)},"${name}":"RS256"}`),
      'token_malformed',
    ],
  ]),
]);

/** What a claim would be if names of the prototype changed anything. */
function polluting(name: string, claim: string, value: unknown): string {
  const pollution = name === 'constructor' ? { prototype: { [claim]: value } } : { [claim]: value };
  return forge(header, `{${withoutMember(claim)},"${name}":${JSON.stringify(pollution)}}`, rs256);
}

const deep = (open: string, close: string, times: number) => open.repeat(times) + close.repeat(times);

export const shapes = withTokens([
  ...['__proto__', 'constructor', 'prototype'].flatMap((name): TokenCase[] => [
    [`exp by ${name}`, polluting(name, 'exp', goodClaims().exp), 'claim_missing'],
    [`iss by ${name}`, polluting(name, 'iss', goodClaims().iss), 'claim_missing'],
    [`aud by ${name}`, polluting(name, 'aud', goodClaims().aud), 'claim_missing'],
    [`scope by ${name}`, polluting(name, 'scope', 'urn:opc:resource:consumer::all'), 'insufficient_scope'],
    [
      `alg by ${name}`,
      headed(`{"kid":"rsa","${name}":{"alg":"RS256","prototype":{"alg":"RS256"}}}`),
      'algorithm_not_allowed',
    ],
    [
      `kid by ${name}, with the key of a stranger`,
      headed(`{"alg":"RS256","${name}":{"kid":"rsa"},"jwk":{}}`, stranger),
      'signature_invalid',
    ],
  ]),
  [
    'tenant by __proto__',
    forge(
      header,
      `{${inner(JSON.stringify(goodClaims({ aud: ACCOUNT_AUDIENCE })))},"__proto__":{"tenant":"idcs-ours"}}`,
      rs256,
    ),
    'tenant_mismatch',
  ],
  [
    'claims with a look-alike name',
    forge(header, JSON.stringify(goodClaims()).replace('"exp"', '"\u0435xp"'), rs256),
    'claim_missing',
  ],
  ['claims in capitals', forge(header, payload.toUpperCase(), rs256), 'claim_missing'],
  ['claims one level too deep', forge(header, { claims: goodClaims() }, rs256), 'claim_missing'],
  ['lists in lists as audience', rawClaim('aud', deep('[', ']', 40_000)), 'claim_malformed', { parser: 431 }],
  [
    'objects in objects as issuer',
    rawClaim('iss', `${deep('{"a":', '}', 7000).replace('}', '1}')}`),
    'claim_malformed',
    { parser: 431 },
  ],
  ['lists in lists as alg', headed(`{"alg":${deep('[', ']', 40_000)}}`), 'algorithm_not_allowed', { parser: 431 }],
  [
    'lists in lists as typ',
    headed(`{"alg":"RS256","kid":"rsa","typ":${deep('[', ']', 40_000)}}`),
    'type_not_allowed',
    { parser: 431 },
  ],
  [
    'lists in lists, by a stranger',
    forge(header, { ...goodClaims(), deep: JSON.parse(deep('[', ']', 2000)) }, stranger),
    'signature_invalid',
  ],
  [
    'ten thousand members',
    forge(
      header,
      { ...Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`m${i}`, i])), ...goodClaims() },
      stranger,
    ),
    'signature_invalid',
    { parser: 431 },
  ],
]);
