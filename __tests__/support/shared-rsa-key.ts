import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyPairKeyObjectResult } from 'node:crypto';

const SHARED_RSA_KEY = 'SCOPEGATE_TEST_RSA_KEY';

/** Before all tests of a jest project: makes the key that its suites share, since making one takes a tenth of a second. */
export function shareRsaKey(): void {
  process.env[SHARED_RSA_KEY] ??= generate().privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** The RSA key of 2048 bits that the suites of a run share; a new one where nothing was set up. */
export function sharedRsaKeyPair(): KeyPairKeyObjectResult {
  const pem = process.env[SHARED_RSA_KEY];
  return pem === undefined ? generate() : { privateKey: createPrivateKey(pem), publicKey: createPublicKey(pem) };
}

function generate(): KeyPairKeyObjectResult {
  return generateKeyPairSync('rsa', { modulusLength: 2048 });
}
