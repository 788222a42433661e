import type { Queryable } from '../schema.js';
import { definitions } from '../schema-builder.js';

/** Whether one request of an application may name scopes of several resources. */
export async function multipleResources(tx: Queryable): Promise<void> {
  await definitions(tx)
    .schema.alterTable('applications')
    .addColumn('multiple_resources', 'integer', (column) => column.notNull().defaultTo(0))
    .execute();
}
