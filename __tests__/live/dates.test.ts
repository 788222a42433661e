import type { StatusGrant } from 'scopegate';
import { selectActiveGrants } from '../../lib/live/active-grants.js';
import { context } from '../support/stores.js';
import { ANALYTICS, live, liveSetting, outcome, PAAS, testClock } from './fixtures/setting.js';

const NOON = Date.parse('2031-05-01T12:00:00.000Z');
const grant = (scope: string, dates: object = {}): StatusGrant => ({ audience: 'reports', scope, ...dates });

describe('selectActiveGrants()', () => {
  test.each<[string, object, boolean, number]>([
    ['has no dates', {}, true, Number.POSITIVE_INFINITY],
    ['began just now', { notBefore: NOON }, true, Number.POSITIVE_INFINITY],
    ['begins in a millisecond', { notBefore: NOON + 1 }, false, NOON + 1],
    ['ends in a millisecond', { expiresAt: NOON + 1 }, true, NOON + 1],
    ['ends just now', { expiresAt: NOON }, false, Number.POSITIVE_INFINITY],
    ['ended before it began', { notBefore: NOON + 2, expiresAt: NOON + 1 }, false, NOON + 1],
    ['began and will end', { notBefore: NOON - 1, expiresAt: NOON + 5 }, true, NOON + 5],
    ['has a date that is no number', { expiresAt: Number.NaN }, false, Number.POSITIVE_INFINITY],
    ['begins at a text', { notBefore: '2031-05-01' }, false, Number.POSITIVE_INFINITY],
    ['ends at null', { expiresAt: null }, false, Number.POSITIVE_INFINITY],
  ])('a grant that %s counts within its dates only', (_, dates, isActive, activeUntil) => {
    const given = grant('a', dates);
    expect(selectActiveGrants([given], NOON)).toEqual({ grants: isActive ? [given] : [], activeUntil });
  });

  test('only the active ones of several grants of one scope count', () => {
    const grants = [grant('a', { expiresAt: NOON }), grant('a'), grant('a', { expiresAt: NOON + 9 }), grant('b')];
    expect(selectActiveGrants(grants, NOON)).toEqual({ grants: grants.slice(1), activeUntil: NOON + 9 });
  });
});

async function datedGrants(dates: object) {
  const { asked, clientId } = await liveSetting();
  const clock = { ...testClock(), time: 0, wall: NOON, now: () => clock.wall, monotonic: () => clock.time };
  const source = {
    changes: asked.changes,
    applicationStatus: async (id: string) => {
      return { ...(await asked.applicationStatus(id)), grants: [grant(PAAS, dates), grant('openid')] };
    },
  };
  const grants = live({ source, clock, maxStalenessMs: 60_000 });
  const check = () => outcome(grants, { client_id: clientId }, [ANALYTICS]);
  return { asked, clock, clientId, grants, check };
}

describe('a source that gives dates', () => {
  test('a cached grant ends with its date, although nothing changed', async () => {
    const { asked, clock, check } = await datedGrants({ expiresAt: NOON + 1000 });
    expect(await check()).toEqual([ANALYTICS]);
    clock.wall += 999;
    expect(await check()).toEqual([ANALYTICS]);
    expect(asked.standings).toHaveLength(1);
    clock.wall += 1;
    expect(await check()).toEqual([]);
    expect(await check()).toEqual([]);
    expect(asked.standings).toHaveLength(2);
  });

  test('a cached grant begins with its date', async () => {
    const { clock, check } = await datedGrants({ notBefore: NOON + 1000 });
    expect(await check()).toEqual([]);
    clock.wall += 1000;
    expect(await check()).toEqual([ANALYTICS]);
  });

  test('a permission of the same request ends with a date as well', async () => {
    const { clock, clientId, grants, asked } = await datedGrants({ expiresAt: NOON + 1000 });
    const token = { payload: { client_id: clientId }, scopes: [] as never };
    const earlier = (await grants.check(token)) as never;
    grants.close(); // each check queries the source
    await grants.check(token, earlier);
    expect(asked.standings).toHaveLength(1);
    clock.wall += 1000;
    await grants.check(token, earlier);
    expect(asked.standings).toHaveLength(2);
  });
});

test('a grant of a store ends to the millisecond, and counts again when it is prolonged', async () => {
  const wall = { time: NOON, now: () => wall.time };
  const clock = { monotonic: () => 0, now: wall.now };
  const { store, resource, applicationAt, outcome: check } = await liveSetting({ wall, clock });
  const grantUntil = (end: number) => {
    const scopes = [{ name: PAAS, expiresAt: new Date(end).toISOString() }, { name: 'openid' }];
    return store.grants.setAll(applicationAt, [{ resource: { id: resource.id }, scopes }], context);
  };
  await grantUntil(NOON + 1000);
  expect(await check({}, [ANALYTICS])).toEqual([ANALYTICS]);
  wall.time += 999;
  expect(await check({}, [ANALYTICS])).toEqual([ANALYTICS]);
  wall.time += 1;
  expect(await check({}, [ANALYTICS])).toEqual([]);
  await grantUntil(NOON + 2000);
  expect(await check({}, [ANALYTICS])).toEqual([ANALYTICS]);
});

describe('a machine that sleeps', () => {
  test.each(['wall', 'time'] as const)('a cached status grows old by the clock that moves: %s', async (moving) => {
    const { asked, clock, check } = await datedGrants({});
    await check();
    clock[moving] += 60_000;
    await check();
    expect(asked.standings).toHaveLength(1);
    clock[moving] += 1;
    await check();
    expect(asked.standings).toHaveLength(2);
  });

  test('a wall clock that is set back does not keep a status alive', async () => {
    const { asked, clock, check } = await datedGrants({});
    await check();
    clock.wall -= 3_600_000;
    clock.time += 60_001;
    await check();
    expect(asked.standings).toHaveLength(2);
  });
});
