import { types } from 'node:util';
import { insist, isObject, type OptionRules, readOptions } from '../options.js';
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
  readOptions(creator, value, OPTIONS, {}, 'showSecrets');
}

const OPTIONS = { key: [isKey, `${KEY_LENGTH} bytes`] } as const satisfies OptionRules<ShowSecrets>;

function isKey(value: unknown): boolean {
  return types.isUint8Array(value) && value.length === KEY_LENGTH;
}
