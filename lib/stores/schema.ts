import type { ColumnType, Kysely, Transaction } from 'kysely';

/**
 * The tables, alike on both engines: ids, times (RFC 3339) and JSON are text, truth values 0 and 1, so that one set of
 * statements serves both.
 */
export interface Tables {
  ledger: LedgerTable;
  environments: EnvironmentTable;
  resources: ResourceTable;
  scopes: ScopeTable;
  applications: ApplicationTable;
  application_secrets: ApplicationSecretTable;
  grants: GrantTable;
  grant_scopes: GrantScopeTable;
  activities: ActivityTable;
  activity_applications: ActivityApplicationTable;
  changes: ChangeTable;
  idempotency_keys: IdempotencyKeyTable;
  revocations: RevocationTable;
  departed_applications: DepartedApplicationTable;
  scopegate_migrations: MigrationTable;
}

export type Db = Kysely<Tables>;
export type Queryable = Db | Transaction<Tables>;

interface Stored {
  id: string;
  version: number;
  created_at: string;
  updated_at: string;
}

/** One row. Every change locks it first and takes its number from it. */
export interface LedgerTable {
  id: number;
  /** Of the latest activity. No number is skipped, and none is seen before those below it. */
  number: number;
  /** Of the latest change; no change is dated before an earlier one, whatever the clocks say. */
  changed_at: string;
  environments: number;
  /** Random, hexadecimal, made with the database: it marks the place before the first change of the feed. */
  cursor_key: string;
}

/** The last columns count what lies in the environment. */
export interface EnvironmentTable extends Stored {
  name: string;
  description: string | null;
  type: string;
  applications: Counter;
  resources: Counter;
  scopes: Counter;
}

type Counter = ColumnType<number, number | undefined, number>;

export interface ResourceTable extends Stored {
  environment_id: string;
  name: string;
  description: string | null;
  audience: string;
  type: string;
  access_token_validity_seconds: number;
  introspect_endpoint_auth_method: string;
  claim_enabled: number;
  tags: string;
  secondary_audiences: string;
  scopes: Counter;
}

export interface ScopeTable extends Stored {
  environment_id: string;
  resource_id: string;
  name: string;
  description: string | null;
}

export interface ApplicationTable extends Stored {
  environment_id: string;
  name: string;
  description: string | null;
  enabled: number;
  type: string;
  protocol: string;
  token_endpoint_auth_method: string;
  grant_types: string;
  response_types: string;
  redirect_uris: string;
  post_logout_redirect_uris: string;
  pkce_enforcement: string;
  trust_scope: string;
  allowed_tags: string;
  multiple_resources: number;
  grants: Counter;
}

/** Two rows at most for an application: the secret, and the one before. */
export interface ApplicationSecretTable {
  application_id: string;
  /** 1: the secret. 0: the one before it. */
  is_current: number;
  hash: string;
  created_at: string;
  expires_at: string | null;
}

export interface GrantTable extends Stored {
  environment_id: string;
  application_id: string;
  resource_id: string;
}

/** Scopes of a grant. The names stand here too, kept right by the database: an application has each name once. */
export interface GrantScopeTable {
  application_id: string;
  scope_name: string;
  scope_id: string;
  grant_id: string;
  resource_id: string;
  environment_id: string;
}

export interface ActivityTable {
  number: number;
  id: string;
  environment_id: string;
  recorded_at: string;
  type: string;
  target_id: string;
  actor_client: string | null;
  actor_subject: string | null;
  correlation_id: string;
  transaction_id: string | null;
  before: string | null;
  after: string | null;
}

/** Whose history an activity belongs to. */
export interface ActivityApplicationTable {
  application_id: string;
  number: number;
}

/** The change feed. */
export interface ChangeTable {
  number: number;
  /** The id of its activity: tells a change from another that had the number before the database was restored. */
  mark: string;
  environment_id: string;
  /** The application whose standing may have changed; `all` of the environment, or `none`. */
  concerns: string;
}

/** Tokens issued before are void, milliseconds since the epoch; the empty subject stands for all. */
export interface RevocationTable {
  application_id: string;
  subject: string;
  not_before: number;
}

/** The ids of applications that were deleted. */
export interface DepartedApplicationTable {
  application_id: string;
  /** Should it be made again: what was issued to it before is void, milliseconds since the epoch. */
  not_before: number;
}

export interface IdempotencyKeyTable {
  key: string;
  fingerprint: string;
  /** JSON of the first request's value. */
  value: string;
  created_at: string;
}

/** Which migrations have been made. */
export interface MigrationTable {
  name: string;
  migrated_at: string;
}
