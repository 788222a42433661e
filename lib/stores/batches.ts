import type { Queryable } from './schema.js';

/** Rows per statement, where there may be a million: no statement takes long, and other requests run in between. */
const BATCH_SIZE = 200;

/**
 * Processes rows in batches, in the order of their ids: `find` returns the first ids after an id, `handle` processes
 * them. Call it within a transaction.
 */
export async function inBatches(
  find: (after: string, limit: number) => Promise<readonly string[]>,
  handle: (ids: readonly string[]) => Promise<unknown>,
): Promise<void> {
  let after = '';
  for (;;) {
    const ids = await find(after, BATCH_SIZE);
    if (ids.length > 0) await handle(ids);
    if (ids.length < BATCH_SIZE) return;
    after = ids.at(-1) as string;
    await new Promise(setImmediate);
  }
}

/** A scope that applications may hold, or any scope of a resource. */
export type HeldItem = { readonly scopeId: string } | { readonly resourceId: string };

/** Processes the applications that hold an item, in batches. */
export function forEachHolder(
  tx: Queryable,
  held: HeldItem,
  handle: (applicationIds: readonly string[]) => Promise<unknown>,
) {
  const holders = (after: string, limit: number) => {
    return 'scopeId' in held
      ? tx
          .selectFrom('grant_scopes')
          .select('application_id')
          .where('scope_id', '=', held.scopeId)
          .where('application_id', '>', after)
          .orderBy('application_id')
          .limit(limit)
          .execute()
      : tx
          .selectFrom('grants')
          .select('application_id')
          .where('resource_id', '=', held.resourceId)
          .where('application_id', '>', after)
          .orderBy('application_id')
          .limit(limit)
          .execute();
  };
  const find = async (after: string, limit: number) => {
    return (await holders(after, limit)).map(({ application_id: id }) => id);
  };
  return inBatches(find, handle);
}
