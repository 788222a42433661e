import type { Grant, GrantedScope, Scope } from '../../console/app/model.js';
import {
  compare,
  countDates,
  invert,
  isEmpty,
  NO_CHANGE,
  requestsOf,
  settle,
  toggle,
} from '../../console/app/screens/application/changes.js';

const scope = (id: string, resource: string): Scope => ({ id, name: `name:${id}`, resource: { id: resource } });
const SCOPES = [scope('a', 'one'), scope('b', 'one'), scope('c', 'one'), scope('z', 'two')];
const END = '2026-12-12T22:59:59.000Z';

const grant = (id: string, resource: string, scopes: readonly GrantedScope[]): Grant => ({
  id,
  application: { id: 'app' },
  resource: { id: resource },
  scopes,
  createdAt: END,
  updatedAt: END,
});
const ONE = grant('g1', 'one', [{ id: 'a', name: 'name:a', notBefore: END }, { id: 'b' }]);
const held = [{ grant: ONE, tag: '"1"' }];

describe('an edit of grants', () => {
  test('a second tick takes the first one back, with its date', () => {
    const once = { ...toggle(NO_CHANGE, 'c', false), ends: { c: END } };

    expect(once.add).toEqual(['c']);
    expect(isEmpty(toggle(once, 'c', false))).toBe(true);
    expect(toggle(once, 'c', false).ends).toEqual({});
    expect(toggle(NO_CHANGE, 'a', true)).toMatchObject({ add: [], remove: ['a'] });
  });

  test('drops what has come true meanwhile, or can no longer', () => {
    const draft = { add: ['a', 'c', 'gone'], remove: ['b', 'z'], ends: { a: null, b: END, c: END, gone: END } };

    expect(settle(draft, [ONE], SCOPES)).toEqual({ add: ['c'], remove: ['b'], ends: { c: END } });
    expect(countDates(settle({ ...NO_CHANGE, ends: { a: END } }, [ONE], SCOPES))).toBe(1);
  });

  test('is one conditional request for each grant, and what stays keeps its dates', () => {
    expect(requestsOf({ add: ['c', 'z'], remove: ['b'], ends: { z: END } }, held, SCOPES)).toEqual([
      { method: 'PATCH', path: '/g1', tag: '"1"', body: { scopes: [{ id: 'a', notBefore: END }, { id: 'c' }] } },
      { method: 'POST', path: '', body: { resource: { id: 'two' }, scopes: [{ id: 'z', expiresAt: END }] } },
    ]);
  });

  test('deletes a grant of which nothing is left', () => {
    expect(requestsOf({ add: [], remove: ['a', 'b'] }, held, SCOPES)).toEqual([
      { method: 'DELETE', path: '/g1', tag: '"1"' },
    ]);
  });

  test('sets and takes away an end', () => {
    const ends = { a: END, b: null };
    const dated = [{ grant: grant('g1', 'one', [{ id: 'a' }, { id: 'b', expiresAt: END }]), tag: '"1"' }];

    expect(requestsOf({ ...NO_CHANGE, ends }, dated, SCOPES)).toEqual([
      { method: 'PATCH', path: '/g1', tag: '"1"', body: { scopes: [{ id: 'a', expiresAt: END }, { id: 'b' }] } },
    ]);
  });

  test('is taken back by its inverse, with the dates that were', () => {
    const before = [{ id: 'a', expiresAt: END }, { id: 'b' }];
    const undo = invert({ add: ['c'], remove: ['a'], ends: { b: END, c: END } }, before);

    expect(undo).toEqual({ add: ['a'], remove: ['c'], ends: { a: END, b: null } });
    const after = grant('g1', 'one', [
      { id: 'b', expiresAt: END },
      { id: 'c', expiresAt: END },
    ]);
    expect(settle(undo, [after], SCOPES)).toEqual(undo);
  });

  test('knows what others changed', () => {
    const after = grant('g1', 'one', [{ id: 'b' }, { id: 'c' }]);

    expect(compare([ONE], [after])).toEqual({ add: ['c'], remove: ['a'] });
    expect(compare([ONE], [])).toEqual({ add: [], remove: ['a', 'b'] });
  });
});
