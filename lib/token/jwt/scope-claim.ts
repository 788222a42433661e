import type { JwtPayload } from '../access-token.js';
import type { Rejection } from '../verifier.js';
import { rejectMalformed } from './rejection.js';

/** A scope claim: a string of scope-tokens (RFC 9068 §2.2.3), or a list of them, as Spring, Duende, UAA and Okta write it. */
export type ScopeClaim = string | readonly string[];

/** Gets the claim that the scopes of a token are read from: `scope`, or `scp` where there is no `scope`. */
export function getScopeClaim({ scope, scp }: JwtPayload): ScopeClaim | undefined {
  return scope ?? scp ?? undefined;
}

/** Checks that the scopes can be read. `null` counts as an absent claim. */
export function checkScopeClaim({ scope, scp }: JwtPayload): Rejection | undefined {
  if (scope === undefined || scope === null) return isScopeClaim(scp) ? undefined : rejectScope('scp', scp);
  return isScopeClaim(scope) ? undefined : rejectScope('scope', scope);
}

function isScopeClaim(value: unknown): boolean {
  if (typeof value === 'string' || value === undefined || value === null) return true;
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function rejectScope(claim: string, value: unknown): Rejection {
  return rejectMalformed(claim, 'a string or a list of strings', value);
}
