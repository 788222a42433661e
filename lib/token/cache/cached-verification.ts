import type { Credentials } from '../credentials.js';
import type { TokenVerifier, Verdict } from '../verifier.js';

/** Decides about a token that its verifier has cached; `undefined` for every other token. */
export type CachedVerification = (
  credentials: Credentials,
  request: object | undefined,
) => Verdict | Promise<Verdict> | undefined;

/** By the function, so that a verifier that was given another `verify` is never passed over. */
const verifications = new WeakMap<TokenVerifier['verify'], CachedVerification>();

/** Says how `verify` decides about the tokens in its cache. It must decide in the same way. */
export function setCachedVerification(verify: TokenVerifier['verify'], verification: CachedVerification): void {
  verifications.set(verify, verification);
}

export function getCachedVerification({ verify }: TokenVerifier): CachedVerification | undefined {
  return verifications.get(verify);
}
