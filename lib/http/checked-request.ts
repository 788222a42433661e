import type { HttpRequest } from '../enforcement/http-message.js';
import { isObject } from '../options.js';

/** The members of a Fetch `Request` that `gate.check` reads: those of Node, Bun, Deno, Hono and Next. */
export interface FetchRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: {
    get(name: string): string | null;
    forEach(callback: (value: string, name: string) => void): void;
  };
}

/** A framework's own request around one of Node or Fetch, such as Fastify's and Hono's. */
export interface WrappedRequest {
  readonly raw: HttpRequest | FetchRequest;
}

/**
 * The request as the steps of a gate read it. Sets nothing on it, and reads no body.
 *
 * A wrapper counts as what it wraps: Fastify's own request has no `rawHeaders`, and hides a second header.
 *
 * @throws {TypeError} where it is not a request
 */
export function toHttpRequest(given: HttpRequest | FetchRequest | WrappedRequest): HttpRequest {
  try {
    const request = unwrap(given);
    if (request !== undefined) return isFetchRequest(request) ? toView(request) : readable(request);
  } catch {
    return UNREADABLE;
  }
  throw new TypeError(`gate.check() takes ${EXPECTED}.`);
}

const EXPECTED =
  'a request of Node or Fetch, or one that has it as "raw": Fastify\'s and Hono\'s request, but not a context';

/**
 * An adapter may make `Headers` when they are read, and throw for bytes that a lenient parser let through: credentials
 * that are no text are malformed.
 */
const UNREADABLE: HttpRequest = { headers: { authorization: null as unknown as string } };

function unwrap(given: HttpRequest | FetchRequest | WrappedRequest): HttpRequest | FetchRequest | undefined {
  const { raw, rawHeaders } = (given ?? {}) as Partial<WrappedRequest & HttpRequest>;
  if (rawHeaders === undefined && hasHeaders(raw)) return raw;
  if (!hasHeaders(given)) return undefined;
  const { req } = given as { req?: unknown }; // Koa's, which hides a second header too
  return rawHeaders === undefined && hasHeaders(req) ? req : given;
}

/** Throws where a getter of an adapter does, before the steps of the gate read the header. */
function readable(request: HttpRequest): HttpRequest {
  void request.headers.authorization;
  return request;
}

function hasHeaders(value: unknown): value is HttpRequest | FetchRequest {
  const { headers } = (value ?? {}) as { headers?: unknown };
  return isObject(headers);
}

// A header cannot look like this: its value is a text.
function isFetchRequest(request: HttpRequest | FetchRequest): request is FetchRequest {
  return typeof (request as FetchRequest).headers.get === 'function';
}

/**
 * A Fetch request with the members of an Express one that verifiers read. `Headers` has joined repeated ones with a comma,
 * which no token contains (RFC 9110 §11.2, token68): two are never one.
 */
function toView(raw: FetchRequest): HttpRequest {
  const { host, pathname, protocol, search } = new URL(raw.url);
  const headers: Record<string, string> = Object.create(null);
  raw.headers.forEach((value, name) => {
    headers[name] = value;
  });
  headers.host ??= host;
  const url = `${pathname}${search}`;
  const get = (name: string) => headers[name.toLowerCase()];
  return {
    raw,
    headers,
    method: raw.method,
    url,
    originalUrl: url,
    protocol: protocol.slice(0, -1),
    get,
  } as HttpRequest;
}
