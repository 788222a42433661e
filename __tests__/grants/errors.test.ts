import { ADMIN_ERRORS, AdminError, type AdminErrorKind, errorBody } from '../../lib/grants/errors.js';

/** Fact sheet §4. */
test('every kind has the status and the code that PingOne has for it', () => {
  const rows = Object.entries(ADMIN_ERRORS).map(([kind, { status, code }]) => [kind, status, code]);
  expect(rows).toEqual([
    ['invalid_data', 400, 'INVALID_DATA'],
    ['invalid_request', 400, 'INVALID_REQUEST'],
    ['unauthenticated', 401, 'ACCESS_FAILED'],
    ['forbidden', 403, 'ACCESS_FAILED'],
    ['not_found', 404, 'NOT_FOUND'],
    ['method_not_allowed', 405, 'INVALID_REQUEST'],
    ['stale', 412, 'REQUEST_FAILED'],
    ['too_large', 413, 'INVALID_REQUEST'],
    ['media_type', 415, 'INVALID_REQUEST'],
    ['key_reused', 422, 'INVALID_REQUEST'],
    ['unexpected', 500, 'UNEXPECTED_ERROR'],
    ['unavailable', 503, 'UNEXPECTED_ERROR'],
  ]);
});

test('messages that clients match on', () => {
  expect(ADMIN_ERRORS.not_found.message).toBe(
    'The request could not be completed. The requested resource was not found.',
  );
  expect(ADMIN_ERRORS.forbidden.message).toMatch(/^The actor attempting to perform the request is not authorized\./);
});

test('a body: its members in the documented order, without details where there are none', () => {
  const details = [{ code: 'REQUIRED_VALUE', target: 'name', message: 'name is required.' }] as const;
  for (const kind of Object.keys(ADMIN_ERRORS) as AdminErrorKind[]) {
    const { code, message } = ADMIN_ERRORS[kind];
    expect(JSON.stringify(errorBody(kind, [], 'an-id'))).toBe(JSON.stringify({ id: 'an-id', code, message }));
    expect(JSON.stringify(errorBody(kind, details, 'an-id'))).toBe(
      JSON.stringify({ id: 'an-id', code, message, details }),
    );
  }
});

test('the message of a problem is that of its first detail, else that of its kind; its cause is not in the body', () => {
  const cause = new Error('select * from grants');
  const problem = new AdminError('invalid_request', [], { cause });
  expect(problem).toBeInstanceOf(Error);
  expect([problem.name, problem.message, problem.cause]).toEqual([
    'AdminError',
    ADMIN_ERRORS.invalid_request.message,
    cause,
  ]);
  expect(JSON.stringify(errorBody(problem.kind, problem.details, 'an-id'))).not.toContain('select');
  expect(new AdminError('invalid_data', [{ code: 'EMPTY_VALUE', message: 'first' }]).message).toBe('first');
});
