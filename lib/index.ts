export type { Clock } from './clock.js';
export { decide } from './decision/decide.js';
export type { Coverage, Decision, Deny, Permit } from './decision/decision.js';
export type { HttpRequest, HttpResponse } from './enforcement/http-message.js';
export type { ProblemDetails } from './enforcement/problem-details.js';
export type { DecisionRecord } from './enforcement/record.js';
export type { RefusalReason } from './enforcement/refusal.js';
export type { ReportOnly } from './enforcement/report-only.js';
export type { RouteOptions } from './enforcement/route-policy.js';
export { StoreUnavailableError } from './grants/errors.js';
export type {
  ApplicationStatus,
  ChangeEvent,
  ChangeFeed,
  FeedPosition,
  ReachableResource,
  StatusGrant,
} from './grants/store.js';
export type { Usage, UsageCount, UsageKind, UsageStore, UsageTotal } from './grants/usage.js';
export type { FetchRequest, WrappedRequest } from './http/checked-request.js';
export type { CheckResult } from './http/conclude.js';
export { createGate, type Gate, type GateHandler } from './http/gate.js';
export type { GateHealth, KeysHealth } from './http/gate-health.js';
export type { GateOptions } from './http/gate-options.js';
export {
  type ProtectedResourceMetadataHandler,
  type ProtectedResourceMetadataOptions,
  protectedResourceMetadata,
} from './http/protected-resource-metadata.js';
export { RefusalError } from './http/refusal-error.js';
export type { Auth } from './http/req-auth.js';
export type { ResourceMetadataMembers } from './http/resource-metadata-members.js';
export type { WatchedAccess } from './http/watched-access.js';
export type { TokenRefusal, TokenRequestErrorReason } from './issuance/errors.js';
export { resolveTokenRequest } from './issuance/resolve-token-request.js';
export type {
  RequestableResource,
  RequestingApplication,
  TokenGrant,
  TokenRequest,
} from './issuance/token-request.js';
export type { FeedPlace } from './live/feed-follower.js';
export {
  type GrantsHealth,
  type IssuedToken,
  type LiveGrants,
  type LivePermission,
  type LiveRefusal,
  type LiveVerdict,
  liveGrants,
} from './live/live-grants.js';
export type { LiveGrantsOptions } from './live/live-grants-options.js';
export type { LiveGrantsSource } from './live/source.js';
export { covers } from './scope/covers.js';
export {
  ACCOUNT_AUDIENCE,
  CONSUMER_ALL,
  type HierarchicalScope,
  MY_SCOPES,
  type OpaqueScope,
  parseScope,
  type Scope,
} from './scope/grammar.js';
export {
  exactScopeModel,
  impliedScopeModel,
  ociScopeModel,
  type SegmentScopeModelOptions,
  segmentScopeModel,
} from './scope/models.js';
export { normalizeScopes } from './scope/normalize.js';
export { type AllOf, type AnyOf, allOf, anyOf, type Requirement } from './scope/requirement.js';
export type { ScopeModel, ScopeModelOption } from './scope/scope-model.js';
export { type ScopeSet, scopeSet } from './scope/scope-set.js';
export type { AccessToken, JwtHeader, JwtPayload } from './token/access-token.js';
export {
  type AccountAudienceOptions,
  type Audience,
  type AudienceRule,
  accountAudience,
  type Tag,
  type TagAudienceOptions,
  tagAudience,
} from './token/audience.js';
export type { Credentials } from './token/credentials.js';
export type { IntrospectionClientKey, IntrospectionClientSecret } from './token/introspection/client-authentication.js';
export { introspectionVerifier } from './token/introspection/introspection-verifier.js';
export type { IntrospectionVerifierOptions } from './token/introspection/introspection-verifier-options.js';
export { type JwtVerifier, jwtVerifier } from './token/jwt/jwt-verifier.js';
export type { JwtVerifierOptions } from './token/jwt/jwt-verifier-options.js';
export type { ScopesFrom } from './token/jwt/scopes-from.js';
export type { ClientCredentials } from './token/keys/client-credentials.js';
export type { KeyAuthorization } from './token/keys/jwks-endpoint.js';

export { multiIssuerVerifier } from './token/multi-issuer/multi-issuer-verifier.js';
export type { TokenOrigin } from './token/multi-issuer/origin.js';
export { type Auth0TenantOptions, auth0Tenant } from './token/presets/auth0-tenant.js';
export { type CognitoUserPoolOptions, cognitoUserPool } from './token/presets/cognito-user-pool.js';
export { type EntraTenantOptions, entraTenant } from './token/presets/entra-tenant.js';
export {
  type KeycloakClientRoles,
  type KeycloakRealmOptions,
  keycloakRealm,
} from './token/presets/keycloak-realm.js';
export { type OciDomainOptions, ociDomain } from './token/presets/oci-domain.js';
export { ociDomains, type SharedVerifierOptions } from './token/presets/oci-domains.js';
export {
  type OktaAuthorizationServerOptions,
  oktaAuthorizationServer,
} from './token/presets/okta-authorization-server.js';
export { type PingOneEnvironmentOptions, pingOneEnvironment } from './token/presets/pingone-environment.js';
export { type TokenFormVerifierOptions, tokenFormVerifier } from './token/token-form-verifier.js';
export {
  type Rejection,
  type RejectionReason,
  type TokenVerifier,
  type Verdict,
  VerifierUnavailableError,
} from './token/verifier.js';
export { type UsageRecorder, usageRecorder } from './usage/usage-recorder.js';
export type { UsageRecorderOptions } from './usage/usage-recorder-options.js';
