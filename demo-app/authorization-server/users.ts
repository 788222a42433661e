import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import type { Records } from './records.js';

/** The users of the demo. A name is also the `sub` of their tokens. */
export const USERS = ['first-user', 'second-user'] as const;

const MODEL = 'User';
const derive = promisify<string, Buffer, number, Buffer>(scrypt);
const LENGTH = 32;

/** Creates the missing users, all with this password. */
export async function ensureUsers(records: Records, password: string): Promise<void> {
  for (const name of USERS) {
    if (await isUser(records, name)) continue;
    const salt = randomBytes(16);
    const hash = await derive(password, salt, LENGTH);
    await records.keep(MODEL, name, { salt: salt.toString('base64url'), hash: hash.toString('base64url') });
  }
}

export async function isUser(records: Records, name: string): Promise<boolean> {
  return (await records.find(MODEL, name)) !== undefined;
}

/** Takes as long for an unknown name, so that the time reveals nothing. */
export async function hasPassword(records: Records, name: string, password: string): Promise<boolean> {
  const user = await records.find(MODEL, name);
  const { salt = '', hash = '' } = (user?.payload ?? {}) as { salt?: string; hash?: string };
  const derived = await derive(password, Buffer.from(salt, 'base64url'), LENGTH);
  const expected = Buffer.from(hash, 'base64url');
  return expected.length === derived.length && timingSafeEqual(expected, derived);
}
