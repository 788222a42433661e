import type { Activity, GrantedScope } from '../../console/app/model.js';
import { combine } from '../../console/app/screens/application/changes.js';
import { invertActivity } from '../../console/app/screens/application/undo.js';

const LATER = '2999-12-12T22:59:59.000Z';
const PAST = '2001-01-01T00:00:00.000Z';
const AT = '2026-03-03T12:00:00.000Z';

interface Snapshot {
  readonly scopes: readonly GrantedScope[];
  readonly notBefore?: string;
  readonly expiresAt?: string;
}

const activity = (type: string, before?: Snapshot, after?: Snapshot): Activity => ({
  id: 'id',
  recordedAt: AT,
  actors: {},
  action: { type },
  resources: [],
  ...(before && { before: { ...before } }),
  ...(after && { after: { ...after } }),
});
const held = (...scopes: readonly (string | GrantedScope)[]): Snapshot => ({
  scopes: scopes.map((scope) => (typeof scope === 'string' ? { id: scope } : scope)),
});

describe('the opposite of a change of grants', () => {
  test('brings back what was taken, with its end, and takes what was given', () => {
    const before = held('a', 'b', { id: 'c', expiresAt: LATER }, { id: 'd', expiresAt: LATER });
    const after = held('a', 'n', { id: 'd' });
    expect(invertActivity(activity('GRANT.UPDATED', before, after))).toEqual({
      add: ['b', 'c'],
      remove: ['n'],
      ends: { c: LATER, d: LATER },
      undoes: { at: AT, scopes: 4 },
    });
    expect(invertActivity(activity('GRANT.CREATED', undefined, { ...held('a'), expiresAt: LATER }))).toMatchObject({
      remove: ['a'],
    });
    expect(invertActivity(activity('GRANT.DELETED', held('a')))).toMatchObject({ add: ['a'], remove: [] });
  });

  test.each<[string, Activity]>([
    ['it is no change of a grant', activity('SECRET.UPDATED', held('a'), held())],
    ['a scope has ended since', activity('GRANT.DELETED', held({ id: 'a', expiresAt: PAST }))],
    ['a scope began at a date', activity('GRANT.DELETED', held({ id: 'a', notBefore: PAST }))],
    ['the grant had an end of its own', activity('GRANT.DELETED', { ...held('a'), expiresAt: LATER })],
    ['the grant got dates', activity('GRANT.UPDATED', held('a'), { ...held('a'), expiresAt: LATER })],
    [
      'a scope that stays begins at another date',
      activity('GRANT.UPDATED', held('a', { id: 'b', notBefore: LATER }), held('b')),
    ],
    [
      'a scope that stays got a beginning',
      activity('GRANT.UPDATED', held('a', 'b'), held({ id: 'b', notBefore: LATER })),
    ],
    ['nothing differs', activity('GRANT.UPDATED', held('a'), held('a'))],
  ])('is not offered where it would give more than was held, or nothing: %s', (_, given) => {
    expect(invertActivity(given)).toBeUndefined();
  });

  test('stands beside what is pending, and what both contradict stays as it is', () => {
    const pending = { add: ['a', 'b'], remove: ['c'], ends: { a: LATER, b: LATER } };
    const undoes = { at: AT, scopes: 2 };
    expect(combine(pending, { add: ['c', 'd'], remove: ['a'], undoes })).toEqual({
      add: ['b', 'd'],
      remove: [],
      ends: { b: LATER },
      undoes,
    });
  });
});
