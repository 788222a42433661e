import { STATUS_CODES } from 'node:http';
import { problemDetails } from '../../lib/enforcement/problem-details.js';
import { REFUSALS, Refusal, type RefusalReason } from '../../lib/enforcement/refusal.js';

const reasons = Object.keys(REFUSALS) as RefusalReason[];

test.each(reasons)('9457-1, 9457-2: %s is a problem of type about:blank', (reason) => {
  const { status, description, error } = REFUSALS[reason];
  expect(problemDetails(new Refusal(reason))).toStrictEqual({
    type: 'about:blank',
    title: STATUS_CODES[status],
    status,
    detail: description,
    ...(error && { error }),
    reason,
  });
});

test('9457-3: extension members follow the standard members', () => {
  const members = Object.keys(problemDetails(new Refusal('insufficient_scope', { scope: ['a'] })));
  expect(members).toStrictEqual(['type', 'title', 'status', 'detail', 'error', 'reason', 'required_scope']);
});

test('6750-13: required_scope lists the same scopes as the challenge', () => {
  const refusal = new Refusal('insufficient_scope', { scope: ['a', 'b'] });
  expect(problemDetails(refusal).required_scope).toBe('a b');
  expect(problemDetails(refusal, { toRequestedScope: (scope) => `x/${scope}` }).required_scope).toBe('x/a x/b');
});

test('9457-4: the problem document contains no detail meant for operators', () => {
  const known = {
    cause: new Error('https://keys.internal.example'),
    detail: () => 'the tenant of internal.example',
    unverified: { iss: 'https://internal.example' },
    retryAfter: 17,
  };
  for (const reason of reasons) {
    expect(problemDetails(new Refusal(reason, known))).toStrictEqual(problemDetails(new Refusal(reason)));
  }
});
