import { createHash, generateKeyPair, type JsonWebKey } from 'node:crypto';
import { promisify } from 'node:util';
import type { Records } from './records.js';

/** A private key as it is stored; times in milliseconds since the epoch. */
export interface SigningKey {
  readonly jwk: JsonWebKey & { readonly kid: string; readonly kty: string };
  readonly signsFrom: number;
}

/** The key as a JWK (RFC 7517 §4). */
export type PublicKey = Readonly<Record<'kid' | 'kty' | 'n' | 'e' | 'use' | 'alg', string>>;

/** A new key is published this long before it signs: every process that publishes keys has read it by then. */
const PUBLISHED_BEFORE = 2000;

/** How often the database is queried for new keys. */
const POLL = 400;

/** The longest lifetime of a token (30 days), plus a day for differences between clocks. */
const KEPT = 31 * 24 * 60 * 60 * 1000;

/** The keys whose tokens may still be valid, the signing key first. */
export function keysInUse(stored: readonly SigningKey[], now: number): readonly SigningKey[] {
  const newestFirst = [...stored].sort((a, b) => b.signsFrom - a.signsFrom);
  const signing = newestFirst.findIndex(({ signsFrom }) => signsFrom <= now);
  const needed = newestFirst.filter((_, i) => i <= signing || replacedAt(newestFirst, i) > now - KEPT);
  const first = newestFirst[signing];
  return first === undefined ? needed : [first, ...needed.filter((key) => key !== first)];
}

/** The moment from which a later key signs in its place. */
function replacedAt(newestFirst: readonly SigningKey[], index: number): number {
  return newestFirst[index - 1]?.signsFrom ?? Number.POSITIVE_INFINITY;
}

export function publicKey({ jwk: { kid, kty, n = '', e = '' } }: SigningKey): PublicKey {
  return { kid, kty, n, e, use: 'sig', alg: 'RS256' };
}

/** The keys of the authorization server, from the database that all its processes share. */
export async function readKeys(records: Records): Promise<readonly SigningKey[]> {
  const stored = await records.list(MODEL);
  return keysInUse(stored.map(toKey), Date.now());
}

/** Creates the first key, unless another process does so at the same moment. */
export async function ensureKey(records: Records): Promise<void> {
  if ((await records.list(MODEL)).length === 0) await records.keep(MODEL, '1', { ...(await newKey(0)) });
}

/**
 * Adds a key: every server on this database signs with it two seconds from now, and keeps publishing the earlier ones
 * until no token that they signed can be valid.
 *
 * @returns its `kid`
 */
export async function rotateKeys(records: Records): Promise<string> {
  await ensureKey(records);
  const key = await newKey(Date.now() + PUBLISHED_BEFORE);
  const stored = await records.list(MODEL);
  const kept = new Set(keysInUse(stored.map(toKey), Date.now()).map(({ jwk }) => jwk.kid));
  let ordinal = Math.max(...stored.map(({ id }) => Number(id)));
  for (;;) {
    const winner = await records.keep(MODEL, String(++ordinal), { ...key });
    if (toKey({ payload: winner }).jwk.kid === key.jwk.kid) break;
  }
  for (const old of stored) if (!kept.has(toKey(old).jwk.kid)) await records.remove(MODEL, old.id);
  return key.jwk.kid;
}

const MODEL = 'SigningKey';
const toKey = ({ payload }: { readonly payload: object }) => payload as SigningKey;

const generate = promisify(generateKeyPair);

async function newKey(signsFrom: number): Promise<SigningKey> {
  const { privateKey, publicKey } = await generate('rsa', { modulusLength: 2048 });
  const kid = createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64url');
  const jwk = privateKey.export({ format: 'jwk' });
  return { jwk: { ...jwk, kty: 'RSA', kid, use: 'sig', alg: 'RS256' }, signsFrom };
}

/**
 * Calls `changed` whenever other keys are in use, or another of them signs. `onError` is called for a database that cannot be
 * asked; the keys stay as they are meanwhile.
 *
 * @returns ends it
 */
export function watchKeys(
  records: Records,
  known: readonly SigningKey[],
  changed: (keys: readonly SigningKey[]) => void,
  onError: (error: unknown) => void,
): () => void {
  let seen = compareKeys(known);
  let ended = false;
  let isAvailable = true;
  async function look(): Promise<void> {
    try {
      const keys = await readKeys(records);
      isAvailable = true;
      if (ended || compareKeys(keys) === seen) return;
      seen = compareKeys(keys);
      changed(keys);
    } catch (error) {
      if (isAvailable && !ended) onError(error);
      isAvailable = false;
    }
  }
  let timer = setTimeout(next, POLL).unref();
  function next(): void {
    void look().finally(() => {
      if (!ended) timer = setTimeout(next, POLL).unref();
    });
  }
  return () => {
    ended = true;
    clearTimeout(timer);
  };
}

function compareKeys(keys: readonly SigningKey[]): string {
  return keys.map(({ jwk }) => jwk.kid).join(' ');
}
