import { STATUS_CODES } from 'node:http';
import type { ErrorRequestHandler, RequestHandler, Response } from 'express';

/** Problem details (RFC 9457) that say no more than the status. */
export function problem(res: Response, status: number): void {
  res.status(status).type('application/problem+json');
  res.json({ type: 'about:blank', title: STATUS_CODES[status], status });
}

export const notFound: RequestHandler = (_req, res) => problem(res, 404);

/** In place of the page with a stack trace that Express makes. */
export const failed: ErrorRequestHandler = (error, _req, res, next) => {
  if (res.headersSent) next(error);
  else problem(res, error.status in STATUS_CODES ? error.status : 500);
};

/**
 * Refuses what is meant for another host (RFC 9110 §15.5.20): a name of another site may lead to this machine (DNS
 * rebinding), and `oidc-provider` makes the addresses of its metadata from the host of the request.
 */
export function onlyFor(url: string): RequestHandler {
  const { host } = new URL(url);
  return (req, res, next) => {
    if (req.headers.host === host && req.url.startsWith('/')) next();
    else problem(res, 421);
  };
}
