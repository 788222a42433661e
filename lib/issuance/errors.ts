/** The longest `scope` parameter that is read, since the work of a request grows with its length. In characters. */
export const MAX_SCOPE_PARAMETER_LENGTH = 8192;

type Row = readonly [error: TokenRefusal['error'], description: string];

/**
 * Every reason for which no token is issued: the error code of RFC 6749 §5.2 or RFC 8707 §2, and a description. Descriptions are constant,
 * use the characters that §5.2 allows (printable ASCII without `"` and `\`) and repeat nothing of the request.
 */
export const TOKEN_REQUEST_ERRORS = {
  parameter_repeated: ['invalid_request', 'The parameters grant_type and scope must be sent once each.'],
  grant_type_unknown: ['unsupported_grant_type', 'This grant type is not supported.'],
  application_disabled: ['unauthorized_client', 'The application is disabled.'],
  grant_type_not_allowed: ['unauthorized_client', 'The application may not use this grant type.'],
  client_not_confidential: [
    'unauthorized_client',
    'Only clients that authenticate can use client credentials and urn:opc:resource:consumer::all.',
  ],
  application_without_scopes: ['unauthorized_client', 'The application is not granted any scope.'],
  scope_malformed: ['invalid_scope', 'The scope parameter is not a list of scope-tokens with one space between them.'],
  scope_too_long: ['invalid_scope', 'The scope parameter is longer than 8192 characters.'],
  scope_not_granted: ['invalid_scope', 'No scope that the application is granted covers a requested scope.'],
  scope_not_in_refresh_token: ['invalid_scope', 'No scope of the refresh token covers a requested scope.'],
  audience_not_consented: [
    'invalid_scope',
    'A requested scope is of a resource that the user did not consent to: send the user to sign in.',
  ],
  consumer_all_not_alone: [
    'invalid_scope',
    'urn:opc:resource:consumer::all must be requested alone, or with offline_access only.',
  ],
  scope_of_several_resources: [
    'invalid_scope',
    'Several resources define a requested scope: prefix it with the audience of its resource.',
  ],
  multiple_resources: ['invalid_scope', 'May not request scopes for multiple resources.'],
  scope_clash: [
    'invalid_scope',
    'A requested scope would give access that is not granted at another resource of the token: request it alone.',
  ],
  audience_shared: ['invalid_scope', 'The resource of a requested scope shares its audience with other resources.'],
  too_many_audiences: ['invalid_scope', 'The requested scopes belong to more audiences than a token can have.'],
  several_tokens: ['invalid_scope', 'urn:opc:resource:multiresourcescope is not supported: a response has one token.'],
  resource_not_named: [
    'invalid_scope',
    'The request names no scope, and the application is granted scopes of several resources.',
  ],
  no_scope_by_default: ['invalid_scope', 'The request names no scope, and the application has no default scopes.'],
  no_scope_for_grant_type: ['invalid_scope', 'This grant type allows none of the requested scopes.'],
  openid_without_user: ['invalid_scope', 'openid needs a user, and this grant type has none.'],
  expiry_malformed: [
    'invalid_scope',
    'urn:opc:resource:expiry= must be sent once, with a whole number of seconds from 60 to 31556952.',
  ],
  resource_malformed: [
    'invalid_target',
    'The resource parameter must be sent 1 to 64 times, each with an absolute URI without a fragment.',
  ],
  several_resources_requested: ['invalid_target', 'The application may not request a token for several resources.'],
  resource_not_consented: [
    'invalid_target',
    'The user did not consent to a requested resource: send the user to sign in.',
  ],
  resource_not_granted: ['invalid_target', 'The application can have none of these scopes for a requested resource.'],
  no_allowed_tags: ['invalid_scope', 'The application has no allowed tags, so its tokens would have no audience.'],
} as const satisfies Readonly<Record<string, Row>>;

export type TokenRequestErrorReason = keyof typeof TOKEN_REQUEST_ERRORS;

/**
 * Why no token is issued. `error` and `error_description` are the body of the error response (RFC 6749 §5.2), or the query
 * of the redirect from the authorization endpoint (§4.1.2.1).
 */
export interface TokenRefusal {
  readonly ok: false;
  /** The reason for records and metrics, more precise than `error`. */
  readonly reason: TokenRequestErrorReason;
  readonly error:
    | 'invalid_request'
    | 'invalid_scope'
    | 'invalid_target'
    | 'unauthorized_client'
    | 'unsupported_grant_type';
  /** A constant description, which repeats nothing of the request. */
  readonly error_description: string;
}

/** The outcome of a step: its value, or the reason for which no token is issued. */
export type Outcome<Value> = { readonly ok: true; readonly value: Value } | TokenRequestFailure;

export interface TokenRequestFailure {
  readonly ok: false;
  readonly reason: TokenRequestErrorReason;
}

export function succeed<Value>(value: Value): { readonly ok: true; readonly value: Value } {
  return { ok: true, value };
}

export function fail(reason: TokenRequestErrorReason): TokenRequestFailure {
  return { ok: false, reason };
}

/** The refusal for a reason, with the response body (RFC 6749 §5.2). */
export function toRefusal(reason: TokenRequestErrorReason): TokenRefusal {
  const [error, error_description] = TOKEN_REQUEST_ERRORS[reason];
  return { ok: false, reason, error, error_description };
}
