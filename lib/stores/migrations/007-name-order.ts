import { ANY_CASE, EXACT, isPostgres } from '../name-order.js';
import type { Db, Queryable } from '../schema.js';
import { definitions } from '../schema-builder.js';

/** What lists by name and filters read. A process of an earlier version goes on with these indexes as without them. */
export async function nameOrder(tx: Queryable): Promise<void> {
  const { schema } = tx as Db;
  const [anyCase, exact] = [ANY_CASE.toSql(tx), EXACT.toSql(tx)];
  await schema.createIndex('environments_in_order').on('environments').expression(anyCase).column('id').execute();
  for (const table of ['resources', 'applications'] as const) {
    const index = schema.createIndex(`${table}_in_order`).on(table);
    await index.column('environment_id').expression(anyCase).column('id').execute();
  }
  // On SQLite, the unique index on the names of a resource is in this order already.
  for (const owner of isPostgres(tx) ? ['environment', 'resource'] : ['environment']) {
    const index = schema.createIndex(`scopes_in_order_of_${owner}`).on('scopes');
    await index.column(`${owner}_id`).expression(exact).column('id').execute();
  }
  await definitions(tx).index('activities_by_id', 'activities', ['id']);
}
