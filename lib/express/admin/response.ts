import type { Request, Response } from 'express';
import type { OperationResult } from '../../admin/operations/operation.js';
import { ADMIN_ERRORS, type AdminErrorKind, type Detail, errorBody } from '../../grants/errors.js';
import { parseEntityTags } from './request.js';

/** The id of a request and its answer, for logs and for the history of changes. */
const CORRELATION = 'Correlation-Id';

export function startResponse(res: Response, correlationId: string): void {
  res.setHeader(CORRELATION, correlationId);
  res.setHeader('Cache-Control', 'no-store');
  res.setHeader('X-Content-Type-Options', 'nosniff');
}

export function getCorrelationId(res: Response): string {
  return String(res.getHeader(CORRELATION));
}

/** Answers with a PingOne error body. Nothing where something else has answered already, or nobody is there any more. */
export function sendError(req: Request, res: Response, kind: AdminErrorKind, details: readonly Detail[] = []): void {
  if (res.headersSent || res.writableEnded || req.socket.destroyed) return;
  if (kind === 'unavailable' && !res.hasHeader('Retry-After')) res.setHeader('Retry-After', '1');
  sendBody(req, res, ADMIN_ERRORS[kind].status, errorBody(kind, details, getCorrelationId(res)));
}

/** Answers with what an operation came to. */
export function sendResult(
  req: Request,
  res: Response,
  { status, body, version, location, replayed }: OperationResult,
): void {
  if (version !== undefined) res.setHeader('ETag', `"${version}"`);
  if (location !== undefined) res.setHeader('Location', location);
  if (replayed) res.setHeader('Idempotency-Replayed', 'true');
  const isRead = req.method === 'GET' || req.method === 'HEAD';
  if (isRead && version !== undefined && isNotModified(req.get('If-None-Match'), version)) res.status(304).end();
  else if (body === undefined) res.status(status).end();
  else sendBody(req, res, status, body);
}

/** RFC 9110 §13.1.2: weak comparison. */
function isNotModified(ifNoneMatch: string | undefined, version: number): boolean {
  if (ifNoneMatch === undefined) return false;
  return parseEntityTags(ifNoneMatch).some((tag) => tag === '*' || tag.replace(/^W\//, '') === `"${version}"`);
}

export function sendBody(req: Request, res: Response, status: number, body: object): void {
  const bytes = Buffer.from(JSON.stringify(body));
  res.statusCode = status;
  res.vary('Accept');
  res.setHeader('Content-Type', wantsHalOnly(req.headers.accept) ? 'application/hal+json' : 'application/json');
  res.setHeader('Content-Length', bytes.length);
  res.end(req.method === 'HEAD' ? undefined : bytes);
}

/** Clients of PingOne's fail on `application/hal+json`, so only those get it who take nothing else. */
function wantsHalOnly(accept = ''): boolean {
  const types = accept.split(',').map((part) => part.split(';')[0]?.trim().toLowerCase());
  return types.every((type) => type === 'application/hal+json');
}
