export { type TestClaims, type TestIssuer, type TestIssuerOptions, testIssuer } from './test-issuer.js';
