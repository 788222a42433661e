import type { CredentialsRequest } from '../token/credentials.js';

/** The members of a request that a gate reads. Requests of Express 4 and 5, `node:http` and similar frameworks have them. */
export interface HttpRequest extends CredentialsRequest {
  readonly headers: CredentialsRequest['headers'] & {
    readonly origin?: string | undefined;
    readonly 'access-control-request-method'?: string | undefined;
  };
  readonly method?: string | undefined;
}

/** The members of a response that a gate uses. */
export interface HttpResponse {
  statusCode: number;
  readonly headersSent: boolean;
  readonly writableEnded: boolean;
  getHeader(name: string): unknown;
  setHeader(name: string, value: string | number): unknown;
  end(body: Uint8Array): unknown;
}

/** Passes the request on, or hands an error to the application. */
export type Next = (error?: unknown) => void;
