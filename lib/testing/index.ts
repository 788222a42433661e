export { type TestClaims, type TestIssuer, type TestIssuerOptions, type TestJwk, testIssuer } from './test-issuer.js';
