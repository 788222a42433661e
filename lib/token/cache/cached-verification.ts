import type { Credentials } from '../credentials.js';
import type { TokenVerifier, Verdict } from '../verifier.js';

/** Decides about a token that its verifier has cached; `undefined` for every other token. */
export type CachedVerification = (
  credentials: Credentials,
  request: object | undefined,
) => Verdict | Promise<Verdict> | undefined;

interface Known {
  readonly verification: CachedVerification;
  readonly origins: TokenVerifier['origins'];
}

/** By the function, so that a verifier that was given another `verify` is never passed over. */
const known = new WeakMap<TokenVerifier['verify'], Known>();

/** Says how `verifier` decides about the tokens in its cache. It must decide in the same way. */
export function setCachedVerification({ verify, origins }: TokenVerifier, verification: CachedVerification): void {
  known.set(verify, { verification, origins });
}

/** `undefined` for a copy with other origins too: the cache it would look into has tokens of those that it does not take. */
export function getCachedVerification({ verify, origins }: TokenVerifier): CachedVerification | undefined {
  const found = known.get(verify);
  return found?.origins === origins ? found?.verification : undefined;
}
