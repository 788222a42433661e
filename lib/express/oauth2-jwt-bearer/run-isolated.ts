import type { Request, RequestHandler, Response } from 'express';

/** The result of a middleware. */
export interface IsolatedResult {
  /** The `req.auth` that it set. */
  readonly auth?: unknown;
  /** The error that it passed to `next`. */
  readonly error?: unknown;
}

/**
 * Runs an authentication middleware in isolation: on a view of the request, so that its `req.auth` stays there, and without
 * the response, so that none of its texts and headers reach the client. Rejects where it throws before it calls `next`.
 *
 * @param seen members of the request that the middleware is to see in place of the real ones
 */
export function runIsolated(
  middleware: RequestHandler,
  req: Request,
  seen: Partial<Request> = {},
): Promise<IsolatedResult> {
  const view: Request = Object.create(req, {
    ...Object.getOwnPropertyDescriptors(seen),
    ...(typeof req.is !== 'function' && { is: { value: () => false } }), // not of Express; the gate has looked for a form
    auth: { value: undefined, writable: true, configurable: true },
  });
  return new Promise((resolve, reject) => {
    const passed = middleware(view, {} as Response, (error?: unknown) => {
      resolve(error === undefined ? { auth: view.auth } : { error });
    });
    Promise.resolve(passed).catch(reject);
  });
}

/** Gets the message of the error, for operators. */
export function getMessage({ error }: IsolatedResult): string {
  return error instanceof Error && error.message !== ''
    ? error.message
    : 'No usable token or proof came with the request.';
}
