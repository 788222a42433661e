import type { Request, Response } from 'express';
import type { OperationResult } from '../../admin/operations/operation.js';
import { ADMIN_ERRORS, type AdminErrorKind, type Detail, errorBody } from '../../grants/errors.js';

/** The id of a request and its response, for logs and the audit trail. */
const CORRELATION = 'Correlation-Id';

export function startResponse(res: Response, correlationId: string): void {
  res.setHeader(CORRELATION, correlationId);
  res.setHeader('Cache-Control', 'no-store');
  res.setHeader('X-Content-Type-Options', 'nosniff');
}

export function getCorrelationId(res: Response): string {
  return String(res.getHeader(CORRELATION));
}

/** Sends a PingOne error body, unless a response has been sent or the client has disconnected. */
export function sendError(req: Request, res: Response, kind: AdminErrorKind, details: readonly Detail[] = []): void {
  if (res.headersSent || res.writableEnded || req.socket.destroyed) return;
  if (kind === 'unavailable' && !res.hasHeader('Retry-After')) res.setHeader('Retry-After', '1');
  sendBody(req, res, ADMIN_ERRORS[kind].status, errorBody(kind, details, getCorrelationId(res)));
}

/** Sends the result of an operation. */
export function sendResult(
  req: Request,
  res: Response,
  { status, body, tag, location, replayed }: OperationResult,
): void {
  if (tag !== undefined) res.set('ETag', `"${tag}"`);
  if (location !== undefined) res.set('Location', location);
  if (replayed) res.set('Idempotency-Replayed', 'true');
  if (tag !== undefined && req.fresh) res.status(304).end();
  else if (body === undefined) res.status(status).end();
  else sendBody(req, res, status, body);
}

export function sendBody(req: Request, res: Response, status: number, body: object): void {
  const bytes = Buffer.from(JSON.stringify(body));
  res.status(status).vary('Accept');
  res.setHeader('Content-Type', acceptsHalOnly(req) ? 'application/hal+json' : 'application/json');
  res.setHeader('Content-Length', bytes.length);
  res.end(bytes); // Node leaves it out where the method is HEAD
}

/** Clients of PingOne fail on `application/hal+json`, so only clients that do not accept JSON get it. */
function acceptsHalOnly(req: Request): boolean {
  return !req.accepts(['application/json']) && req.accepts(['application/hal+json']) !== false;
}
