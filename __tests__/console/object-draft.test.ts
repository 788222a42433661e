import { applyDraft, changedMembers, changedSince, invert, settle } from '../../console/app/form/object-draft.js';
import { parseTag, printTag } from '../../console/app/form/tags.js';

interface Stored {
  readonly name: string;
  readonly description?: string;
  readonly uris: readonly string[];
  readonly enabled: boolean;
}

const stored: Stored = { name: 'Orders', uris: ['a', 'b'], enabled: true };

describe('the edit of one object', () => {
  test('drops what is stored like that already', () => {
    expect(settle({ name: 'Orders', uris: ['a', 'b'], enabled: false }, stored)).toEqual({ enabled: false });
  });

  test('an empty text takes a member away, and is no change where there is none', () => {
    expect(settle({ description: '' }, stored)).toEqual({});
    expect(settle({ description: '' }, { ...stored, description: 'All' })).toEqual({ description: null });
    expect(settle({ name: '' }, stored)).toEqual({ name: null });
  });

  test('an empty list, zero and no are values', () => {
    expect(settle({ uris: [], enabled: false }, stored)).toEqual({ uris: [], enabled: false });
  });

  test('the order of a list matters', () => {
    expect(settle({ uris: ['b', 'a'] }, stored)).toEqual({ uris: ['b', 'a'] });
  });

  test('is shown on top of what is stored', () => {
    const described = { ...stored, description: 'All' };
    expect(applyDraft(described, { name: 'Bills', description: null })).toEqual({ ...stored, name: 'Bills' });
  });

  test('is taken back by its inverse', () => {
    const draft = { name: 'Bills', description: 'All' };
    const after = applyDraft(stored, draft);
    expect(invert(draft, stored)).toEqual({ name: 'Orders', description: null });
    expect(settle(applyDraft(after, invert(draft, stored)), stored)).toEqual({});
  });

  test('keeps what was typed while it was saved, and nothing else', () => {
    const sent = { name: 'Bills', description: 'All' };
    expect(changedSince(sent, sent, stored)).toEqual({});
    expect(changedSince(sent, { ...sent, name: 'Bills and more', enabled: false }, stored)).toEqual({
      name: 'Bills and more',
      enabled: false,
    });
  });

  test('what was put back while it was saved is changed back', () => {
    expect(changedSince({ name: 'Bills', description: 'All' }, {}, stored)).toEqual({
      name: 'Orders',
      description: null,
    });
  });

  test('finds what another one changed, among what is shown', () => {
    const after = { ...stored, name: 'Bills', enabled: false };
    expect(changedMembers(stored, after, ['name', 'uris'])).toEqual(['name']);
  });
});

describe('a tag in a line', () => {
  test.each([
    ['tier=gold', { key: 'tier', value: 'gold' }],
    [' tier = gold ', { key: 'tier', value: 'gold' }],
    ['query=a=b', { key: 'query', value: 'a=b' }],
    ['alone', { key: 'alone', value: '' }],
    ['', { key: '', value: '' }],
  ])('%p is read as it is meant', (line, tag) => {
    expect(parseTag(line)).toEqual(tag);
  });

  test('is read again as it was printed', () => {
    for (const tag of [
      { key: 'tier', value: 'gold' },
      { key: 'tier', value: 'a=b' },
    ]) {
      expect(parseTag(printTag(tag))).toEqual(tag);
    }
  });
});
