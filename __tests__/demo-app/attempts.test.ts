import { limitAttempts } from '../../demo-app/authorization-server/attempts.js';

let now = 1000;
const fail = (attempts: ReturnType<typeof limitAttempts>, name: string, times: number) => {
  for (let i = 0; i < times; i++) attempts.failed(name);
};

test('allows five failures, then doubles the wait each time up to fifteen minutes', () => {
  const attempts = limitAttempts(() => now);
  fail(attempts, 'a', 4);
  const waits = [attempts.wait('a')];
  for (let i = 0; i < 10; i++) {
    attempts.failed('a');
    waits.push(attempts.wait('a'));
  }

  expect(waits).toEqual([0, 5, 10, 20, 40, 80, 160, 320, 640, 900, 900]);
});

test('allows a new attempt after the wait, and resets the count after a correct password', () => {
  const attempts = limitAttempts(() => now);
  fail(attempts, 'a', 6);
  now += 9;
  const before = attempts.wait('a');
  now += 1;
  const after = attempts.wait('a');
  attempts.succeeded('a');
  attempts.failed('a');

  expect([before, after, attempts.wait('a')]).toEqual([1, 0, 0]);
});

test('does not delay one user because of the failures of another', () => {
  const attempts = limitAttempts(() => now);
  fail(attempts, 'first-user', 50);

  expect(attempts.wait('second-user')).toBe(0);
});

test('keeps a throttled user throttled after failures of 20,000 other names', () => {
  const attempts = limitAttempts(() => now);
  fail(attempts, 'a', 50);
  for (let i = 0; i < 20_000; i++) attempts.failed(`name ${i}`);

  expect(attempts.wait('a')).toBe(900);
});
