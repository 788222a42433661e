import { notifySafely } from '../../lib/enforcement/notify.js';

test('a listener of the application may throw, and may reject, without an unhandled rejection', async () => {
  const unhandled = jest.fn();
  process.on('unhandledRejection', unhandled);
  const failing = [() => Promise.reject(new Error('late')), () => undefined, () => 'done'];
  for (const listener of failing) notifySafely(listener);
  notifySafely(() => {
    throw new Error('at once');
  });
  await new Promise(setImmediate);
  process.off('unhandledRejection', unhandled);
  expect(unhandled).not.toHaveBeenCalled();
});
