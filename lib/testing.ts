export {
  type GrantStoreCheck,
  type GrantStoreContractOptions,
  grantStoreContract,
} from './testing/grant-store-contract.js';
export {
  type LiveGrantsSourceCheck,
  type LiveGrantsSourceContractOptions,
  liveGrantsSourceContract,
  type OpenedSource,
} from './testing/live-grants-source-contract.js';
export {
  type ProbeFinding,
  type ProbeResult,
  type ProbeRoutesOptions,
  probeRoutes,
} from './testing/probe-routes.js';
export { type ScopeModelCounterexample, scopeModelLaws } from './testing/scope-model-laws.js';
export {
  type TestClaims,
  type TestIssuer,
  type TestIssuerOptions,
  type TestJwk,
  testIssuer,
} from './testing/test-issuer.js';
