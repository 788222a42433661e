export {
  type TestClaims,
  type TestIssuer,
  type TestIssuerOptions,
  type TestJwk,
  testIssuer,
} from './testing/test-issuer.js';
