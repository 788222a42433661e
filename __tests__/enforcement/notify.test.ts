import { notifySafely } from '../../lib/enforcement/notify.js';

test('a listener of the application may throw, and may reject, without an unhandled rejection', async () => {
  const unhandled = jest.fn();
  process.on('unhandledRejection', unhandled);
  const listeners = [
    jest.fn(() => Promise.reject(new Error('late'))),
    jest.fn(() => {
      throw new Error('at once');
    }),
    jest.fn(() => 'done'),
  ];
  for (const listener of listeners) notifySafely(listener);
  await new Promise(setImmediate);
  process.off('unhandledRejection', unhandled);
  expect(unhandled).not.toHaveBeenCalled();
  expect(listeners.map(({ mock }) => mock.calls)).toEqual([[[]], [[]], [[]]]);
});
