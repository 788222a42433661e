import { part, resign } from '../../support/tokens.js';
import { type Extras, goodClaims, headed, partsOf, type TokenCase, withTokens } from '../attack.js';
import { header, rs256 } from '../keys.js';
import { good } from '../valid-tokens.js';

type Change = readonly [name: string, change: (part: string) => string];

/** What a lenient decoder skips or takes for something else, though every character of it may stand in a token68. */
const RESPELT: readonly Change[] = [
  ['a plus', (text) => `${text}++++`],
  ['a slash', (text) => `////${text}`],
  ['a tilde', (text) => `${text.slice(0, 4)}~${text.slice(4)}`],
  ['a part of 4n+1 characters', (text) => `${text}${'A'.repeat(5 - (text.length % 4))}`],
  ['nothing', () => ''],
];

/** What may not even stand in credentials. Node stops the control characters by itself. */
const OUTSIDE: readonly (readonly [name: string, text: string, parser?: 400])[] = [
  ['a space', ' '],
  ['two spaces', '  '],
  ['a tab', '\t'],
  ['a comma', ','],
  ['a percent-encoded letter', '%41'],
  ['a quotation mark', '"'],
  ['a backslash', '\\'],
  ['a colon', ':'],
  ['a question mark', '?'],
  ['a letter in UTF-8', '\xc3\xa9'],
  ['a byte beyond ASCII', '\xff'],
  ['a no-break space', '\xa0'],
  ['a next line', '\x85'],
  ['a NUL', '\0', 400],
  ['a bell', '\x07', 400],
  ['an escape', '\x1b', 400],
  ['a vertical tab', '\v', 400],
  ['a form feed', '\f', 400],
  ['a delete', '\x7f', 400],
];

const PARTS = ['header', 'payload', 'signature'] as const;
const goodParts = partsOf(good.rs256);

function withPart(index: number, change: (part: string) => string): string {
  return goodParts.map((text, i) => (i === index ? change(text) : text)).join('.');
}

/** The altered text, signed as it is: the signature is good, and the token is not. */
function signedAsIs(index: number, change: (part: string) => string): string {
  return resign(partsOf(withPart(index, change)), rs256);
}

const middle = (text: string, inserted: string) => `${text.slice(0, 8)}${inserted}${text.slice(8)}`;

/** Other last characters of the same bytes: they differ in bits that belong to no byte. */
function twins(text: string): string[] {
  const alphabet = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'];
  const bytes = Buffer.from(text, 'base64url');
  const others = alphabet.map((last) => `${text.slice(0, -1)}${last}`).filter((other) => other !== text);
  return others.filter((other) => Buffer.from(other, 'base64url').equals(bytes));
}

/** A header whose part ends with bits that belong to no byte, and its twins, well signed. */
const ends = [`${JSON.stringify(header)} `, `${JSON.stringify(header)}  `].flatMap((text) =>
  twins(part(text)).slice(0, 3),
);

/** RFC 7515 §7.1, §2: three parts of base64url, each in one spelling. */
export const form = withTokens([
  ...PARTS.flatMap((name, i) => [
    ...RESPELT.flatMap(([what, change]): TokenCase[] => [
      [`${what} in the ${name}`, withPart(i, change), 'token_malformed'],
      ...(i === 2 ? [] : [[`${what} in the ${name}, well signed`, signedAsIs(i, change), 'token_malformed'] as const]),
    ]),
    ...OUTSIDE.map(([what, text, parser]): TokenCase => {
      const extras: Extras = parser === undefined ? {} : { parser };
      return [`${what} in the ${name}`, withPart(i, (whole) => middle(whole, text)), 'credentials_malformed', extras];
    }),
    ...(i === 2
      ? []
      : (
          [
            ['=', 'one'],
            ['==', 'two'],
          ] as const
        ).map(([padding, many]): TokenCase => {
          return [
            `padding of ${many} in the ${name}`,
            signedAsIs(i, (whole) => whole + padding),
            'credentials_malformed',
          ];
        })),
  ]),
  ...['=', '==', '==='].map((padding): TokenCase => [`${padding} at the end`, good.rs256 + padding, 'token_malformed']),
  ...twins(goodParts[2])
    .slice(0, 3)
    .map(
      (twin): TokenCase => [`a signature that ends in ${twin.slice(-1)}`, withPart(2, () => twin), 'token_malformed'],
    ),
  ...ends.map(
    (twin): TokenCase => [
      `a header that ends in ${twin.slice(-1)}`,
      resign([twin, goodParts[1]], rs256),
      'token_malformed',
    ],
  ),
  ['nothing but a dot', '.', 'token_malformed'],
  ['nothing but dots', '..', 'token_malformed'],
  ['four parts', `${good.rs256}.AAAA`, 'token_malformed'],
  ['a dot at the end', `${good.rs256}.`, 'token_malformed'],
  ['a dot at the start', `.${good.rs256}`, 'token_malformed'],
  ['an opaque token', '2YotnFZFEjr1zCsicMWpAA', 'token_malformed'],
  ['a number', '1', 'token_malformed'],
  ['"undefined"', 'undefined', 'token_malformed'],
  ['"null"', 'null', 'token_malformed'],
  ['"[object Object]"', '[object Object]', 'credentials_malformed'],
  ['a path', '/etc/passwd', 'token_malformed'],
  ['thousands of dots', '.'.repeat(10_000), 'token_malformed'],
  ['hundred thousands of dots', '.'.repeat(300_000), 'token_malformed', { parser: 431 }],
  [
    '128 KiB and one more character',
    `${part(header)}.${part(goodClaims())}.`.padEnd(131_073, 'A'),
    'token_malformed',
    { parser: 431 },
  ],
  ['a million characters', headed(header).padEnd(1_000_000, 'A'), 'token_malformed', { parser: 431 }],
]);
