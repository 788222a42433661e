import { hasBrand, setBrand } from '../brand.js';

/** Why an admin request is not carried out: one row for each error response. Messages are constant sentences. */
export const ADMIN_ERRORS = {
  invalid_data: {
    status: 400,
    code: 'INVALID_DATA',
    message: 'The request could not be completed. One or more validation errors were in the request.',
  },
  invalid_request: {
    status: 400,
    code: 'INVALID_REQUEST',
    message: 'The request could not be completed. The request is malformed.',
  },
  unauthenticated: {
    status: 401,
    code: 'ACCESS_FAILED',
    message: 'The request could not be completed. There was an issue validating the token.',
  },
  forbidden: {
    status: 403,
    code: 'ACCESS_FAILED',
    message: 'The actor attempting to perform the request is not authorized.',
  },
  not_found: {
    status: 404,
    code: 'NOT_FOUND',
    message: 'The request could not be completed. The requested resource was not found.',
  },
  method_not_allowed: {
    status: 405,
    code: 'INVALID_REQUEST',
    message: 'The request could not be completed. The method is not allowed here.',
  },
  stale: {
    status: 412,
    code: 'REQUEST_FAILED',
    message: 'The request could not be completed. The object is no longer as If-Match has it.',
  },
  too_large: {
    status: 413,
    code: 'INVALID_REQUEST',
    message: 'The request could not be completed. The body is too large.',
  },
  media_type: {
    status: 415,
    code: 'INVALID_REQUEST',
    message: 'The request could not be completed. The body must be JSON, in UTF-8.',
  },
  key_reused: {
    status: 422,
    code: 'INVALID_REQUEST',
    message: 'The request could not be completed. The Idempotency-Key was used for another request.',
  },
  unexpected: {
    status: 500,
    code: 'UNEXPECTED_ERROR',
    message: 'The request could not be completed. An unexpected error occurred.',
  },
  unavailable: {
    status: 503,
    code: 'UNEXPECTED_ERROR',
    message: 'The request could not be completed. Try again later.',
  },
} as const satisfies Record<string, { status: number; code: string; message: string }>;

export type AdminErrorKind = keyof typeof ADMIN_ERRORS;

export type DetailCode =
  | 'REQUIRED_VALUE'
  | 'INVALID_VALUE'
  | 'EMPTY_VALUE'
  | 'OUT_OF_RANGE'
  | 'INVALID_FILTER'
  | 'INVALID_PARAMETER'
  | 'SIZE_LIMIT_EXCEEDED'
  | 'UNIQUENESS_VIOLATION'
  | 'CONSTRAINT_VIOLATION'
  | 'INVALID_TOKEN'
  | 'INSUFFICIENT_PERMISSIONS';

/** One thing that is wrong, and where. */
export interface Detail {
  readonly code: DetailCode;
  /** The member, parameter or header: `scopes[2].id`. */
  readonly target?: string;
  readonly message: string;
  readonly innerError?: Readonly<Record<string, unknown>>;
}

/** What a command, a store or the router throws where it says no. */
export class AdminError extends Error {
  static override [Symbol.hasInstance](value: unknown): boolean {
    // biome-ignore lint/complexity/noThisInStatic: a subclass inherits the method, and is meant then
    return hasBrand(this, AdminError, 'AdminError', value);
  }

  override readonly name = 'AdminError';

  constructor(
    readonly kind: AdminErrorKind,
    readonly details: readonly Detail[] = [],
    options?: ErrorOptions,
  ) {
    super(details[0]?.message ?? ADMIN_ERRORS[kind].message, options);
    setBrand(this, 'AdminError');
  }
}

export function invalidData(...details: readonly Detail[]): AdminError {
  return new AdminError('invalid_data', details);
}

export function notFound(): AdminError {
  return new AdminError('not_found');
}

export function invalidCursor(): AdminError {
  const message = 'Invalid cursor. Use the cursor from _links.next, or omit it.';
  return new AdminError('invalid_request', [{ code: 'INVALID_PARAMETER', target: 'cursor', message }]);
}

export function forbidden(message: string): AdminError {
  return new AdminError('forbidden', [{ code: 'INSUFFICIENT_PERMISSIONS', message }]);
}

/**
 * Thrown by a store that cannot be reached or does not respond in time. Nothing is known to have changed, except where the
 * connection was lost while a change was being committed: that one may have come to be. Repeat it with its
 * `Idempotency-Key`.
 */
export class StoreUnavailableError extends Error {
  static override [Symbol.hasInstance](value: unknown): boolean {
    // biome-ignore lint/complexity/noThisInStatic: a subclass inherits the method, and is meant then
    return hasBrand(this, StoreUnavailableError, 'StoreUnavailableError', value);
  }

  override readonly name = 'StoreUnavailableError';

  constructor(message?: string, options?: ErrorOptions) {
    super(message, options);
    setBrand(this, 'StoreUnavailableError');
  }
}

/** The body of a refusal: PingOne's. */
export interface ErrorBody {
  /** The `Correlation-Id` of the response. */
  readonly id: string;
  readonly code: string;
  readonly message: string;
  readonly details?: readonly Detail[];
}

export function errorBody(kind: AdminErrorKind, details: readonly Detail[], correlationId: string): ErrorBody {
  const { code, message } = ADMIN_ERRORS[kind];
  return { id: correlationId, code, message, ...(details.length > 0 && { details }) };
}
