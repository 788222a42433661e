import type { Request, Response } from 'express';
import type { ChallengeContext } from '../../enforcement/challenge.js';
import type { GateRequest } from '../../enforcement/gate-request.js';
import { Refusal } from '../../enforcement/refusal.js';
import type { StepResult } from '../../enforcement/run-steps.js';
import { requireScopes } from '../../enforcement/steps.js';
import type { AdminErrorKind, Detail } from '../../grants/errors.js';
import { deriveGate, type Gate } from '../../http/gate.js';
import { setChallenge } from '../../http/respond.js';
import { CONSUMER_ALL } from '../../scope/grammar.js';
import { sendError } from './response.js';

/** The gate of the admin API: the steps of `gate` with stricter scopes, and the error bodies of that API. */
export function createAdminGate(gate: Gate): Gate | undefined {
  return deriveGate(gate, { requireScopes: requireAdminScopes, respond });
}

/**
 * `urn:opc:resource:consumer::all` opens nothing here, whatever other scopes the token holds and whatever the permissions
 * are mapped to: no domain issues the pair.
 */
function requireAdminScopes(request: GateRequest): StepResult {
  if (request.accessToken?.scopes.firstHeld([CONSUMER_ALL]) === undefined) return requireScopes(request);
  return new Refusal('insufficient_scope', {
    detail: () => `The token holds ${CONSUMER_ALL}, which never opens the admin API.`,
  });
}

const KINDS: Readonly<Record<Refusal['kind']['status'], AdminErrorKind>> = {
  400: 'invalid_request',
  401: 'unauthenticated',
  403: 'forbidden',
  503: 'unavailable',
};

function respond(req: Request, res: Response, refusal: Refusal, context: ChallengeContext): undefined {
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
