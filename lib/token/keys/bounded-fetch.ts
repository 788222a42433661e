/** The part of `fetch` that is used; `globalThis.fetch` is one. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** One exchange with an issuer's endpoint failed. `status` where it answered at all. */
export class EndpointError extends Error {
  override readonly name = 'EndpointFailure';
  readonly status: number | undefined;

  constructor(message: string, options: { status?: number; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.status = options.status;
  }
}

const MAX_BYTES = 256 * 1024;

/**
 * Fetches a JSON document, trusting the endpoint with nothing: no redirect is followed, no compression accepted, 256 KiB
 * are read at most, and `signal` ends it in whatever phase it is.
 *
 * @returns the text of a 200 answer, and its parsed value
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
    throw new EndpointError(`${url} answered 200, but not with JSON.`, { status: 200 });
  }
}

async function read(fetch: Fetch, url: string, init: RequestInit, signal: AbortSignal): Promise<string> {
  let response: Response;
  try {
    response = await fetch(url, { ...init, signal });
  } catch (cause) {
    throw new EndpointError(`${url} cannot be reached (${describeCause(cause)}).`, { cause });
  }
  const problem = responseProblem(response);
  if (problem !== undefined) {
    await response.body?.cancel().catch(() => undefined);
    throw new EndpointError(`${url} ${problem}.`, { status: response.status });
  }
  return await readBody(response, url, signal);
}

function responseProblem({ status, headers }: Response): string | undefined {
  if (status >= 300 && status < 400) return `answered ${status}: redirects are not followed, name the final address`;
  if (status !== 200) return `answered ${status}`;
  const encoding = headers.get('content-encoding') ?? 'identity';
  return encoding === 'identity' ? undefined : 'answered with a content encoding although none was accepted';
}

async function readBody(response: Response, url: string, signal: AbortSignal): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of response.body ?? []) {
      signal.throwIfAborted(); // a function of the caller's own may not have passed it on
      size += chunk.length;
      if (size > MAX_BYTES) break; // leaving the loop, in either way, cancels the body
      chunks.push(chunk);
    }
  } catch (cause) {
    throw new EndpointError(`${url} broke off its answer (${describeCause(cause)}).`, { status: 200, cause });
  }
  if (size > MAX_BYTES) throw new EndpointError(`${url} answered more than ${MAX_BYTES} bytes.`, { status: 200 });
  return Buffer.concat(chunks).toString('utf8');
}

// By shape, not by class: an error of another realm (a worker's, a test runner's) is no instance of this one's Error.
function describeCause(error: unknown): string {
  const { cause = error } = Object(error) as { cause?: unknown };
  const { code, name } = Object(cause) as { code?: unknown; name?: unknown };
  if (typeof code === 'string') return code;
  return typeof name === 'string' ? name : 'unknown cause';
}
