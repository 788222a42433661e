import type { CredentialsRequest } from '../token/credentials.js';

/** What a gate reads of a request: one of Express 4 or 5, of `node:http`, or of a framework with the same members. */
export interface HttpRequest extends CredentialsRequest {
  readonly method?: string | undefined;
}

/** What a gate uses of a response. */
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
