import { words } from '../../console/app/words.js';

describe('a number of which only a part was read', () => {
  test('is said to be at least that before a scope is deleted', () => {
    expect(words.scopeSettings.lastOf(7, true)).toMatch(/^For at least 7 of them/);
    expect(words.scopeSettings.lastOf(7, false)).toMatch(/^For 7 of them/);
  });

  test('is said to be at least that before an application is deleted', () => {
    expect(words.settings.grantsGo(1000, true)).toBe('At least 1,000 grants go with it.');
    expect(words.settings.grantsGo(1, false)).toBe('1 grant goes with it.');
    expect(words.settings.holds(1000, true)).toBe('It holds at least 1,000 scopes.');
  });

  test('is said to be at least that before a resource or an environment is deleted', () => {
    expect(words.resource.scopesGo(1, true)).toBe('At least 1 scope goes with it.');
    const [some, all] = [
      { n: 2, isMore: true },
      { n: 3, isMore: false },
    ];
    expect(words.environments.applicationsGo(some)).toMatch(/^At least 2 applications go with it/);
    expect(words.environments.resourcesGo(all, some)).toBe('3 resources with at least 2 scopes go with it.');
  });
});
