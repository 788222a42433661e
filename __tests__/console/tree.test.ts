import { covers } from 'scopegate';
import { findMatches } from '../../console/tree/filter.js';
import { moveFrom } from '../../console/tree/focus.js';
import { findDescendants, layOutTree, type TreeInput } from '../../console/tree/layout.js';
import { columnName, countEffect, readState } from '../../console/tree/state.js';
import { STORY_SCOPES } from '../../demo-app/front-door/scopes.js';

const at = (path: string) => `urn:opc:resource:consumer:${path}`;
const DEFINED = STORY_SCOPES.map(({ name }) => name);
const [ALL, READ, WRITE] = [at('paas::all'), at('paas::read'), at('paas:analytics::write')];

const cellOf = (input: TreeInput, scope: string) =>
  layOutTree(input)
    .rows.flatMap(({ cells }) => cells)
    .find((cell) => cell.scope === scope);
const kindOf = (scope: string, held: readonly string[], next?: readonly string[]) =>
  readState(scope, { defined: DEFINED, held, next }).kind;

describe('the layout', () => {
  const { qualifiers, rows, others } = layOutTree({
    defined: [...DEFINED, at('billing:export::approve'), 'offline_access', 'urn:opc:idm:__myscopes__', at('a:b:c')],
    held: [],
  });

  test('segments go down, parents before their children, also where a parent has no scope', () => {
    expect(rows.map(({ key, level }) => `${level} ${key}`)).toEqual([
      '1 billing',
      '2 billing:export',
      '1 paas',
      '2 paas:analytics',
      '3 paas:analytics:reports',
      '2 paas:stack',
    ]);
    expect(rows.filter(({ hasChildren }) => hasChildren).map(({ name }) => name)).toEqual([
      'billing',
      'paas',
      'analytics',
    ]);
  });

  test('qualifiers go across: all first, then by number of scopes', () => {
    expect(qualifiers).toEqual(['all', 'read', 'write', 'approve']);
  });

  test('what does not fit the form stands apart', () => {
    expect(others).toEqual(['offline_access', 'urn:opc:idm:__myscopes__', at('a:b:c')].sort());
  });

  test('a scope of the root has a row above everything', () => {
    const tree = layOutTree({ defined: ['urn:opc:resource:consumer::all', READ], held: [] });

    expect(tree.rows.map(({ name }) => name)).toEqual(['everything', 'paas']);
  });

  test('what a row hides while it is closed is all that is below it', () => {
    const hiddenBy = (key: string) =>
      rows.filter((row) => row.key === key).flatMap((row) => findDescendants(rows, row));

    expect(hiddenBy('paas').map(({ key }) => key)).toEqual(['paas:analytics', 'paas:analytics:reports', 'paas:stack']);
    expect(hiddenBy('billing').map(({ key }) => key)).toEqual(['billing:export']);
    expect(hiddenBy('paas:stack')).toEqual([]);
  });

  test('the filter keeps what is above what it finds, and nothing of it opens or closes', () => {
    const matches = findMatches(rows, ' Reports ');

    expect(matches?.rows.map(({ key, hasChildren }) => [key, hasChildren])).toEqual([
      ['paas', false],
      ['paas:analytics', false],
      ['paas:analytics:reports', false],
    ]);
    expect(matches?.found).toEqual(new Set(['paas:analytics:reports']));
    expect(findMatches(rows, 'export::approve')?.found).toEqual(new Set(['billing:export']));
    expect(findMatches(rows, 'nothing')?.rows).toEqual([]);
    expect(findMatches(rows, ' ')).toBeUndefined();
  });

  test('a coverage band goes on past a scope that is not defined, and ends where nothing hangs from it', () => {
    const input = { defined: [READ, at('paas:analytics::all'), at('paas:analytics:reports::read')], held: [READ] };

    expect(cellOf(input, READ)).toMatchObject({ isEnd: false });
    expect(cellOf(input, at('paas:analytics::read'))).toMatchObject({ isDefined: false, isEnd: false });
    expect(cellOf(input, at('paas:analytics:reports::read'))).toMatchObject({ isDefined: true, isEnd: true });
  });

  test('two coverage bands that do not hang together do not touch', () => {
    const input = {
      defined: [at('a::read'), at('a:b::read'), at('c::read'), at('c:d::read')],
      held: [at('a::read'), at('c::read')],
    };

    expect(cellOf(input, at('a:b::read'))?.isEnd).toBe(true);
    expect(cellOf(input, at('c::read'))?.isEnd).toBe(false);
  });

  test('::all lets a coverage band down in the columns beside it', () => {
    const input = { defined: DEFINED, held: [ALL] };

    expect(cellOf(input, READ)).toMatchObject({ isSideways: true, state: { kind: 'covered' } });
    expect(cellOf(input, at('paas:stack::read'))).toMatchObject({ isSideways: false, state: { kind: 'covered' } });
  });
});

