import { words } from '../../console/app/words.js';

describe('a sentence with a number', () => {
  test.each([
    [0, 'calls refused'],
    [1, 'call refused'],
    [2, 'calls refused'],
  ])('says of %d refusals: %s', (n, says) => {
    expect(words.overview.refused(n)).toBe(says);
  });

  test.each([
    [1, '1 of its scopes has changed since, and is left as it is now.'],
    [2, '2 of its scopes have changed since, and are left as they are now.'],
  ])('says of %d scopes that changed after what is undone: %s', (n, says) => {
    expect(words.grants.undoneSince(n)).toBe(says);
  });
});
