import type { Db, Queryable } from '../schema.js';

/** How grants that end, and granted scopes that do, are found among the many without a date. */
export async function grantsThatEnd(tx: Queryable): Promise<void> {
  const { schema } = tx as Db;
  for (const [table, key] of [
    ['grants', 'id'],
    ['grant_scopes', 'grant_id'],
  ] as const) {
    await schema
      .createIndex(`${table}_that_end`)
      .on(table)
      .columns(['environment_id', 'expires_at', 'application_id', key] as never)
      .where('expires_at' as never, 'is not', null)
      .execute();
  }
}