describe('the state of a cell', () => {
  test.each<[string, string, readonly string[], readonly string[] | undefined, string]>([
    ['held', READ, [READ], undefined, 'held'],
    ['covered from above', at('paas:stack::read'), [READ], undefined, 'covered'],
    ['covered by all of its row', READ, [ALL], undefined, 'covered'],
    ['covered by two', at('paas:stack::read'), [READ, at('paas:stack::all')], undefined, 'twice'],
    ['held and covered', at('paas:stack::read'), [READ, at('paas:stack::read')], undefined, 'twice'],
    ['another qualifier', at('paas:stack::write'), [READ], undefined, 'off'],
    ['above what is held', READ, [at('paas:stack::read')], undefined, 'off'],
    ['a name that begins alike', at('paasx::read'), [READ], undefined, 'off'],
    ['removed', READ, [READ], [], 'removed'],
    ['lost with it', at('paas:stack::read'), [READ], [], 'lost'],
    ['covered by one of two that stays', at('paas:stack::read'), [READ, ALL], [ALL], 'stays'],
    ['added', READ, [], [READ], 'added'],
    ['covered by what is added', at('paas:stack::read'), [], [READ], 'covered'],
  ])('%s', (_, scope, held, next, kind) => {
    expect(kindOf(scope, held, next)).toBe(kind);
  });

  test('what covers it is what the library says', () => {
    for (const scope of DEFINED) {
      const { by } = readState(scope, { defined: DEFINED, held: DEFINED });
      expect(by).toEqual(DEFINED.filter((each) => each !== scope && covers(each, scope)));
    }
  });

  test('the name of a column is that of its scope', () => {
    expect(columnName(['paas', 'analytics'], 'write')).toBe(WRITE);
    expect(columnName([], 'all')).toBe('urn:opc:resource:consumer::all');
  });

  test('a change is summed up', () => {
    expect(countEffect({ defined: DEFINED, held: [READ, WRITE], next: [WRITE] })).toEqual({ lost: 4, stay: 2, won: 0 });
    expect(countEffect({ defined: DEFINED, held: [WRITE], next: [READ, WRITE] })).toEqual({ lost: 0, stay: 2, won: 4 });
    expect(countEffect({ defined: DEFINED, held: [READ], next: [READ] })).toEqual({ lost: 0, stay: 4, won: 0 });
  });
});

describe('the keyboard', () => {
  const { rows } = layOutTree({ defined: DEFINED, held: [] });
  const move = (key: string, column: number, pressed: string, isControl = false, isOpen = true) =>
    moveFrom({ key, column }, pressed, isControl, { rows, isOpen: () => isOpen });

  test.each<[string, ReturnType<typeof move>, object | undefined]>([
    ['right from a name', move('paas', -1, 'ArrowRight'), { key: 'paas', column: 0 }],
    ['right past what is not defined', move('paas:analytics', -1, 'ArrowRight'), { key: 'paas:analytics', column: 1 }],
    ['right on a closed name', move('paas', -1, 'ArrowRight', false, false), { toggle: 'paas' }],
    ['right at the end', move('paas', 2, 'ArrowRight'), undefined],
    ['left from the first cell', move('paas:analytics', 1, 'ArrowLeft'), { key: 'paas:analytics', column: -1 }],
    ['left on an open name', move('paas:analytics', -1, 'ArrowLeft'), { toggle: 'paas:analytics' }],
    ['left on a leaf', move('paas:analytics:reports', -1, 'ArrowLeft'), { key: 'paas:analytics', column: -1 }],
    ['left at the top, closed', move('paas', -1, 'ArrowLeft', false, false), undefined],
    ['down past what is not defined', move('paas', 0, 'ArrowDown'), { key: 'paas:stack', column: 0 }],
    ['down at the end', move('paas:stack', 1, 'ArrowDown'), undefined],
    ['up', move('paas:analytics', 1, 'ArrowUp'), { key: 'paas', column: 1 }],
    ['home', move('paas:stack', 2, 'Home'), { key: 'paas:stack', column: -1 }],
    ['end', move('paas:stack', -1, 'End'), { key: 'paas:stack', column: 2 }],
    ['home of the tree', move('paas:stack', 2, 'Home', true), { key: 'paas', column: -1 }],
    ['end of the tree', move('paas', -1, 'End', true), { key: 'paas:stack', column: 2 }],
    ['a key that means nothing', move('paas', -1, 'a'), undefined],
    ['a place that is gone', move('nowhere', -1, 'ArrowDown'), undefined],
  ])('%s', (_, moved, expected) => {
    expect(moved).toEqual(expected);
  });
});

describe('what ends', () => {
  const soon = { short: '12 Dec', long: '12 December 2026', isSoon: true };
  const later = { ...soon, isSoon: false };
  const endOf = (scope: string, held: readonly string[], ends: ReadonlyMap<string, typeof soon>) =>
    readState(scope, { defined: DEFINED, held, ends }).end;
  const below = at('paas:analytics::read');

  test('a held scope ends on its day', () => {
    expect(endOf(READ, [READ], new Map([[READ, soon]]))).toEqual(soon);
    expect(endOf(READ, [READ], new Map([[READ, later]]))).toEqual(later);
    expect(endOf(READ, [READ], new Map())).toBeUndefined();
  });

  test('a covered scope ends soon where all that covers it does', () => {
    expect(endOf(below, [READ], new Map([[READ, soon]]))).toEqual(soon);
    expect(endOf(below, [READ], new Map([[READ, later]]))).toBeUndefined();
    expect(endOf(below, [READ, ALL], new Map([[READ, soon]]))).toBeUndefined();
  });

  test('a scope that another covers for longer does not end', () => {
    expect(endOf(below, [below, READ], new Map([[below, soon]]))).toBeUndefined();
  });
});
