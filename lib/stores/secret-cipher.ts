import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

/** Encrypts secrets that are to be shown again, so that the database alone does not have them. */
export interface SecretCipher {
  /** @param place the row: what was encrypted for another is not decrypted */
  encrypt(secret: string, place: SecretPlace): string;
  /** `undefined` for what was encrypted with another key, or for another place. */
  decrypt(encrypted: string, place: SecretPlace): string | undefined;
}

export interface SecretPlace {
  readonly applicationId: string;
  readonly id: string;
}

export const KEY_LENGTH = 32;
const NONCE_LENGTH = 12;
const TAG_LENGTH = 16;
const ALGORITHM = 'aes-256-gcm';

/** AES-256 in Galois/Counter Mode (NIST SP 800-38D), as nonce, tag, ciphertext. A random nonce each: there are few secrets. */
export function createSecretCipher(given: Uint8Array): SecretCipher {
  const key = Uint8Array.from(given);
  return {
    encrypt(secret, place) {
      const nonce = randomBytes(NONCE_LENGTH);
      const cipher = createCipheriv(ALGORITHM, key, nonce).setAAD(toAssociatedData(place));
      const ciphertext = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), ciphertext]).toString('base64url');
    },
    decrypt(encrypted, place) {
      const bytes = Buffer.from(encrypted, 'base64url');
      const [nonce, tag] = [bytes.subarray(0, NONCE_LENGTH), bytes.subarray(NONCE_LENGTH, NONCE_LENGTH + TAG_LENGTH)];
      if (tag.length < TAG_LENGTH) return undefined;
      const decipher = createDecipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_LENGTH });
      decipher.setAAD(toAssociatedData(place)).setAuthTag(tag);
      try {
        const text = decipher.update(bytes.subarray(NONCE_LENGTH + TAG_LENGTH));
        return Buffer.concat([text, decipher.final()]).toString('utf8');
      } catch {
        return undefined;
      }
    },
  };
}

function toAssociatedData({ applicationId, id }: SecretPlace): Buffer {
  return createHash('sha256')
    .update(JSON.stringify([applicationId, id]))
    .digest();
}
