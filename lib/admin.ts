export { ALL_ENVIRONMENTS } from './admin/all-environments.js';
export {
  type DecisionStream,
  type DecisionStreamOptions,
  decisionStream,
  type StreamedDecision,
} from './admin/decisions/decision-stream.js';
export { type ApplyDocumentOptions, applyDocument } from './admin/document/apply-document.js';
export { type ExportDocumentOptions, exportDocument } from './admin/document/export-document.js';
export type {
  DocumentApplication,
  DocumentChange,
  DocumentGrant,
  DocumentGrantedScope,
  DocumentPlan,
  DocumentResource,
  GrantsDocument,
} from './admin/document/model.js';
export type { ObservedRoute, RouteSource } from './admin/operations/gate-sources.js';
export { PERMISSIONS, type Permission } from './admin/permissions.js';
export {
  type ClaimReader,
  type ErrorListener,
  type GrantsRouter,
  type GrantsRouterOptions,
  grantsRouter,
} from './express/admin/grants-router.js';
export type {
  ApplicationCommand,
  EnvironmentCommand,
  GrantCommand,
  NewApplicationCommand,
  NewEnvironmentCommand,
  NewSecretCommand,
  ResourceCommand,
  ResourceReference,
  ScopeCommand,
  ScopeReference,
} from './grants/commands.js';
export type { NewApplicationInput, NewEnvironmentInput, NewResourceInput } from './grants/defaults.js';
export { AdminError, type AdminErrorKind, type Detail, StoreUnavailableError } from './grants/errors.js';
export type {
  ApplicationListRequest,
  GrantCondition,
  GrantListRequest,
  ListCondition,
  ListRequest,
  NameOrder,
  ScopeListRequest,
} from './grants/list-request.js';
export type {
  Activity,
  ActivityType,
  Actor,
  Application,
  ApplicationSecret,
  Environment,
  Grant,
  GrantedScope,
  Resource,
  ResourceScope,
  Revocation,
  ScopeHolder,
  SecretState,
  ShownSecret,
} from './grants/model.js';
export type { ReplayStore } from './grants/replay-store.js';
export type {
  ActivityFilter,
  ActivityPath,
  ApplicationPath,
  ApplicationStatus,
  Change,
  ChangeContext,
  ChangeEvent,
  ChangeFeed,
  FeedPosition,
  GrantPath,
  GrantStore,
  GrantTransaction,
  InTransaction,
  Page,
  PageRequest,
  Position,
  ReachableResource,
  ResourcePath,
  ScopePath,
  SecretPath,
  StatusGrant,
} from './grants/store.js';
export type { Usage, UsageCount, UsageKind, UsageStore, UsageTotal } from './grants/usage.js';
