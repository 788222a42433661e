import { quoteForLog } from '../printable.js';
import type { Rejection, RejectionReason } from '../verifier.js';

export function reject(reason: RejectionReason, detail: () => string): Rejection {
  return { ok: false, reason, detail };
}

export function rejectMalformed(claim: string, expectation: string, value: unknown): Rejection {
  return reject('claim_malformed', () => `The token's "${claim}" is ${quoteForLog(value)}, not ${expectation}.`);
}
