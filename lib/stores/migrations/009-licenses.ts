import { ANY_CASE } from '../name-order.js';
import type { Db, Queryable } from '../schema.js';

/** The region and the license of environments, and the order in which a license lists its own. */
export async function licenses(tx: Queryable): Promise<void> {
  const { schema } = tx as Db;
  for (const column of ['region', 'license_id']) {
    await schema.alterTable('environments').addColumn(column, 'text').execute();
  }
  const index = schema.createIndex('environments_of_license').on('environments');
  await index.column('license_id').expression(ANY_CASE.toSql(tx)).column('id').execute();
}
