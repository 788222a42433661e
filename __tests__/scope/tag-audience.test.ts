import { isTagPair, parseTagAudience } from '../../lib/scope/tag-audience.js';

const PREFIX = 'urn:opc:resource:scope:tag=';
const written = (content: string) => `${PREFIX}${Buffer.from(content).toString('base64')}`;

test('the tags of an audience are its pairs of a key and a value', () => {
  const tags = [
    { key: 'env', value: 'prod' },
    { key: 'team', value: '' },
  ];

  expect(parseTagAudience(written(JSON.stringify({ tags })))).toEqual(tags);
});

test('what is no pair is not among the tags of an audience', () => {
  const tags = [null, 'env', {}, { key: '', value: 'x' }, { key: 'a' }, { key: 'a', value: 1 }, { key: 1, value: 'b' }];

  expect(tags.filter(isTagPair)).toEqual([]);
  expect(parseTagAudience(written(JSON.stringify({ tags: [...tags, { key: 'a', value: 'b' }] })))).toEqual([
    { key: 'a', value: 'b' },
  ]);
});

test.each([
  ['of another kind', 'urn:opc:resource:scope:account'],
  ['that only ends like one', `https://api.example/${written('{"tags":[{"key":"a","value":"b"}]}')}`],
  ['without JSON', written('tags')],
  ['with nothing after the prefix', PREFIX],
  ['with null', written('null')],
  ['with a text', written('"tags"')],
  ['with no tags', written('{"tag":[]}')],
  ['with an object of tags', written('{"tags":{"key":"a","value":"b"}}')],
])('an audience %s has no tags', (_, audience) => {
  expect(parseTagAudience(audience)).toEqual([]);
});
