import { sql } from 'kysely';
import { isPostgres } from '../name-order.js';
import type { Queryable } from '../schema.js';
import { definitions } from '../schema-builder.js';

/**
 * Secrets have ids, and may have a name, a last use, and an encrypted copy. Those that are there get an id, and have no
 * name: the application rotates them. A process of an earlier version takes named ones for earlier secrets: rotate none with it.
 */
export async function namedSecrets(tx: Queryable): Promise<void> {
  const { schema } = definitions(tx);
  for (const column of ['id', 'name', 'last_used_at', 'encrypted']) {
    await schema.alterTable('application_secrets').addColumn(column, 'text').execute();
  }
  await tx
    .updateTable('application_secrets')
    .set({ id: newUuid(tx) })
    .execute();
  for (const column of ['id', 'name']) {
    await schema
      .createIndex(`application_secrets_by_${column}`)
      .unique()
      .on('application_secrets')
      .columns(['application_id', column])
      .execute();
  }
}

/** One for each row. */
function newUuid(tx: Queryable) {
  if (isPostgres(tx)) return sql<string>`gen_random_uuid()::text`;
  const hex = (bytes: number) => sql`hex(randomblob(${sql.lit(bytes)}))`;
  return sql<string>`lower(${hex(4)} || '-' || ${hex(2)} || '-4' || substr(${hex(2)}, 2) || '-a' || substr(${hex(2)}, 2) || '-' || ${hex(6)})`;
}
