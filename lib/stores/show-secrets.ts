import { types } from 'node:util';
import { insist, isObject, refuseUnknownOptions } from '../options.js';
import { KEY_LENGTH } from './secret-cipher.js';

/** How a store keeps secrets that it is to show again. */
export interface ShowSecrets {
  /** 32 random bytes, from a place other than the database: `Buffer.from(process.env.SECRETS_KEY, 'base64')`. */
  readonly key: Uint8Array;
}

/** @throws {TypeError} for anything but `undefined` and an object with a key of the right length */
export function insistShowSecrets(creator: string, value: ShowSecrets | undefined): void {
  if (value === undefined) return;
  insist(isObject(value), creator, 'showSecrets', 'an object with a key', value);
  refuseUnknownOptions(`${creator}, "showSecrets",`, value, { key: true });
  const isKey = types.isUint8Array(value.key) && value.key.length === KEY_LENGTH;
  insist(isKey, creator, 'showSecrets.key', `${KEY_LENGTH} bytes`, value.key);
}
