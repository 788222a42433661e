import { ADMIN_ERRORS, AdminError, type AdminErrorKind, errorBody } from '../../lib/grants/errors.js';

/** Fact sheet §4. */
test('every kind of problem has the status and the code of PingOne', () => {
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

test('uses the messages that clients match on', () => {
  expect(ADMIN_ERRORS.not_found.message).toBe(
    'The request could not be completed. The requested resource was not found.',
  );
  expect(ADMIN_ERRORS.forbidden.message).toMatch(/^The actor attempting to perform the request is not authorized\./);
});

test('returns a body with the documented members in order, without empty details', () => {
  const details = [{ code: 'REQUIRED_VALUE', target: 'name', message: 'name is required.' }] as const;
  for (const kind of Object.keys(ADMIN_ERRORS) as AdminErrorKind[]) {
    const { code, message } = ADMIN_ERRORS[kind];
    expect(JSON.stringify(errorBody(kind, [], 'an-id'))).toBe(JSON.stringify({ id: 'an-id', code, message }));
    expect(JSON.stringify(errorBody(kind, details, 'an-id'))).toBe(
      JSON.stringify({ id: 'an-id', code, message, details }),
    );
  }
});

test('uses the message of the first detail or of the kind, and hides the cause', () => {
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
