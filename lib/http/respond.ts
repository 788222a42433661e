import type { ChallengeContext } from '../enforcement/challenge.js';
import type { HttpRequest, HttpResponse, Next } from '../enforcement/http-message.js';
import { problemDetails } from '../enforcement/problem-details.js';
import type { Refusal } from '../enforcement/refusal.js';
import { isError, toError } from '../enforcement/run-steps.js';
import { isPromise } from '../token/verifier.js';
import { encodeProblem, type RefusalError, refusalHeaders, toRefusalError } from './refusal-error.js';

/**
 * Writes the body of a refused request, or calls `next` with an error. The status, the challenge, `Retry-After` and
 * `Cache-Control` are set. (Declared as a method, so that a function of an `express.Response` is one.)
 */
export type RefusalHandler = {
  onRefusal(refusal: RefusalError, req: HttpRequest, res: HttpResponse, next: Next): unknown;
}['onRefusal'];

/**
 * Responds to a refused request. Does nothing where a response has been sent.
 *
 * @returns what is left to do outside of every `catch`: what the application does with the refusal
 */
export type Respond = {
  respond(
    req: HttpRequest,
    res: HttpResponse,
    refusal: Refusal,
    context: ChallengeContext,
    next: Next,
  ): (() => void) | undefined;
}['respond'];

/** The gate's own response: status, challenge, problem details. */
const respond: Respond = (req, res, refusal, context) => {
  if (isSent(res)) return undefined;
  const { content, fields } = encodeProblem(problemDetails(refusal, context));
  setChallenge(req, res, refusal, context);
  setHeaders(res, fields);
  res.statusCode = refusal.kind.status;
  res.end(Buffer.from(content));
  return undefined;
};

/** Without a rule of the application, the gate responds. With one, it sets status and challenge, and leaves the rest. */
export function createResponder(onRefusal: 'next' | RefusalHandler | undefined): Respond {
  if (onRefusal === undefined) return respond;
  return (req, res, refusal, context, next) => {
    if (isSent(res)) return undefined;
    const error = toRefusalError(refusal, context, req.headers.authorization);
    setHeaders(res, error.headers);
    res.statusCode = error.status;
    return onRefusal === 'next' ? () => next(error) : () => callHandler(onRefusal, error, req, res, next);
  };
}

/**
 * Calls `next` at most once, and never without an error: `next()` and `next('route')` would let the request pass. What
 * the handler throws counts like what it calls `next` with; the first of them is passed on, once the handler has returned.
 */
function callHandler(
  onRefusal: RefusalHandler,
  refusal: RefusalError,
  req: HttpRequest,
  res: HttpResponse,
  next: Next,
): void {
  let hasReturned = false;
  const errors: unknown[] = [];
  const fail = (error: unknown) => {
    if (errors.push(error) === 1 && hasReturned) next(error);
  };
  try {
    const returned = onRefusal(refusal, req, res, (error) => fail(isError(error) ? error : refusal));
    if (isPromise(returned)) Promise.resolve(returned).catch((error) => fail(toError(error)));
  } catch (error) {
    fail(toError(error));
  }
  hasReturned = true;
  if (errors.length > 0) next(errors[0]);
}

/** Sets the challenge, `Retry-After` and `Cache-Control`. */
export function setChallenge(req: HttpRequest, res: HttpResponse, refusal: Refusal, context: ChallengeContext): void {
  setHeaders(res, refusalHeaders(refusal, context, req.headers.authorization));
}

function setHeaders(res: HttpResponse, headers: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(headers)) res.setHeader(name, value);
}

function isSent(res: HttpResponse): boolean {
  return res.headersSent || res.writableEnded;
}
