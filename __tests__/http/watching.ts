import type { Gate, GateHandler, WatchedAccess } from 'scopegate';
import { bearer, deferred, issuer, PAAS } from './domain.js';

export interface TestRequest {
  readonly headers: { authorization?: string };
  readonly params?: object;
}

/** A request with a token of the domain. */
export function requestWith(claims: object, params: object = {}): TestRequest {
  return { headers: { authorization: bearer(issuer.token({ scope: PAAS, ...claims })) }, params };
}

/** Sends a request through middleware. @throws the status where it is refused */
export async function pass(req: TestRequest, ...handlers: readonly GateHandler[]): Promise<void> {
  for (const handler of handlers) {
    const { promise, resolve, reject } = deferred<void>();
    const res = {
      statusCode: 200,
      headersSent: false,
      writableEnded: false,
      getHeader: () => undefined,
      setHeader: () => undefined,
      end: () => reject(new Error(`status ${res.statusCode}`)),
    };
    handler(req as never, res, (error) => (error === undefined ? resolve() : reject(error)));
    await promise;
  }
}

/** Sends a request through middleware, and watches its access. */
export async function open(gate: Gate, req: TestRequest, ...handlers: readonly GateHandler[]): Promise<WatchedAccess> {
  await pass(req, ...handlers);
  return gate.watch(gate.auth(req as never));
}

/** Resolves with the reason once the access has ended. */
export function endOf(access: WatchedAccess): Promise<string | undefined> {
  return new Promise((resolve) => {
    if (access.signal.aborted) resolve(access.reason);
    else access.signal.addEventListener('abort', () => resolve(access.reason), { once: true });
  });
}

/** Waits until what has been begun is over, so that what did not end is not about to. */
export async function quiet(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
}
