import { coveringTokens } from './covers.js';
import { claimTokens } from './scope-set.js';

/**
 * The shortest list of scopes that covers exactly what `scopes` covers: what another one of them already covers is
 * dropped, as are repetitions. The order of the others is kept.
 *
 * @param scopes a scope claim, or a list of scope-tokens
 * @throws {TypeError} if one of them is no scope-token (RFC 6749 §3.3): dropping it silently would lose it
 */
export function normalizeScopes(scopes: string | readonly string[]): string[] {
  const tokens = new Set(claimTokens(scopes));
  return [...tokens].filter((token) => !coveringTokens(token).some((other) => other !== token && tokens.has(other)));
}
