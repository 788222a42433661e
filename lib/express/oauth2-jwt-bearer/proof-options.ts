import type { IncomingMessage } from 'node:http';

/**
 * Returns the certificate that the client presented, as DER or PEM; `undefined` where it presented none. (Declared as a
 * method, so that a function of an `express.Request` is one.)
 */
export type GetCertificate = {
  getCertificate(req: IncomingMessage): Uint8Array | string | undefined;
}['getCertificate'];

export interface DpopOptions {
  readonly required?: boolean | undefined;
  /** Seconds that a proof may be old. Default 300. */
  readonly iatOffset?: number | undefined;
  /** Seconds that a proof may be ahead. Default 30. */
  readonly iatLeeway?: number | undefined;
}

export interface ProofOptions {
  readonly dpop: DpopOptions | undefined;
  readonly mtls: { readonly required?: boolean | undefined } | undefined;
  readonly getCertificate: GetCertificate | undefined;
}
