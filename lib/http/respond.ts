import type { Request, Response } from 'express';
import { type ChallengeContext, challenge } from '../enforcement/challenge.js';
import { problemDetails } from '../enforcement/problem-details.js';
import type { Refusal } from '../enforcement/refusal.js';
import { type AuthScheme, authScheme } from '../token/credentials.js';

/** Answers a refused request: status, challenge, problem details. Nothing where something else has answered already. */
export function refuse(req: Request, res: Response, refusal: Refusal, context: ChallengeContext): void {
  if (res.headersSent || res.writableEnded) return;
  const body = Buffer.from(JSON.stringify(problemDetails(refusal)));
  setChallenge(req, res, refusal, context);
  res.statusCode = refusal.kind.status;
  res.setHeader('Cache-Control', 'no-store');
  res.setHeader('Content-Type', 'application/problem+json');
  res.setHeader('Content-Length', body.length);
  res.end(body);
}

/** The headers that say what would do: another token, or another time. */
export function setChallenge(req: Request, res: Response, refusal: Refusal, context: ChallengeContext): void {
  const wwwAuthenticate = challenge(refusal, context, authScheme(req.headers.authorization) as AuthScheme | undefined);
  if (wwwAuthenticate !== undefined) res.setHeader('WWW-Authenticate', wwwAuthenticate);
  if (refusal.retryAfter !== undefined) res.setHeader('Retry-After', String(refusal.retryAfter));
}
