/** The part of the Fetch API that is used: `globalThis.fetch`, undici's and node-fetch's `fetch` are such functions. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** Looks `fetch` up at each call, so that a mock or an instrumentation that is installed or removed later counts. */
export const callGlobalFetch: Fetch = (url, init) => globalThis.fetch(url, init);

/** A request to an endpoint of the issuer failed. `status` is that of the response, if there was one. */
export class EndpointError extends Error {
  override readonly name = 'EndpointFailure';
  readonly status: number | undefined;

  constructor(message: string, options: { status?: number | undefined; cause?: unknown } = {}) {
    super(message, options);
    this.status = options.status;
  }
}

/** A response with status 200 that is of no use, and why. */
export function unusableResponse(url: string, why: string, cause?: unknown): EndpointError {
  return new EndpointError(`${url} ${why}.`, { status: 200, ...(cause !== undefined && { cause }) });
}

const MAX_BYTES = 256 * 1024;

/**
 * Fetches a JSON document. The endpoint is not trusted: no redirect is followed, no compression is accepted, at most
 * 256 KiB are read, and `signal` aborts every phase.
 *
 * @returns the text of a response with status 200, and its parsed value
 * @throws {EndpointError} for everything else, with the URL in its message
 */
export async function fetchJson(
  fetch: Fetch,
  url: string,
  init: RequestInit,
  signal: AbortSignal,
): Promise<{ text: string; value: unknown }> {
  const headers = { accept: 'application/json', 'accept-encoding': 'identity', ...(init.headers as object) };
  const text = await read(fetch, url, { ...init, headers, redirect: 'manual' }, signal);
  try {
    return { text, value: JSON.parse(text) };
  } catch {
    throw unusableResponse(url, 'answered 200, but not with JSON');
  }
}

async function read(fetch: Fetch, url: string, init: RequestInit, signal: AbortSignal): Promise<string> {
  let response: Response;
  try {
    response = await fetch(url, { ...init, signal });
  } catch (cause) {
    throw new EndpointError(`${url} cannot be reached (${describeCause(cause)}).`, { cause });
  }
  if (typeof (response as Partial<Response> | undefined | null)?.status !== 'number') {
    throw new EndpointError(`${url} cannot be reached (fetch() returned no response).`);
  }
  const problem = describeProblem(response);
  if (problem !== undefined) {
    await discardBody(response.body);
    throw new EndpointError(`${url} ${problem}.`, { status: response.status });
  }
  return await readBody(response, url, signal);
}

function describeProblem({ status, headers }: Response): string | undefined {
  if (status >= 300 && status < 400) return `answered ${status}: redirects are not followed, name the final address`;
  if (status !== 200) return `answered ${status}`;
  const encoding = headers.get('content-encoding') ?? 'identity';
  return encoding === 'identity' ? undefined : 'answered with a content encoding although none was accepted';
}

/** Closes a body that is not read: a web stream is cancelled, a Node stream destroyed, any other iterator returned. */
async function discardBody(body: unknown): Promise<void> {
  const { cancel, destroy, [Symbol.asyncIterator]: iterate } = Object(body) as Partial<DiscardableBody>;
  try {
    if (typeof cancel === 'function') await cancel.call(body);
    else if (typeof destroy === 'function') destroy.call(body);
    else if (typeof iterate === 'function') await iterate.call(body).return?.();
  } catch {
    // the status of the response is what matters
  }
}

interface DiscardableBody {
  cancel(): Promise<void>;
  destroy(): unknown;
  [Symbol.asyncIterator](): AsyncIterator<unknown>;
}

async function readBody(response: Response, url: string, signal: AbortSignal): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array | string>) {
      signal.throwIfAborted(); // a custom fetch may ignore the signal
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
      size += bytes.length;
      if (size > MAX_BYTES) break; // leaving the loop cancels the body
      chunks.push(bytes);
    }
  } catch (cause) {
    throw unusableResponse(url, `broke off its response (${describeCause(cause)})`, cause);
  }
  if (size > MAX_BYTES) throw unusableResponse(url, `answered more than ${MAX_BYTES} bytes`);
  return Buffer.concat(chunks).toString('utf8');
}

// Compares by shape: an error of another realm (a worker, a test runner) is not an instance of this realm's Error.
function describeCause(error: unknown): string {
  const { cause = error } = Object(error) as { cause?: unknown };
  const { code, name } = Object(cause) as { code?: unknown; name?: unknown };
  if (typeof code === 'string') return code;
  return typeof name === 'string' ? name : 'unknown cause';
}
