import { sanitize } from '../../lib/token/printable.js';

test.each<[string, string]>([
  ['a client id', '3f6d1a52-reporting_client.v2@example'],
  ['all of printable ASCII', ' !"#$%&\'()*+,-./09:;<=>?@AZ[\\]^_`az{|}~'],
  ['letters beyond ASCII', 'Zoë Ωmega 名前'],
  ['160 characters', 'a'.repeat(160)],
  ['an empty text', ''],
])('sanitize leaves %s as it is', (_, text) => {
  expect(sanitize(text)).toBe(text);
});

test.each<[string, string, string]>([
  ['a line break', 'a\nb', 'a\\u{a}b'],
  ['an escape sequence', '\u001b[2Ja', '\\u{1b}[2Ja'],
  ['the character DEL', 'a\u007f', 'a\\u{7f}'],
  ['a control character of Latin-1', 'a\u009b', 'a\\u{9b}'],
  ['an override of the direction', 'a\u202eb', 'a\\u{202e}b'],
  ['half of a surrogate pair', 'a\ud800', 'a\\u{d800}'],
  ['161 characters', 'a'.repeat(161), `${'a'.repeat(160)}… (161 characters)`],
  ['a line break in a long text', `\n${'a'.repeat(200)}`, `\\u{a}${'a'.repeat(159)}… (201 characters)`],
])('sanitize shows %s', (_, text, shown) => {
  expect(sanitize(text)).toBe(shown);
});
