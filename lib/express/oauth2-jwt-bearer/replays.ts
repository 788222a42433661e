import { createHash } from 'node:crypto';
import type { Request } from 'express';
import { systemClock } from '../../clock.js';
import type { ReplayStore } from '../../grants/replay-store.js';
import { isObject } from '../../options.js';
import { parseJwt } from '../../token/jwt/decode.js';
import { isRejection } from '../../token/verifier.js';
import { MemoryReplayStore } from './memory-replay-store.js';
import type { DpopWindow, ReplayOptions } from './proof-options.js';

/** Accepts each DPoP proof for one request (RFC 9449 §11.1). */
export class Replays {
  /** The seconds for which a proof is accepted. Defaults: those of `express-oauth2-jwt-bearer`. */
  readonly window: DpopWindow;
  readonly #store: ReplayStore;
  /** The proof that a request came with and was accepted: it may be checked again, at the same or a second gate. */
  readonly #accepted = new WeakMap<object, string>();

  constructor({ iatOffset = 300, iatLeeway = 30, replayStore }: ReplayOptions = {}) {
    this.window = { iatOffset, iatLeeway };
    this.#store = replayStore ?? new MemoryReplayStore(systemClock); // the package has no other clock
  }

  /**
   * Checks that the proof of the request was not used before: a sentence for operators where it was. Called after the proof
   * was verified, so that only its maker can use it up.
   *
   * @throws what the store throws, and a `TypeError` where it returns anything but true or false
   */
  async check(req: Request, jkt: unknown): Promise<string | undefined> {
    const { dpop } = req.headers;
    if (typeof dpop !== 'string') return 'No DPoP proof came with the request.';
    const proof = parseJwt(dpop);
    if (isRejection(proof)) return 'The DPoP proof is not a well-formed JWT.';
    const { jti, htu, iat } = proof.payload;
    if (typeof jti !== 'string') return 'The "jti" of the DPoP proof is not a string.';
    const expiresAt = toExpiry(iat, this.window);
    // Stated as what must hold, so that an "iat" that is no number expired.
    if (!(systemClock.now() < expiresAt)) return 'The DPoP proof is older than "dpop.iatOffset" allows.';
    const request = getSharedRequest(req);
    if (this.#accepted.get(request) === dpop) return undefined;
    const isNew: unknown = await this.#store.remember(toKey(jkt, jti, htu), expiresAt);
    if (typeof isNew !== 'boolean') throw new TypeError('"dpop.replayStore" must return true or false.');
    if (!isNew) return 'The DPoP proof was used before: a client makes one for each request.';
    this.#accepted.set(request, dpop);
    return undefined;
  }
}

/** `gate.check` makes an object of its own each time that it is given a request of Fetch, which is its `raw`. */
function getSharedRequest(req: Request & { readonly raw?: unknown }): object {
  return isObject(req.raw) ? req.raw : req;
}

/** With the thumbprint, so that no client can use up the `jti` of another; a digest, since `jti` may be long. */
function toKey(jkt: unknown, jti: string, htu: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify([jkt, jti, htu]))
    .digest('base64url');
}

/**
 * Until no process accepts the proof, in milliseconds since the epoch: `iatOffset` after its `iat`, which may lie ahead by
 * `iatLeeway`; and that much longer, since the clocks of processes differ. The package compares whole seconds.
 */
function toExpiry(iat: unknown, { iatOffset, iatLeeway }: DpopWindow): number {
  if (typeof iat !== 'number') return Number.NaN;
  return Math.min((Math.ceil(iat) + iatOffset + iatLeeway + 1) * 1000, LATEST);
}

/** The last moment that a `Date` can have. */
const LATEST = 8.64e15;
