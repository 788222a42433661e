import type { Queryable } from '../schema.js';
import { type ClusteredTables, definitions } from '../schema-builder.js';

/** The counts of {@link UsageStore}. A process of an earlier version goes on, and counts nothing. */
export async function usageCounts(tx: Queryable, clustered: ClusteredTables): Promise<void> {
  const { table, index } = definitions(tx);
  const kinds = { digest: 'text', scope: 'text', audience: 'text', route: 'text', required: 'text?', covered: 'text' };
  const counts = { application_id: 'text', digest: 'text', hour: 'integer', environment_id: 'text', calls: 'bigint' };
  const starts = { environment_id: 'text', hour: 'integer' };
  const tables = [
    ['usage_kinds', kinds, ['digest', 'scope']],
    ['usage_counts', counts, ['application_id', 'digest', 'hour']],
    ['usage_starts', starts, ['environment_id']],
  ] as const;
  for (const [name, columns, key] of tables) {
    const definition = table(name, columns as Parameters<typeof table>[1]);
    await clustered(definition.addPrimaryKeyConstraint(`${name}_pkey`, [...key]) as never).execute();
  }
  await index('usage_kinds_of_scope', 'usage_kinds', ['scope', 'digest']);
  await index('usage_counts_of_environment', 'usage_counts', ['environment_id', 'digest', 'application_id', 'hour']);
  await index('usage_counts_at', 'usage_counts', ['hour', 'application_id']);
}
