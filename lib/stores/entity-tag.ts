import { hash } from 'node:crypto';

/** Characters of the digest: 96 bits. */
const DIGEST_LENGTH = 16;

/**
 * Adds the entity tag of an object's very state: its version, and a digest of all that it holds. A version alone may come
 * again for another change, after a restore or a failover that lost the latest changes.
 */
export function addTag<Item extends { readonly version: number }>(item: Item): Item & { readonly tag: string } {
  const digest = hash('sha256', JSON.stringify(item), 'base64url').slice(0, DIGEST_LENGTH);
  return Object.assign(item, { tag: `${item.version}.${digest}` });
}
