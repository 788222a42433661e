import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** A client secret: 256 random bits, 43 characters of base64url. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** What is stored of it. A digest alone suffices: there is no guessing 256 random bits, salted or slow. */
export function secretHash(secret: string): string {
  return createHash('sha256').update(secret, 'utf8').digest('hex');
}

/** Compares in constant time. */
export function isSecret(candidate: string, hash: string): boolean {
  return timingSafeEqual(Buffer.from(secretHash(candidate)), Buffer.from(hash));
}

const HOUR = 60 * 60 * 1000;

/** How long the secret before stays good after a rotation, in milliseconds, unless the request says. */
export const DEFAULT_OVERLAP = 24 * HOUR;
export const MAX_OVERLAP = 30 * 24 * HOUR;

/** How many earlier secrets of an application may be valid. One more ends the one that would end first. */
export const MAX_EARLIER_SECRETS = 10;

/** How many secrets of an application may have a name. One more is refused. */
export const MAX_NAMED_SECRETS = 10;
