import type { Queryable } from '../schema.js';
import { definitions } from '../schema-builder.js';

/** When grants and their scopes begin and end. A process of an earlier version goes on, and does not see these dates. */
export async function grantDates(tx: Queryable): Promise<void> {
  const { schema } = definitions(tx);
  for (const table of ['grants', 'grant_scopes']) {
    for (const column of ['not_before', 'expires_at'])
      await schema.alterTable(table).addColumn(column, 'text').execute();
  }
}
