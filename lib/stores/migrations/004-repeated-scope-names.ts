import type { Queryable } from '../schema.js';
import { type ClusteredTables, definitions } from '../schema-builder.js';

/**
 * An application may hold one scope name in several resources, so the key of `grant_scopes` includes the resource. SQLite
 * cannot change the key of a table: a new table takes the place of the old one.
 */
export async function repeatedScopeNames(tx: Queryable, clustered: ClusteredTables): Promise<void> {
  const { table, index, schema } = definitions(tx);
  await schema.alterTable('grant_scopes').renameTo('grant_scopes_before').execute();
  await clustered(
    table('grant_scopes', {
      application_id: 'text',
      scope_name: 'text',
      scope_id: 'text',
      grant_id: 'text',
      resource_id: 'text',
      environment_id: 'text',
    })
      .addPrimaryKeyConstraint('grant_scopes_key', ['application_id', 'scope_name', 'resource_id'])
      .addForeignKeyConstraint(
        'grant_scopes_of_grants',
        ['application_id', 'resource_id', 'grant_id', 'environment_id'],
        'grants',
        ['application_id', 'resource_id', 'id', 'environment_id'],
        (key) => key.onDelete('cascade'),
      )
      .addForeignKeyConstraint(
        'grant_scopes_of_scopes',
        ['resource_id', 'scope_id', 'scope_name'],
        'scopes',
        ['resource_id', 'id', 'name'],
        (key) => key.onDelete('cascade').onUpdate('cascade'),
      ) as never,
  ).execute();
  const columns = ['application_id', 'scope_name', 'scope_id', 'grant_id', 'resource_id', 'environment_id'] as const;
  await tx
    .insertInto('grant_scopes')
    .columns([...columns])
    .expression(tx.selectFrom('grant_scopes_before' as 'grant_scopes').select([...columns]))
    .execute();
  await schema.dropTable('grant_scopes_before').execute();
  await index('grant_scopes_of_grant', 'grant_scopes', ['grant_id', 'scope_id']);
  await index('grant_scopes_of_scope', 'grant_scopes', ['scope_id', 'application_id']);
  await index('grant_scopes_by_name', 'grant_scopes', ['environment_id', 'scope_name', 'application_id']);
  await index('scopes_by_name', 'scopes', ['environment_id', 'name']); // which other resources define a name
}
