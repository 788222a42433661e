import { type ChallengeContext, challenge } from '../enforcement/challenge.js';
import type { HttpRequest, HttpResponse } from '../enforcement/http-message.js';
import { problemDetails } from '../enforcement/problem-details.js';
import type { Refusal } from '../enforcement/refusal.js';
import { type AuthScheme, authScheme } from '../token/credentials.js';

/** Responds to a refused request: status, challenge, problem details. Does nothing where a response has been sent. */
export function respond(req: HttpRequest, res: HttpResponse, refusal: Refusal, context: ChallengeContext): void {
  if (res.headersSent || res.writableEnded) return;
  const body = Buffer.from(JSON.stringify(problemDetails(refusal, context)));
  setChallenge(req, res, refusal, context);
  res.statusCode = refusal.kind.status;
  res.setHeader('Cache-Control', 'no-store');
  res.setHeader('Content-Type', 'application/problem+json');
  res.setHeader('Content-Length', body.length);
  res.end(body);
}

/** Sets the challenge and `Retry-After`. */
export function setChallenge(req: HttpRequest, res: HttpResponse, refusal: Refusal, context: ChallengeContext): void {
  const wwwAuthenticate = challenge(refusal, context, authScheme(req.headers.authorization) as AuthScheme | undefined);
  if (wwwAuthenticate !== undefined) res.setHeader('WWW-Authenticate', wwwAuthenticate);
  if (refusal.retryAfter !== undefined) res.setHeader('Retry-After', String(refusal.retryAfter));
}
