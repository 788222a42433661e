import type { GateRequest } from '../../lib/enforcement/gate-request.js';
import { Refusal } from '../../lib/enforcement/refusal.js';
import { DONE, runSteps, type Step, type StepResult } from '../../lib/enforcement/run-steps.js';

function run(steps: readonly Step[], next: (error?: unknown) => void = () => undefined) {
  const passed: unknown[] = [];
  const results: StepResult[] = [];
  const request = {
    next: (error?: unknown) => {
      passed.push(error);
      next(error);
    },
  } as GateRequest;
  runSteps(request, steps, (_, result) => {
    results.push(result);
    return !(result instanceof Refusal);
  });
  return { passed, results };
}

test.each<[string, StepResult, unknown[]]>([
  ['a refusal', new Refusal('token_expired'), []],
  ['an early permit', DONE, [undefined]],
])('%s ends the list', (_, result, passed) => {
  const later = jest.fn(() => undefined);
  expect(run([() => undefined, () => result, later])).toEqual({ passed, results: [result] });
  expect(later).not.toHaveBeenCalled();
});

test('a list without a result lets the request pass, synchronously without promises', () => {
  expect(run([() => undefined, () => undefined])).toEqual({ passed: [undefined], results: [undefined] });
});

test('steps after a promise run when it has settled', async () => {
  const refusal = new Refusal('token_expired');
  const { passed, results } = run([() => Promise.resolve(undefined), () => Promise.resolve(refusal)]);
  expect(results).toEqual([]);
  await new Promise(setImmediate);
  expect({ passed, results }).toEqual({ passed: [], results: [refusal] });
});

test('a rejected promise goes to next, once', async () => {
  const failure = new Error('no such user');
  const { passed, results } = run([() => Promise.reject(failure)]);
  await new Promise(setImmediate);
  expect({ passed, results }).toEqual({ passed: [failure], results: [] });
});

test.each([undefined, 'route', null])('a step that throws %p does not let the request pass', (thrown) => {
  const { passed, results } = run([
    () => {
      throw thrown;
    },
  ]);
  expect({ passed, results }).toEqual({ passed: [expect.any(TypeError)], results: [] });
  expect(passed[0]).toMatchObject({ message: 'A rule of the gate threw a value that is not an error.', cause: thrown });
});

test('what finish leaves to do is called in place of next', () => {
  const [next, rest] = [jest.fn(), jest.fn()];
  runSteps({ next } as unknown as GateRequest, [() => DONE], () => rest);
  expect([next.mock.calls, rest.mock.calls]).toEqual([[], [[]]]);
});

test('an error of finish goes to next', () => {
  const [next, fault] = [jest.fn(), new Error('no response')];
  runSteps({ next } as unknown as GateRequest, [], () => {
    throw fault;
  });
  expect(next.mock.calls).toEqual([[fault]]);
});

test('next is called once where a handler throws after a promise', () => {
  const fault = new Error('a fault of the handler');
  let settle: (result: StepResult) => void = () => undefined;
  const pending = {
    // biome-ignore lint/suspicious/noThenProperty: a promise that the test settles synchronously
    then: (resolve: (result: StepResult) => void) => {
      settle = resolve;
    },
  } as unknown as Promise<StepResult>;
  const { passed } = run([() => pending], () => {
    throw fault;
  });
  expect(() => settle(undefined)).toThrow(fault);
  expect(passed).toEqual([undefined]);
});
