import type { IncomingMessage } from 'node:http';
import type { ReplayStore } from '../../grants/replay-store.js';
import { hasMethods, isQuantity, type OptionRules, optional } from '../../options.js';

/**
 * Returns the certificate that the client presented, as DER or PEM; `undefined` where it presented none. (Declared as a
 * method, so that a function of an `express.Request` is one.)
 */
export type GetCertificate = {
  getCertificate(req: IncomingMessage): Uint8Array | string | undefined;
}['getCertificate'];

export interface DpopOptions {
  /** Whether a token without `cnf.jkt` is refused. Default `false`. */
  readonly required?: boolean | undefined;
  /** Seconds that a proof may be old. Default 300. */
  readonly iatOffset?: number | undefined;
  /** Seconds that a proof may be ahead. Default 30. */
  readonly iatLeeway?: number | undefined;
  /**
   * Where used proofs are remembered, so that each is accepted once (RFC 9449 §11.1). Several processes of one API need
   * one in common: `store.replays`. Default: in memory, at most a million; where all of them still count, requests with a
   * proof get 503.
   */
  readonly replayStore?: ReplayStore | undefined;
  /**
   * The address of the API as its clients write it, `https://api.example/orders`, for an API whose proxy strips a prefix
   * or sets another `Host`. `htu` is compared with this and the path that arrives here; no header plays a part then.
   * Default: scheme, host and path of the request.
   */
  readonly publicUrl?: string | undefined;
}

/** The options that say how long a proof is accepted, and where used ones are remembered. */
export type ReplayOptions = Pick<DpopOptions, 'iatOffset' | 'iatLeeway' | 'replayStore'>;

/** The seconds for which a proof is accepted. */
export type DpopWindow = { readonly [name in 'iatOffset' | 'iatLeeway']: number };

export interface ProofOptions {
  readonly dpop: DpopOptions | undefined;
  readonly mtls: { readonly required?: boolean | undefined } | undefined;
  readonly getCertificate: GetCertificate | undefined;
}

const SECONDS = optional([(value) => isQuantity(value), 'a number of seconds']);

export const REPLAY_OPTIONS = {
  iatOffset: SECONDS,
  iatLeeway: SECONDS,
  replayStore: optional([hasMethods('remember'), 'an object with remember(), such as store.replays']),
} as const satisfies OptionRules<ReplayOptions>;

/** The rule of `getCertificate`. */
export const GET_CERTIFICATE = optional([
  (value) => typeof value === 'function',
  'a function that gets the client certificate',
]);
