import { AdminError } from '../grants/errors.js';
import type { Change, ChangeContext } from '../grants/store.js';
import type { ChangeTransaction } from './engine.js';
import { isPostgres } from './name-order.js';
import type { Queryable } from './schema.js';

/** The responses to requests with an `Idempotency-Key`, kept so that a repetition gets the same one. */

/** How long a key is remembered, in milliseconds. */
const KEY_LIFETIME_MS = 24 * 60 * 60 * 1000;

/** Stored for a change without a value, such as a deletion. It is not JSON. */
const NO_VALUE = '';

/** How many expired keys one request deletes, so that none pays for those of a busy day. */
const MAX_PURGED_REPLAYS = 100;

/** @throws {AdminError} `key_reused` where the key came with another request */
export async function findReplay<Value>(
  tx: Queryable,
  { idempotency, dryRun }: ChangeContext,
  time: number,
): Promise<Change<Value> | undefined> {
  if (idempotency === undefined || dryRun) return undefined;
  const kept = await tx
    .selectFrom('idempotency_keys')
    .select(['fingerprint', 'value'])
    .where('key', '=', idempotency.key)
    .where('created_at', '>=', toReplayCutoff(time))
    .executeTakeFirst();
  if (kept === undefined) return undefined;
  if (kept.fingerprint !== idempotency.fingerprint) throw new AdminError('key_reused');
  return { value: kept.value === NO_VALUE ? undefined : JSON.parse(kept.value), activities: [], replayed: true };
}

export async function saveReplay(
  { tx, send }: ChangeTransaction,
  { idempotency }: ChangeContext,
  time: number,
  value: unknown,
): Promise<void> {
  if (idempotency === undefined) return;
  await send(expiredReplays(tx, time));
  const { key, fingerprint } = idempotency;
  const kept = { fingerprint, value: JSON.stringify(value) ?? NO_VALUE, created_at: new Date(time).toISOString() };
  await send(
    tx
      .insertInto('idempotency_keys')
      .values({ key, ...kept })
      .onConflict((conflict) => conflict.column('key').doUpdateSet(kept)),
  );
}

/** Rows that another change is about to delete are left to it. */
function expiredReplays(tx: Queryable, time: number) {
  const expired = tx
    .selectFrom('idempotency_keys')
    .select('key')
    .where('created_at', '<', toReplayCutoff(time))
    .orderBy('created_at')
    .limit(MAX_PURGED_REPLAYS)
    .$if(isPostgres(tx), (query) => query.forUpdate().skipLocked());
  return tx.deleteFrom('idempotency_keys').where('key', 'in', expired);
}

function toReplayCutoff(time: number): string {
  return new Date(time - KEY_LIFETIME_MS).toISOString();
}
