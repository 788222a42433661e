import './express/oauth2-jwt-bearer/req-auth.js';

export {
  type BearerAuthVerifierOptions,
  bearerAuthVerifier,
} from './express/oauth2-jwt-bearer/bearer-auth-verifier.js';
export type { DpopOptions } from './express/oauth2-jwt-bearer/proofs.js';
export {
  type SenderConstrainedVerifierOptions,
  senderConstrainedVerifier,
} from './express/oauth2-jwt-bearer/sender-constrained-verifier.js';
