import type { FailureCode } from './outcome.js';

const STATUS: Readonly<Record<FailureCode, number>> = {
  story_gone: 410,
  not_signed_in: 401,
  operator_changed: 409,
  busy: 503,
  no_effect: 503,
  unavailable: 503,
};

/** An action that cannot be done now; the page has a sentence for each code. */
export class ActionError extends Error {
  readonly status: number;

  constructor(readonly code: FailureCode) {
    super(code);
    this.status = STATUS[code];
  }
}
