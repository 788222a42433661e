import { STATUS_CODES } from 'node:http';
import type { ErrorRequestHandler, RequestHandler, Response } from 'express';
import { problemPage, siteHeaders } from './authorization-server/pages.js';

/** Problem details (RFC 9457) that say no more than the status; for a browser, a page. */
export function problem(res: Response, status: number): void {
  if (res.req.accepts(['json', 'html']) === 'html') {
    const title = status === 404 ? 'There is no such page' : 'This request cannot be answered';
    const sentence = `The demo responds with ${status} ${STATUS_CODES[status]}. Nothing was changed.`;
    const next = { href: '/', label: 'To the demo' };
    res.status(status).set(siteHeaders()).end(problemPage({ title, sentence, next }));
    return;
  }
  res.status(status).type('application/problem+json');
  res.json({ type: 'about:blank', title: STATUS_CODES[status], status });
}

export const notFound: RequestHandler = (_req, res) => problem(res, 404);

/** Replaces Express's page with a stack trace. */
export const failed: ErrorRequestHandler = (error, _req, res, next) => {
  if (res.headersSent) next(error);
  else problem(res, error.status in STATUS_CODES ? error.status : 500);
};

/**
 * Refuses requests for another host (RFC 9110 §15.5.20): a name of another site may lead to this machine (DNS
 * rebinding), and `oidc-provider` makes the addresses of its metadata from the host of the request.
 */
export function onlyFor(url: string): RequestHandler {
  const { host } = new URL(url);
  return (req, res, next) => {
    if (req.headers.host === host && req.url.startsWith('/')) next();
    else problem(res, 421);
  };
}
