import { StoreUnavailableError } from 'scopegate';
import type { ConnectionUse } from '../../lib/stores/engine.js';
import { ConnectionBudget } from '../../lib/stores/postgres/connection-budget.js';

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
});
afterEach(() => {
  jest.useRealTimers();
});

/** Takes connections, and notes who got one in which order. */
function setting(size: number) {
  const budget = new ConnectionBudget(size, 5000);
  const entered: string[] = [];
  const take = async (use: ConnectionUse, name: string = use) => {
    const giveBack = await budget.take(use);
    entered.push(name);
    return giveBack;
  };
  const takeMany = async (use: ConnectionUse, count: number) => {
    const before = entered.length;
    const taken = Array.from({ length: count }, () => take(use));
    for (const each of taken) each.catch(() => undefined);
    await new Promise(setImmediate);
    return { taken, entered: entered.length - before };
  };
  return { entered, take, takeMany };
}

test.each([
  { size: 1, gate: 1, administration: 1, feed: 1 },
  { size: 2, gate: 1, administration: 2, feed: 2 },
  { size: 3, gate: 1, administration: 3, feed: 2 },
  { size: 4, gate: 2, administration: 4, feed: 3 },
  { size: 5, gate: 2, administration: 5, feed: 3 },
  { size: 10, gate: 7, administration: 10, feed: 8 },
])(
  'of $size connections, gates get $gate at most, administration $administration, the feed $feed',
  async (expected) => {
    for (const use of ['gate', 'administration', 'feed'] as const) {
      expect((await setting(expected.size).takeMany(use, 20)).entered).toBe(expected[use]);
    }
  },
);

test('administration and the feed get connections at once while gates ask for more than there are', async () => {
  const { take, takeMany, entered } = setting(10);
  await takeMany('gate', 1000);
  await Promise.all([take('administration'), take('administration'), take('feed')]);
  expect(entered).toEqual([...Array(7).fill('gate'), 'administration', 'administration', 'feed']);
});

test('the feed is served first where administration has taken all connections', async () => {
  const { take, takeMany, entered } = setting(10);
  const { taken } = await takeMany('administration', 10);
  const waiting = [take('administration', 'second'), take('feed', 'first')];
  for (const each of taken) (await each)();
  await Promise.all(waiting);
  expect(entered.slice(10)).toEqual(['first', 'second']);
});

test('never gives out more connections than there are', async () => {
  for (const size of [1, 2, 3, 4, 10]) {
    const { takeMany } = setting(size);
    let entered = 0;
    for (const use of ['feed', 'gate', 'administration', 'gate', 'feed'] as const)
      entered += (await takeMany(use, 20)).entered;
    expect(entered).toBe(size);
  }
});

test('serves those that wait in their order, past those whose share is used up', async () => {
  const { take, takeMany, entered } = setting(4);
  const { taken } = await takeMany('gate', 2);
  const administration = await take('administration');
  entered.splice(0);
  const waiting = [take('gate', 'first'), take('administration', 'second'), take('gate', 'third')];
  administration();
  await waiting[1];
  expect(entered).toEqual(['second']);
  for (const each of taken) (await each)();
  await Promise.all(waiting);
  expect(entered).toEqual(['second', 'first', 'third']);
});

test('rejects who waits for longer than the timeout, and gives the connection to the next', async () => {
  const { take, entered } = setting(1);
  const giveBack = await take('gate');
  const impatient = take('gate', 'impatient');
  jest.advanceTimersByTime(5000);
  await expect(impatient).rejects.toThrow(new StoreUnavailableError('Timed out waiting for a connection.'));
  const next = take('gate', 'next');
  giveBack();
  await next;
  expect(entered).toEqual(['gate', 'next']);
});
