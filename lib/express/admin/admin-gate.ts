import type { Request, Response } from 'express';
import type { ChallengeContext } from '../../enforcement/challenge.js';
import { authorize } from '../../enforcement/enforce.js';
import { Refusal } from '../../enforcement/refusal.js';
import type { AdminErrorKind, Detail } from '../../grants/errors.js';
import { type Gate, gateLike } from '../../http/gate.js';
import { setChallenge } from '../../http/respond.js';
import { CONSUMER_ALL } from '../../scope/grammar.js';
import type { AccessToken } from '../../token/access-token.js';
import { sendError } from './response.js';

/** The gate of the admin API: it lets through less, and refuses with the bodies of that API. */
export function adminGate(gate: Gate): Gate | undefined {
  return gateLike(gate, { authorize: authorizeAdmin, refuse });
}

/**
 * `urn:opc:resource:consumer::all` opens nothing here, whatever scope stands beside it and whatever the permissions are
 * mapped to: no domain issues the pair.
 */
function authorizeAdmin(accessToken: AccessToken, required: Parameters<typeof authorize>[1]): Refusal | undefined {
  if (accessToken.scopes.firstHeld([CONSUMER_ALL]) === undefined) return authorize(accessToken, required);
  return new Refusal('insufficient_scope', {
    detail: () => `The token holds ${CONSUMER_ALL}, which never opens the admin API, whatever stands beside it.`,
  });
}

const KINDS: Readonly<Record<Refusal['kind']['status'], AdminErrorKind>> = {
  400: 'invalid_request',
  401: 'unauthenticated',
  403: 'forbidden',
  503: 'unavailable',
};

function refuse(req: Request, res: Response, refusal: Refusal, context: ChallengeContext): void {
  if (res.headersSent || res.writableEnded) return;
  const { status, description } = refusal.kind;
  setChallenge(req, res, refusal, context);
  sendError(req, res, KINDS[status], toDetails(status, description));
}

function toDetails(status: number, message: string): Detail[] {
  if (status === 401) return [{ code: 'INVALID_TOKEN', message }];
  if (status === 403) return [{ code: 'INSUFFICIENT_PERMISSIONS', message }];
  return status === 400 ? [{ code: 'INVALID_VALUE', target: 'Authorization', message }] : [];
}
