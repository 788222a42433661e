import type { ColumnType, Kysely, Transaction } from 'kysely';

/**
 * The tables, the same on both engines: ids, times (RFC 3339) and JSON are text, booleans are 0 and 1, so that the same
 * statements run on both.
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
  used_proofs: UsedProofTable;
  usage_kinds: UsageKindTable;
  usage_counts: UsageCountTable;
  usage_starts: UsageStartTable;
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

/** One row. Every change locks it first, and takes the next number from it. */
export interface LedgerTable {
  id: number;
  /** The number of the latest activity. Numbers have no gaps, and become visible in their order. */
  number: number;
  /** The time of the latest change. No change is dated before an earlier one, whatever the clocks say. */
  changed_at: string;
  environments: number;
  /** Random, hexadecimal, made with the database: it marks the place before the first change of the feed. */
  cursor_key: string;
}

/** The last columns count the contents of the environment. */
export interface EnvironmentTable extends Stored {
  name: string;
  description: string | null;
  type: string;
  region: string | null;
  license_id: string | null;
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

/** The current secret of an application, earlier ones that may still be valid, and those with a name. */
export interface ApplicationSecretTable {
  application_id: string;
  id: string;
  /** Rises with each secret. */
  generation: number;
  /** `null`: the current one, or one that it has replaced. */
  name: string | null;
  hash: string;
  /** The secret itself, where the store is opened to show secrets. */
  encrypted: string | null;
  created_at: string;
  /** `null`: valid until it is removed. Of those without a name, that is the current one. */
  expires_at: string | null;
  /** To the minute. */
  last_used_at: string | null;
}

export interface GrantTable extends Stored {
  environment_id: string;
  application_id: string;
  resource_id: string;
  /** `null`: it counts from the beginning. */
  not_before: string | null;
  /** `null`: it counts without end. */
  expires_at: string | null;
}

/** Scopes of a grant, with their own dates. The database keeps the names equal to those in `scopes`; one name may be in several grants. */
export interface GrantScopeTable {
  application_id: string;
  scope_name: string;
  scope_id: string;
  grant_id: string;
  resource_id: string;
  environment_id: string;
  not_before: string | null;
  expires_at: string | null;
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

/** The applications whose history an activity belongs to. */
export interface ActivityApplicationTable {
  application_id: string;
  number: number;
}

/** The change feed. */
export interface ChangeTable {
  number: number;
  /** The id of its activity: distinguishes the change from another with the same number in a restored database. */
  mark: string;
  environment_id: string;
  /** The application whose status may have changed; `all` of the environment, or `none`. */
  concerns: string;
}

/** Tokens issued before are revoked, milliseconds since the epoch. The empty subject stands for all. */
export interface RevocationTable {
  application_id: string;
  subject: string;
  not_before: number;
}

/** The ids of applications that were deleted. */
export interface DepartedApplicationTable {
  application_id: string;
  /** If it is created again, tokens issued before are revoked; milliseconds since the epoch. */
  not_before: number;
}

export interface IdempotencyKeyTable {
  key: string;
  fingerprint: string;
  /** JSON of the first request's value. */
  value: string;
  created_at: string;
}

/** DPoP proofs, which count once. */
export interface UsedProofTable {
  key: string;
  /** Milliseconds since the epoch. */
  expires_at: number;
}

/** What permitted calls have in common: a row for each required scope that was covered, or one without a scope. */
export interface UsageKindTable {
  /** Of the columns below. */
  digest: string;
  /** One of `covered`; empty where that is empty. */
  scope: string;
  /** JSON, like the two last. */
  audience: string;
  route: string;
  required: string | null;
  covered: string;
}

export interface UsageCountTable {
  application_id: string;
  digest: string;
  /** Whole hours since the epoch. */
  hour: number;
  environment_id: string;
  calls: number;
}

/** When the first call in an environment was counted. */
export interface UsageStartTable {
  environment_id: string;
  hour: number;
}

/** The migrations that have run. */
export interface MigrationTable {
  name: string;
  migrated_at: string;
}
