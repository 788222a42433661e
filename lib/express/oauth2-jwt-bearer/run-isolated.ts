import type { Request, RequestHandler, Response } from 'express';

/** What a middleware made of a request. */
export interface IsolatedResult {
  /** The `req.auth` that it set. */
  readonly auth?: unknown;
  /** The error that it passed on. */
  readonly error?: unknown;
}

/**
 * Runs an authentication middleware isolated: on a view of the request, so that its `req.auth` stays there, and without the
 * response, so that neither its texts nor its headers reach the client. Rejects where it throws before it has answered.
 */
export function runIsolated(middleware: RequestHandler, req: Request): Promise<IsolatedResult> {
  const view: Request = Object.create(req, { auth: { value: undefined, writable: true, configurable: true } });
  return new Promise((resolve, reject) => {
    const passed = middleware(view, {} as Response, (error?: unknown) => {
      resolve(error === undefined ? { auth: view.auth } : { error });
    });
    Promise.resolve(passed).catch(reject); // it has answered, or it never will
  });
}

/** The message of its error, for operators. */
export function messageOf({ error }: IsolatedResult): string {
  return error instanceof Error && error.message !== ''
    ? error.message
    : 'No usable token or proof came with the request.';
}
