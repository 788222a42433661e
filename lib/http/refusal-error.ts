import type { Duplex } from 'node:stream';
import { hasBrand, setBrand } from '../brand.js';
import { type ChallengeContext, challenge, omitUndefined } from '../enforcement/challenge.js';
import { type ProblemDetails, problemDetails } from '../enforcement/problem-details.js';
import type { Refusal, RefusalReason } from '../enforcement/refusal.js';
import { type AuthScheme, authScheme } from '../token/credentials.js';

/** Milliseconds for the client to take the response of {@link RefusalError.writeTo}. */
const WRITE_TIMEOUT = 5000;

/**
 * A refused request as a value: what `gate.check` returns, and what an application gets with `onRefusal`.
 *
 * Error handlers of frameworks accept it: Express reads `status` and `headers`, Fastify `statusCode` and `headers`, Nest
 * `statusCode` and `expose`. `message` is the constant sentence of the reason. No member contains text of the request.
 * Details for operators are in the record that `onDecision` gets. `headers` and `body` are frozen.
 *
 * @example
 * const result = await gate.check(request, 'orders:read');
 * if (!result.ok) return result.refusal.toResponse();
 */
export class RefusalError extends Error {
  static override [Symbol.hasInstance](value: unknown): boolean {
    // biome-ignore lint/complexity/noThisInStatic: a subclass inherits the method, and is meant then
    return hasBrand(this, RefusalError, 'RefusalError', value);
  }

  override readonly name = 'RefusalError';
  /** The status of the response: 400, 401, 403 or 503. */
  readonly status: number;
  /** The same, for frameworks that read this name. */
  readonly statusCode: number;
  /** Clients may read the message: the convention of `http-errors`, which Nest and Koa follow. */
  readonly expose = true;
  readonly reason: RefusalReason;
  /** The scopes that would have been enough, separated by spaces, as clients request them; `undefined` if none is missing. */
  readonly requiredScope: string | undefined;
  /**
   * The headers that every response to the request needs, whatever its body: `WWW-Authenticate` (RFC 6750 §3; not with 503),
   * `Retry-After` (whole seconds; with 503) and `Cache-Control: no-store`.
   */
  readonly headers: Readonly<Record<string, string>>;
  /** The problem details (RFC 9457) that the gate responds with by default. */
  readonly body: ProblemDetails;

  constructor(body: ProblemDetails, headers: Readonly<Record<string, string>>) {
    super(body.detail);
    setBrand(this, 'RefusalError');
    this.status = body.status;
    this.statusCode = body.status;
    this.reason = body.reason;
    this.requiredScope = body.required_scope;
    this.headers = Object.freeze({ ...headers });
    this.body = Object.freeze({ ...body });
  }

  /** The response of the gate, as a Fetch `Response`. A new one each time. */
  toResponse(): Response {
    return new Response(JSON.stringify(this.body), {
      status: this.status,
      headers: { ...this.headers, ...MEDIA_TYPE },
    });
  }

  /**
   * Writes the response of the gate to the socket of an `upgrade` (or `connect`) event, and closes the connection. A
   * closed or failing socket is not an error. A client that does not take the response within 5 seconds is disconnected.
   */
  writeTo(socket: Duplex): void {
    socket.on('error', () => undefined); // nobody else listens after an upgrade, and it would end the process
    if (socket.destroyed) return;
    const { content, fields } = encodeProblem(this.body);
    const headers = Object.entries({ ...this.headers, ...fields, Connection: 'close' });
    const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
    const timer = setTimeout(() => socket.destroy(), WRITE_TIMEOUT);
    socket.once('close', () => clearTimeout(timer));
    socket.resume(); // what the client still sends would otherwise reset the connection before it has read the response
    socket.end(`HTTP/1.1 ${this.status} ${this.body.title}\r\n${lines}\r\n${content}`);
  }
}

const MEDIA_TYPE = { 'Content-Type': 'application/problem+json' };

/** The content of a response, with the fields that describe it. */
export function encodeProblem(body: ProblemDetails): {
  readonly content: string;
  readonly fields: Readonly<Record<string, string>>;
} {
  const content = JSON.stringify(body);
  const length = String(Buffer.byteLength(content));
  return { content, fields: { ...MEDIA_TYPE, 'Content-Length': length } };
}

/** @param authorization the header of the request; its scheme decides which challenge has the error */
export function toRefusalError(refusal: Refusal, context: ChallengeContext, authorization: unknown): RefusalError {
  return new RefusalError(problemDetails(refusal, context), refusalHeaders(refusal, context, authorization));
}

/** The header fields of a refusal. Their text is constant, or was checked when the gate was created. */
export function refusalHeaders(
  refusal: Refusal,
  context: ChallengeContext,
  authorization: unknown,
): Record<string, string> {
  const used = typeof authorization === 'string' ? authScheme(authorization) : undefined;
  const { retryAfter } = refusal;
  return omitUndefined({
    'WWW-Authenticate': challenge(refusal, context, used as AuthScheme | undefined),
    'Retry-After': retryAfter === undefined ? undefined : String(retryAfter),
    'Cache-Control': 'no-store',
  });
}
