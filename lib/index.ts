export { decide } from './decision/decide.js';
export type { Coverage, Decision, Deny, Permit } from './decision/decision.js';
export type { DecisionRecord } from './enforcement/record.js';
export type { RefusalReason } from './enforcement/refusal.js';
export { createGate, type Gate, type GateHandler, type GateOptions } from './express/gate.js';
export { type GrantsRouterOptions, grantsRouter } from './express/grants-router.js';
export type { DpopOptions } from './express/proofs.js';
export type { Auth } from './express/request.js';
export { type RequestAuthOptions, requestAuth } from './express/request-auth.js';
export type { RouteOptions } from './express/rule.js';
export { type SenderConstrainedOptions, senderConstrained } from './express/sender-constrained.js';
export type {
  ApplicationCommand,
  EnvironmentCommand,
  GrantCommand,
  NewApplicationCommand,
  NewEnvironmentCommand,
  ResourceCommand,
  ResourceReference,
  ScopeCommand,
  ScopeReference,
} from './grants/commands.js';
export {
  type IssuedToken,
  type LiveGrants,
  type LivePermission,
  type LiveRefusal,
  type LiveVerdict,
  liveGrants,
} from './grants/live-grants.js';
export type { LiveGrantsOptions } from './grants/live-grants-options.js';
export type {
  Activity,
  ActivityType,
  Actor,
  Application,
  Environment,
  Grant,
  GrantedScope,
  Resource,
  ResourceScope,
  Revocation,
  ScopeHolder,
  SecretState,
} from './grants/model.js';
export { PERMISSIONS, type Permission } from './grants/permissions.js';
export { AdminProblem, type Detail, type ProblemKind, StoreOutage } from './grants/problem.js';
export type {
  ActivityFilter,
  ApplicationPath,
  Change,
  ChangeContext,
  ChangeEvent,
  ChangeFeed,
  FeedPosition,
  GrantPath,
  GrantStore,
  Page,
  PageRequest,
  Position,
  ResourcePath,
  ScopePath,
  Standing,
} from './grants/store.js';
export { resolveTokenRequest } from './issuance/resolve-token-request.js';
export type {
  RequestableResource,
  RequestingApplication,
  TokenGrant,
  TokenRefusal,
  TokenRequest,
} from './issuance/token-request.js';
export { covers } from './scope/covers.js';
export { normalizeScopes } from './scope/normalize.js';
export { type AllOf, type AnyOf, allOf, anyOf, type Requirement } from './scope/requirement.js';
export {
  ACCOUNT_AUDIENCE,
  CONSUMER_ALL,
  type HierarchicalScope,
  MY_SCOPES,
  type OpaqueScope,
  parseScope,
  type Scope,
} from './scope/scope.js';
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
export type { Clock } from './token/clock.js';
export type { Credentials } from './token/credentials.js';
export { type JwtVerifier, jwtVerifier } from './token/jwt-verifier.js';
export type { JwtVerifierOptions } from './token/jwt-verifier-options.js';
export type { ClientCredentials } from './token/keys/client-credentials.js';
export type { KeyAuthorization } from './token/keys/key-endpoint.js';
export { type OciDomainOptions, ociDomain } from './token/oci-domain.js';
export { type PingOneEnvironmentOptions, pingOneEnvironment } from './token/pingone-environment.js';
export {
  type Rejection,
  type RejectionReason,
  type TokenVerifier,
  type Verdict,
  VerifierOutage,
} from './token/verifier.js';
