import type { Queryable } from '../schema.js';
import { definitions } from '../schema-builder.js';

/**
 * How grants that end, and granted scopes that do, are found among the many without a date, and the latest calls of an
 * application among all of its calls.
 */
export async function narrowedLists(tx: Queryable): Promise<void> {
  const { schema, index } = definitions(tx);
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
  await index('usage_counts_of_application', 'usage_counts', ['application_id', 'hour']);
}
