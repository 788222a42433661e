import { definitions } from './definitions.js';
import type { Tx } from './tables.js';

/** Whether one request of an application may name scopes of several resources. */
export async function multipleResources(tx: Tx): Promise<void> {
  await definitions(tx)
    .schema.alterTable('applications')
    .addColumn('multiple_resources', 'integer', (column) => column.notNull().defaultTo(0))
    .execute();
}
