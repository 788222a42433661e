import type { RefusalReason } from '../enforcement/refusal.js';
import type { Explanation, Remedy } from './explanation.js';

/** For each reason: who has to act, and how. `docs/refusals.md` says it at length. */
export const REMEDIES: Readonly<Record<RefusalReason, Remedy>> = {
  no_credentials: by('client', 'Send the header Authorization: Bearer, space, access token.'),
  scheme_not_supported: by(
    'client',
    'Send the token with the scheme Bearer; for DPoP, the API needs senderConstrainedVerifier().',
  ),
  credentials_malformed: by(
    'client',
    'Send Bearer, one space and the token alone: no quotation marks, no line break, no list.',
  ),
  credentials_repeated: by(
    'client',
    'Send the token once, in the Authorization header: not in the query or a form too.',
  ),
  token_malformed: by(
    'issuer',
    'Have the issuer write JWT access tokens, or use introspectionVerifier() for opaque ones.',
  ),
  header_unsupported: by('issuer', 'Have the issuer write a header without crit, b64, zip, enc and cty.'),
  algorithm_not_allowed: by(
    'issuer',
    'Set the API to RS256 or ES256 at the issuer, or add the algorithm to "algorithms".',
  ),
  type_not_allowed: by('client', 'Send an access token; or change the option "typ" to what the issuer writes.'),
  claim_missing: by(
    'issuer',
    'Have the issuer write the claim that the detail names; Keycloak needs an audience mapper.',
  ),
  claim_malformed: by('issuer', 'Have the issuer write the claim as RFC 7519 has it: times are numbers of seconds.'),
  claim_mismatch: by('operator', 'Add the value of the claim to "requiredClaims", if tokens with it are meant.'),
  not_an_access_token: by('client', 'Send "access_token" of the token response, not "id_token" or "refresh_token".'),
  issuer_mismatch: by('operator', 'Write "issuer" exactly as the token has it, if that issuer is meant.'),
  audience_mismatch: by('client', 'Request a token for the audience of this API, as the detail names it.'),
  tenant_mismatch: by(
    'operator',
    'Take tenant or environment from the console of the issuer, if its tokens are meant.',
  ),
  token_expired: by('client', 'Request a new token. If it expires early, compare the clocks of issuer and API.'),
  token_inactive: by(
    'client',
    'Request a new token; if good ones are refused, allow introspection to this API’s client.',
  ),
  token_not_yet_valid: by('operator', 'Compare the clocks of the issuer and of this API.'),
  sender_constrained: by('operator', 'Use senderConstrainedVerifier(), which checks the proof that the token needs.'),
  key_unknown: by(
    'operator',
    'Check that issuer and keys belong together: npx scopegate doctor shows the usable keys.',
  ),
  signature_invalid: by('nobody', 'The token was changed or forged. Send it exactly as the issuer returned it.'),
  dpop_proof_invalid: by('client', 'Make a new proof for each request, for its method and its public address.'),
  certificate_mismatch: by('client', 'Present the client certificate to which the token is bound.'),
  token_rejected: by('operator', 'Ask who wrote the verifier: its sentence is in the detail.'),
  application_revoked: by(
    'administrator',
    'Enable the application and grant it a scope for this audience; after a revocation, request a new token.',
  ),
  application_unknown: by(
    'administrator',
    'Create the application with the client_id of the token, or set unknownApplications: "trust-token".',
  ),
  insufficient_user_authentication: by(
    'client',
    'Send the user to the authorization endpoint with the acr_values and max_age of the challenge.',
  ),
  insufficient_scope: by('client', 'Request a token that holds the missing scopes.'),
  verifier_unavailable: by(
    'operator',
    'Have this API reach the keys of the issuer: npx scopegate doctor says what is in the way.',
  ),
  grants_unavailable: by('operator', 'Have this API reach the database of the grants, and retry.'),
};

function by(actor: Remedy['actor'], sentence: string): Remedy {
  return { actor, sentence };
}

/** The remedy of a refusal: for scopes, it depends on who lacks them, the token or its application. */
export function chooseRemedy(
  reason: RefusalReason,
  { missing = [], missingGrant, sufficient }: Pick<Explanation, 'missing' | 'missingGrant' | 'sufficient'>,
): Remedy {
  if (missingGrant !== undefined) {
    const { scopes, requested } = missingGrant;
    return by(
      'administrator',
      `Grant the application ${list(scopes)}; it then requests a token with ${list(requested)}.`,
    );
  }
  if (reason !== 'insufficient_scope') return REMEDIES[reason];
  if (sufficient === undefined || missing.length === 0) {
    return by('nobody', 'No other scopes would help: the route is closed to this caller.');
  }
  return by('client', `Request a token that holds ${list(missing)}.`);
}

function list(scopes: readonly string[]): string {
  return scopes.join(' and ');
}
