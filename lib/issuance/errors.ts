import type { TokenRefusal } from './token-request.js';

/** How long a `scope` parameter may be: the work of a request grows with it, and with what the application is granted. */
export const MAX_SCOPE_PARAMETER_LENGTH = 8192;

type Row = readonly [error: TokenRefusal['error'], sentence: string];

/**
 * Every answer but a token: the error code of RFC 6749 §5.2 and a sentence. Constant, in the characters that §5.2 allows
 * (printable ASCII but `"` and `\`), and without a word of the request.
 */
export const TOKEN_REQUEST_ERRORS = {
  parameter_repeated: ['invalid_request', 'The parameters grant_type and scope are one string each.'],
  grant_type_unknown: ['unsupported_grant_type', 'This grant type is not supported.'],
  application_disabled: ['unauthorized_client', 'The application is disabled.'],
  grant_type_not_allowed: ['unauthorized_client', 'The application may not use this grant type.'],
  client_not_confidential: [
    'unauthorized_client',
    'Client credentials and urn:opc:resource:consumer::all are for clients that authenticate.',
  ],
  application_without_scopes: ['unauthorized_client', 'The application is not granted any scope.'],
  scope_malformed: ['invalid_scope', 'The scope parameter is not a list of scope-tokens with one space between them.'],
  scope_too_long: ['invalid_scope', 'The scope parameter is longer than 8192 characters.'],
  scope_not_granted: ['invalid_scope', 'A requested scope is not covered by what the application is granted.'],
  scope_not_in_refresh_token: ['invalid_scope', 'A requested scope is not covered by that of the refresh token.'],
  consumer_all_not_alone: [
    'invalid_scope',
    'urn:opc:resource:consumer::all is requested alone, or with offline_access and nothing else.',
  ],
  scope_of_several_resources: [
    'invalid_scope',
    'Several resources define a requested scope: put the audience of the one that is meant before it.',
  ],
  multiple_resources: ['invalid_scope', 'May not request scopes for multiple resources.'],
  scope_clash: [
    'invalid_scope',
    'A requested scope would open more than is granted at another resource that the token is for: request it alone.',
  ],
  audience_shared: [
    'invalid_scope',
    'The resource of a requested scope has no audience of its own, so that a token for it would be for others too.',
  ],
  too_many_audiences: ['invalid_scope', 'The requested scopes are of so many audiences that no token can name them.'],
  several_tokens: ['invalid_scope', 'urn:opc:resource:multiresourcescope is not supported: an answer has one token.'],
  resource_not_named: [
    'invalid_scope',
    'The request names no scope, and the application is granted scopes of several resources.',
  ],
  no_scope_by_default: ['invalid_scope', 'The request names no scope, and none is given without being named.'],
  no_scope_for_grant_type: ['invalid_scope', 'No requested scope can be had with this grant type.'],
  openid_without_user: ['invalid_scope', 'openid needs a user, whom this grant type does not have.'],
  expiry_malformed: [
    'invalid_scope',
    'urn:opc:resource:expiry= stands once, with a whole number of seconds from 60 to 31556952.',
  ],
  no_allowed_tags: ['invalid_scope', 'The application has no allowed tags, so that its tokens would be for nobody.'],
} as const satisfies Readonly<Record<string, Row>>;

export type TokenRequestErrorReason = keyof typeof TOKEN_REQUEST_ERRORS;

export function refusal(reason: TokenRequestErrorReason): TokenRefusal {
  const [error, error_description] = TOKEN_REQUEST_ERRORS[reason];
  return { error, error_description };
}
