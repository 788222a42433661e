import type { Selectable } from 'kysely';
import type {
  ApplicationCommand,
  EnvironmentCommand,
  GrantDates,
  ResourceCommand,
  ScopeCommand,
} from '../grants/commands.js';
import type {
  Activity,
  Application,
  Environment,
  Grant,
  GrantedScope,
  Resource,
  ResourceScope,
  ResourceType,
} from '../grants/model.js';
import { addTag } from './entity-tag.js';
import type {
  ActivityTable,
  ApplicationTable,
  EnvironmentTable,
  GrantTable,
  ResourceTable,
  ScopeTable,
} from './schema.js';

/** Maps rows to objects of the model and back. */

interface StoredRow {
  id: string;
  version: number;
  created_at: string;
  updated_at: string;
}

function storedFields({ id, version, created_at: createdAt, updated_at: updatedAt }: StoredRow) {
  return { id, version, createdAt, updatedAt };
}

// Called for every row of a page: an object literal with a spread and many members is slower.
function merge<A extends object, B extends object>(one: A, other: B): A & B {
  return Object.assign(one, other);
}

export function newRow(id: string, now: string): StoredRow {
  return { id, version: 1, created_at: now, updated_at: now };
}

export function changedRow(version: number, now: string) {
  return { version: version + 1, updated_at: now };
}

const described = (description: string | null) => (description === null ? {} : { description });

export function toEnvironment(row: Selectable<EnvironmentTable>): Environment {
  const { name, description, type, region, license_id: licenseId } = row;
  return addTag({
    ...storedFields(row),
    name,
    ...described(description),
    type: type as Environment['type'],
    ...(region !== null && { region }),
    ...(licenseId !== null && { license: { id: licenseId } }),
  });
}

export function fromEnvironment({ name, description, type, region, license }: EnvironmentCommand) {
  return { name, description: description ?? null, type, region: region ?? null, license_id: license?.id ?? null };
}

export function toResource(row: Selectable<ResourceTable>): Resource {
  const item = merge(merge(storedFields(row), described(row.description)), {
    environmentId: row.environment_id,
    name: row.name,
    audience: row.audience,
    type: row.type as ResourceType,
    accessTokenValiditySeconds: row.access_token_validity_seconds,
    introspectEndpointAuthMethod: row.introspect_endpoint_auth_method as Resource['introspectEndpointAuthMethod'],
    applicationPermissionsSettings: { claimEnabled: row.claim_enabled === 1 },
    tags: JSON.parse(row.tags),
    secondaryAudiences: JSON.parse(row.secondary_audiences),
  });
  return addTag(item);
}

export function fromResource(resource: Omit<ResourceCommand, 'type'> & { type: ResourceType }) {
  return {
    name: resource.name,
    description: resource.description ?? null,
    audience: resource.audience,
    type: resource.type,
    access_token_validity_seconds: resource.accessTokenValiditySeconds,
    introspect_endpoint_auth_method: resource.introspectEndpointAuthMethod,
    claim_enabled: resource.applicationPermissionsSettings.claimEnabled ? 1 : 0,
    tags: JSON.stringify(resource.tags),
    secondary_audiences: JSON.stringify(resource.secondaryAudiences),
  };
}

export function toScope(row: Selectable<ScopeTable>): ResourceScope {
  const { environment_id: environmentId, resource_id: resourceId, name, description } = row;
  return addTag({ ...storedFields(row), environmentId, resourceId, name, ...described(description) });
}

export function fromScope({ name, description }: ScopeCommand) {
  return { name, description: description ?? null };
}

export function toApplication(row: Selectable<ApplicationTable>): Application {
  const item = merge(merge(storedFields(row), described(row.description)), {
    environmentId: row.environment_id,
    name: row.name,
    enabled: row.enabled === 1,
    type: row.type as Application['type'],
    protocol: row.protocol as Application['protocol'],
    tokenEndpointAuthMethod: row.token_endpoint_auth_method as Application['tokenEndpointAuthMethod'],
    grantTypes: JSON.parse(row.grant_types),
    responseTypes: JSON.parse(row.response_types),
    redirectUris: JSON.parse(row.redirect_uris),
    postLogoutRedirectUris: JSON.parse(row.post_logout_redirect_uris),
    pkceEnforcement: row.pkce_enforcement as Application['pkceEnforcement'],
    trustScope: row.trust_scope as Application['trustScope'],
    allowedTags: JSON.parse(row.allowed_tags),
    requestScopesForMultipleResourcesEnabled: row.multiple_resources === 1,
  });
  return addTag(item);
}

export function fromApplication(application: ApplicationCommand) {
  return {
    name: application.name,
    description: application.description ?? null,
    enabled: application.enabled ? 1 : 0,
    type: application.type,
    protocol: application.protocol,
    token_endpoint_auth_method: application.tokenEndpointAuthMethod,
    grant_types: JSON.stringify(application.grantTypes),
    response_types: JSON.stringify(application.responseTypes),
    redirect_uris: JSON.stringify(application.redirectUris),
    post_logout_redirect_uris: JSON.stringify(application.postLogoutRedirectUris),
    pkce_enforcement: application.pkceEnforcement,
    trust_scope: application.trustScope,
    allowed_tags: JSON.stringify(application.allowedTags),
    multiple_resources: application.requestScopesForMultipleResourcesEnabled ? 1 : 0,
  };
}

export function toGrant(row: Selectable<GrantTable>, scopes: readonly GrantedScope[]): Grant {
  const { environment_id: environmentId, application_id: applicationId, resource_id: resourceId } = row;
  return addTag({ ...storedFields(row), environmentId, applicationId, resourceId, ...toDates(row), scopes });
}

interface DatesRow {
  not_before: string | null;
  expires_at: string | null;
}

export function toDates({ not_before: notBefore, expires_at: expiresAt }: DatesRow): GrantDates {
  return { ...(notBefore !== null && { notBefore }), ...(expiresAt !== null && { expiresAt }) };
}

export function fromDates({ notBefore, expiresAt }: GrantDates): DatesRow {
  return { not_before: notBefore ?? null, expires_at: expiresAt ?? null };
}

export function toActivity(row: Selectable<ActivityTable>): Activity {
  return {
    id: row.id,
    environmentId: row.environment_id,
    recordedAt: row.recorded_at,
    type: row.type as Activity['type'],
    targetId: row.target_id,
    actor: {
      ...(row.actor_client !== null && { client: row.actor_client }),
      ...(row.actor_subject !== null && { subject: row.actor_subject }),
    },
    correlationId: row.correlation_id,
    ...(row.transaction_id !== null && { transactionId: row.transaction_id }),
    ...(row.before !== null && { before: JSON.parse(row.before) }),
    ...(row.after !== null && { after: JSON.parse(row.after) }),
  };
}

/** Whether `row` has these values already. */
export function isUnchanged(row: object, columns: Readonly<Record<string, unknown>>): boolean {
  return Object.entries(columns).every(([name, value]) => (row as Readonly<Record<string, unknown>>)[name] === value);
}
