import type { Queryable } from '../schema.js';
import { type ClusteredTables, definitions } from '../schema-builder.js';

/** What live grants read. The change feed starts empty: nothing followed it before. */
export async function liveGrants(tx: Queryable, clustered: ClusteredTables): Promise<void> {
  const { table, schema } = definitions(tx);
  await schema.dropTable('changes').execute();
  await table('changes', { number: 'bigint', mark: 'text', environment_id: 'text', concerns: 'text' })
    .addPrimaryKeyConstraint('changes_pkey', ['number'])
    .execute();

  await clustered(
    table('revocations', { application_id: 'text', subject: 'text', not_before: 'bigint' })
      .addPrimaryKeyConstraint('revocations_pkey', ['application_id', 'subject'])
      .addForeignKeyConstraint('revocations_application', ['application_id'], 'applications', ['id'], (key) =>
        key.onDelete('cascade'),
      ) as never,
  ).execute();

  await table('departed_applications', { application_id: 'text', not_before: 'bigint=0' })
    .addPrimaryKeyConstraint('departed_applications_pkey', ['application_id'])
    .execute();
  const departed = tx
    .selectFrom('activities')
    .select('target_id')
    .distinct()
    .where('type', '=', 'APPLICATION.CREATED') // not by their deletion: some went with their environment
    .where('target_id', 'not in', tx.selectFrom('applications').select('id'));
  await tx.insertInto('departed_applications').columns(['application_id']).expression(departed).execute();
}
