import { isPromise } from '../token/verifier.js';
import type { GateRequest } from './gate-request.js';
import type { Refusal } from './refusal.js';

/** A permit before the last step; the same in every copy of this package. */
export const DONE: unique symbol = Symbol.for('scopegate.done/1');

/** `undefined`: continue with the next step. */
export type StepResult = Refusal | typeof DONE | undefined;

export type Step = (request: GateRequest) => StepResult | Promise<StepResult>;

/**
 * The last step. Records the decision, and responds to a refusal; returns whether the request may pass, or what is left
 * to do with a refused one.
 */
export type Finish = (request: GateRequest, result: StepResult) => boolean | (() => void);

/**
 * Runs the steps until one of them has a result, then `finish`. Stays synchronous until a step returns a promise.
 *
 * Calls `next`, or what `finish` leaves, at most once and outside of every `catch`: what a later handler throws is not an
 * error of a step.
 */
export function runSteps(request: GateRequest, steps: readonly Step[], finish: Finish): void {
  let outcome: ReturnType<Finish>;
  try {
    let result: StepResult;
    for (let at = 0; at < steps.length && result === undefined; at++) {
      const returned = (steps[at] as Step)(request);
      if (isPromise(returned)) {
        const rest = steps.slice(at + 1);
        returned.then(
          (settled) => runSteps(request, [() => settled, ...rest], finish),
          (error) => request.next(toError(error)),
        );
        return;
      }
      result = returned;
    }
    outcome = finish(request, result);
  } catch (error) {
    request.next(toError(error));
    return;
  }
  if (outcome === true) request.next();
  else if (outcome !== false) outcome();
}

/** To `next`, `undefined` and `'route'` are no errors: a step that throws one of them must not let the request pass. */
export function toError(thrown: unknown): unknown {
  if (isError(thrown)) return thrown;
  return new TypeError('A rule of the gate threw a value that is not an error.', { cause: thrown });
}

/** Whether `next` takes the value for an error, in every framework. */
export function isError(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

/**
 * Calls `use` with the result of `produce`, once it has settled; calls `recover` with an error of either.
 */
export function whenSettled<T, R>(
  produce: () => T | Promise<T>,
  use: (value: T) => R,
  recover: (error: unknown) => R = rethrow,
): R | Promise<R> {
  try {
    const value = produce();
    return isPromise(value) ? Promise.resolve(value).then(use).catch(recover) : use(value);
  } catch (error) {
    return recover(error);
  }
}

function rethrow(error: unknown): never {
  throw error;
}
