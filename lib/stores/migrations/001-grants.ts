import { randomBytes } from 'node:crypto';
import type { Queryable } from '../schema.js';
import { type ClusteredTables, definitions, stored } from '../schema-builder.js';

/**
 * Everything that the admin API keeps. One function, although it is long: a list of tables and indexes in the order of
 * their creation, which never changes again.
 */
export async function grants(tx: Queryable, clustered: ClusteredTables): Promise<void> {
  const { table, index } = definitions(tx);

  await table('ledger', {
    id: 'integer',
    number: 'bigint',
    changed_at: 'text',
    environments: 'bigint',
    cursor_key: 'text',
  })
    .addPrimaryKeyConstraint('ledger_pkey', ['id'])
    .execute();
  await tx
    .insertInto('ledger')
    .values({ id: 1, number: 0, changed_at: '', environments: 0, cursor_key: randomBytes(32).toString('hex') })
    .execute();

  await table('environments', {
    ...stored,
    name: 'text',
    description: 'text?',
    type: 'text',
    applications: 'bigint=0',
    resources: 'bigint=0',
    scopes: 'bigint=0',
  })
    .addPrimaryKeyConstraint('environments_pkey', ['id'])
    .addUniqueConstraint('environments_name', ['name'])
    .execute();

  await table('resources', {
    ...stored,
    environment_id: 'text',
    name: 'text',
    description: 'text?',
    audience: 'text',
    type: 'text',
    access_token_validity_seconds: 'integer',
    introspect_endpoint_auth_method: 'text',
    claim_enabled: 'integer',
    tags: 'text',
    secondary_audiences: 'text',
    scopes: 'bigint=0',
  })
    .addPrimaryKeyConstraint('resources_pkey', ['environment_id', 'id'])
    .addUniqueConstraint('resources_id', ['id'])
    .addUniqueConstraint('resources_name', ['environment_id', 'name'])
    .addForeignKeyConstraint('resources_environment', ['environment_id'], 'environments', ['id'], (key) =>
      key.onDelete('cascade'),
    )
    .execute();

  await table('scopes', {
    ...stored,
    environment_id: 'text',
    resource_id: 'text',
    name: 'text',
    description: 'text?',
  })
    .addPrimaryKeyConstraint('scopes_pkey', ['resource_id', 'id'])
    .addUniqueConstraint('scopes_name', ['resource_id', 'name'])
    .addUniqueConstraint('scopes_in_environment', ['environment_id', 'id'])
    .addUniqueConstraint('scopes_granted', ['resource_id', 'id', 'name'])
    .addForeignKeyConstraint(
      'scopes_resource',
      ['environment_id', 'resource_id'],
      'resources',
      ['environment_id', 'id'],
      (key) => key.onDelete('cascade'),
    )
    .execute();
  await index('scopes_of_resource', 'scopes', ['environment_id', 'resource_id']);

  await table('applications', {
    ...stored,
    environment_id: 'text',
    name: 'text',
    description: 'text?',
    enabled: 'integer',
    type: 'text',
    protocol: 'text',
    token_endpoint_auth_method: 'text',
    grant_types: 'text',
    response_types: 'text',
    redirect_uris: 'text',
    post_logout_redirect_uris: 'text',
    pkce_enforcement: 'text',
    trust_scope: 'text',
    allowed_tags: 'text',
    grants: 'bigint=0',
  })
    .addPrimaryKeyConstraint('applications_pkey', ['environment_id', 'id'])
    .addUniqueConstraint('applications_id', ['id'])
    .addForeignKeyConstraint('applications_environment', ['environment_id'], 'environments', ['id'], (key) =>
      key.onDelete('cascade'),
    )
    .execute();

  await table('application_secrets', {
    application_id: 'text',
    is_current: 'integer',
    hash: 'text',
    created_at: 'text',
    expires_at: 'text?',
  })
    .addPrimaryKeyConstraint('application_secrets_pkey', ['application_id', 'is_current'])
    .addForeignKeyConstraint('application_secrets_application', ['application_id'], 'applications', ['id'], (key) =>
      key.onDelete('cascade'),
    )
    .execute();

  await clustered(
    table('grants', { ...stored, environment_id: 'text', application_id: 'text', resource_id: 'text' })
      .addPrimaryKeyConstraint('grants_pkey', ['application_id', 'id'])
      .addUniqueConstraint('grants_resource', ['resource_id', 'application_id'])
      .addUniqueConstraint('grants_in_environment', ['application_id', 'resource_id', 'id', 'environment_id'])
      .addForeignKeyConstraint(
        'grants_application',
        ['environment_id', 'application_id'],
        'applications',
        ['environment_id', 'id'],
        (key) => key.onDelete('cascade'),
      )
      .addForeignKeyConstraint(
        'grants_to_resource',
        ['environment_id', 'resource_id'],
        'resources',
        ['environment_id', 'id'],
        (key) => key.onDelete('cascade'),
      ) as never,
  ).execute();

  await clustered(
    table('grant_scopes', {
      application_id: 'text',
      scope_name: 'text',
      scope_id: 'text',
      grant_id: 'text',
      resource_id: 'text',
      environment_id: 'text',
    })
      .addPrimaryKeyConstraint('grant_scopes_pkey', ['application_id', 'scope_name'])
      .addForeignKeyConstraint(
        'grant_scopes_grant',
        ['application_id', 'resource_id', 'grant_id', 'environment_id'],
        'grants',
        ['application_id', 'resource_id', 'id', 'environment_id'],
        (key) => key.onDelete('cascade'),
      )
      .addForeignKeyConstraint(
        'grant_scopes_scope',
        ['resource_id', 'scope_id', 'scope_name'],
        'scopes',
        ['resource_id', 'id', 'name'],
        (key) => key.onDelete('cascade').onUpdate('cascade'),
      ) as never,
  ).execute();
  await index('grant_scopes_of_grant', 'grant_scopes', ['grant_id', 'scope_id']);
  await index('grant_scopes_of_scope', 'grant_scopes', ['scope_id', 'application_id']);
  await index('grant_scopes_by_name', 'grant_scopes', ['environment_id', 'scope_name', 'application_id']);

  await table('activities', {
    number: 'bigint',
    id: 'text',
    environment_id: 'text',
    recorded_at: 'text',
    type: 'text',
    target_id: 'text',
    actor_client: 'text?',
    actor_subject: 'text?',
    correlation_id: 'text',
    transaction_id: 'text?',
    before: 'text?',
    after: 'text?',
  })
    .addPrimaryKeyConstraint('activities_pkey', ['number'])
    .execute();
  await index('activities_of_environment', 'activities', ['environment_id', 'number']);
  await index('activities_at', 'activities', ['environment_id', 'recorded_at', 'number']);
  await index('activities_of_client', 'activities', ['environment_id', 'actor_client', 'number']);
  await index('activities_of_subject', 'activities', ['environment_id', 'actor_subject', 'number']);
  await clustered(
    table('activity_applications', { application_id: 'text', number: 'bigint' }).addPrimaryKeyConstraint(
      'activity_applications_pkey',
      ['application_id', 'number'],
    ) as never,
  ).execute();

  await table('changes', { number: 'bigint', environment_id: 'text', application_id: 'text?' })
    .addPrimaryKeyConstraint('changes_pkey', ['number'])
    .execute();

  await table('idempotency_keys', { key: 'text', fingerprint: 'text', value: 'text', created_at: 'text' })
    .addPrimaryKeyConstraint('idempotency_keys_pkey', ['key'])
    .execute();
  await index('idempotency_keys_at', 'idempotency_keys', ['created_at']);
}
