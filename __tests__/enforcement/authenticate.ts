import { systemClock } from '../../lib/clock.js';
import { GateRequest } from '../../lib/enforcement/gate-request.js';
import type { HttpRequest } from '../../lib/enforcement/http-message.js';
import { Refusal } from '../../lib/enforcement/refusal.js';
import { whenSettled } from '../../lib/enforcement/run-steps.js';
import { readCredentials, verifyToken } from '../../lib/enforcement/steps.js';
import type { AccessToken } from '../../lib/token/access-token.js';
import type { TokenVerifier } from '../../lib/token/verifier.js';

const policy = {
  required: undefined,
  isOptional: false,
  passesPreflights: false,
  grantsUnavailable: 'refuse',
  acceptsSelfScope: false,
} as const;

/** The first two steps of a gate: the access token that they found, or the refusal. */
export function authenticate(
  verifier: TokenVerifier,
  req: HttpRequest,
): AccessToken | Refusal | undefined | Promise<AccessToken | Refusal | undefined> {
  const applyModel = (accessToken: AccessToken) => accessToken;
  const rules = { verifier, grants: undefined, isSelfScope: () => false, clock: systemClock, applyModel };
  const request = new GateRequest(rules, policy, req, {} as never, () => undefined, 0);
  const unreadable = readCredentials(request);
  if (unreadable instanceof Refusal) return unreadable;
  return whenSettled(
    () => verifyToken(request),
    (refusal) => (refusal instanceof Refusal ? refusal : request.accessToken),
  );
}
