import type { CredentialsProblem } from '../token/credentials.js';
import type { RejectionReason } from '../token/verifier.js';
import type { AuthenticationRule } from './user-authentication.js';

/** Why a request is refused: one code for records, metrics and problem bodies. */
export type RefusalReason =
  | CredentialsProblem
  | RejectionReason
  | 'application_revoked'
  | 'application_unknown'
  | 'insufficient_user_authentication'
  | 'insufficient_scope'
  | 'verifier_unavailable'
  | 'grants_unavailable';

/** What the client reads for one reason. Sentences are constant: nothing of the request is echoed. */
export interface RefusalKind {
  readonly status: 400 | 401 | 403 | 503;
  /** RFC 6750 §3.1, RFC 9449 §7.1, RFC 9470 §3; absent where the request has no credentials of a supported scheme, and for 503. */
  readonly error?:
    | 'invalid_request'
    | 'invalid_token'
    | 'insufficient_scope'
    | 'insufficient_user_authentication'
    | 'invalid_dpop_proof';
  readonly description: string;
}

const invalidRequest = (description: string): RefusalKind => ({ status: 400, error: 'invalid_request', description });
const invalidToken = (description: string): RefusalKind => ({ status: 401, error: 'invalid_token', description });

/** Every refusal. The characters of each sentence are those of RFC 6750 §3: no `"`, no `\`. */
export const REFUSALS: Readonly<Record<RefusalReason, RefusalKind>> = {
  no_credentials: { status: 401, description: 'This resource needs a bearer token in the Authorization header.' },
  scheme_not_supported: { status: 401, description: 'This resource does not take that authentication scheme.' },
  credentials_malformed: invalidRequest('The Authorization header is not of the form Bearer, space, token.'),
  credentials_repeated: invalidRequest('The request carries more than one access token.'),
  token_malformed: invalidToken('The access token is malformed.'),
  header_unsupported: invalidToken('The access token asks for processing that is not supported.'),
  algorithm_not_allowed: invalidToken('The access token is signed with an algorithm that is not allowed.'),
  type_not_allowed: invalidToken('The token is of a type that is not accepted.'),
  claim_missing: invalidToken('The access token lacks a required claim.'),
  claim_malformed: invalidToken('The access token has a malformed claim.'),
  claim_mismatch: invalidToken('A claim of the access token does not have a value that is accepted.'),
  not_an_access_token: invalidToken('The token is not an access token.'),
  issuer_mismatch: invalidToken('The access token is from another issuer.'),
  audience_mismatch: invalidToken('The access token is for another audience.'),
  tenant_mismatch: invalidToken('The access token is from another tenant.'),
  token_expired: invalidToken('The access token expired.'),
  token_inactive: invalidToken('The access token is not active.'),
  token_not_yet_valid: invalidToken('The access token is not valid yet.'),
  sender_constrained: invalidToken('The access token is sender-constrained and cannot be used as a bearer token here.'),
  key_unknown: invalidToken('The access token is signed with an unknown key.'),
  signature_invalid: invalidToken('The signature of the access token is invalid.'),
  dpop_proof_invalid: {
    status: 401,
    error: 'invalid_dpop_proof',
    description: 'The DPoP proof that came with the access token is missing or invalid.',
  },
  certificate_mismatch: invalidToken('The access token is bound to another client certificate, or none was presented.'),
  token_rejected: invalidToken('The access token is not accepted.'),
  application_revoked: invalidToken('The access token was revoked.'),
  application_unknown: invalidToken('The access token is for an application that is not known.'),
  insufficient_user_authentication: {
    status: 401,
    error: 'insufficient_user_authentication',
    description: 'This resource needs a stronger or more recent authentication of the user.',
  },
  insufficient_scope: {
    status: 403,
    error: 'insufficient_scope',
    description: 'The access token lacks the scope that this resource needs.',
  },
  verifier_unavailable: { status: 503, description: 'Access tokens cannot be verified at the moment.' },
  grants_unavailable: { status: 503, description: 'Grants cannot be checked at the moment.' },
};

/** A refused request: what the client reads, and what only operators read. */
export class Refusal {
  readonly kind: RefusalKind;
  /** The scopes that would have been enough (RFC 6750 §3). */
  declare readonly scope?: readonly string[] | undefined;
  /** The authentication of the user that would have been enough (RFC 9470 §3). */
  declare readonly authentication?: AuthenticationRule | undefined;
  /** Whole seconds, for 503. */
  declare readonly retryAfter?: number | undefined;
  /** For operators; see {@link DecisionRecord.detail}. */
  declare readonly detail?: (() => string) | undefined;
  /** What was thrown, for 503. */
  declare readonly cause?: unknown;
  /** The claims of a refused token. They are not verified. */
  declare readonly unverified?: Readonly<Record<string, unknown>> | undefined;

  constructor(
    readonly reason: RefusalReason,
    known: Partial<Omit<Refusal, 'kind' | 'reason'>> = {},
  ) {
    this.kind = REFUSALS[reason];
    Object.assign(this, known);
  }
}
