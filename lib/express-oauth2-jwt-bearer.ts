export {
  type AuthMiddleware,
  type BearerAuthVerifierOptions,
  bearerAuthVerifier,
} from './express/oauth2-jwt-bearer/bearer-auth-verifier.js';
export type { DpopOptions, GetCertificate, ReplayOptions } from './express/oauth2-jwt-bearer/proof-options.js';
export {
  type SenderConstrainedVerifierOptions,
  senderConstrainedVerifier,
} from './express/oauth2-jwt-bearer/sender-constrained-verifier.js';
export type { ReplayStore } from './grants/replay-store.js';
