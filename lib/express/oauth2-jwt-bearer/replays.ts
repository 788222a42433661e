import { createHash } from 'node:crypto';
import type { Request } from 'express';
import type { ReplayStore } from '../../grants/replay-store.js';
import { parseJwt } from '../../token/jwt/decode.js';
import type { DpopWindow } from './proof-options.js';

/**
 * Refuses a DPoP proof that was used before (RFC 9449 §11.1): a sentence for operators. Called after the proof was
 * verified, so that only its maker can use it up.
 *
 * @throws what the store throws, and a `TypeError` where it returns anything but true or false
 */
export async function checkReplay(
  replayStore: ReplayStore,
  { headers: { dpop } }: Request,
  jkt: unknown,
  window: DpopWindow,
): Promise<string | undefined> {
  const proof = parseJwt(dpop as string);
  if ('rejected' in proof) return 'The DPoP proof is not a well-formed JWT.';
  const { jti, htu, iat } = proof.payload;
  if (typeof jti !== 'string') return 'The "jti" of the DPoP proof is not a string.';
  const isNew: unknown = await replayStore.remember(toKey(jkt, jti, htu), toExpiry(iat as number, window));
  if (typeof isNew !== 'boolean') throw new TypeError('"dpop.replayStore" must return true or false.');
  return isNew ? undefined : 'The DPoP proof was used before: a client makes one for each request.';
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
function toExpiry(iat: number, { iatOffset, iatLeeway }: DpopWindow): number {
  return Math.min((Math.ceil(iat) + iatOffset + iatLeeway + 1) * 1000, LATEST);
}

/** The last moment that a `Date` can have. */
const LATEST = 8.64e15;
