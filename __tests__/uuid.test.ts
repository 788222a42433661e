import { randomUUID } from 'node:crypto';
import { isUuid } from '../lib/uuid.js';
import { readSources } from './support/sources.js';

const ID = '0197a5c8-1234-7abc-8def-0123456789ab';

test('takes a UUID of any version in lower case', () => {
  for (const id of [ID, randomUUID(), '00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff']) {
    expect([id, isUuid(id)]).toEqual([id, true]);
  }
});

test.each([
  ['upper case', ID.toUpperCase()],
  ['no hyphens', ID.replaceAll('-', '')],
  ['a hyphen in another place', '0197a5c-81234-7abc-8def-0123456789ab'],
  ['braces', `{${ID}}`],
  ['one digit more', `${ID}0`],
  ['one digit less', ID.slice(1)],
  ['a letter beyond f', ID.replace('a', 'g')],
  ['a line break at the end', `${ID}\n`],
  ['a list with one', [ID]],
  ['nothing', undefined],
])('takes no other value for a UUID: %s', (_, value) => {
  expect(isUuid(value)).toBe(false);
});

test('the pattern of a UUID is written once in the library', () => {
  const written = readSources('lib').filter(({ source }) => /\{8\}.*\{12\}/.test(source));
  expect(written.map(({ path }) => path)).toEqual(['lib/uuid.ts']);
});
