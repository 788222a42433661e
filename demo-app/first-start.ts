import { randomBytes } from 'node:crypto';
import { CONSUMER_ALL, MY_SCOPES } from 'scopegate';
import { AdminError, type ChangeContext, type NewApplicationCommand, type ResourceCommand } from 'scopegate/admin';
import { readAllPages } from './authorization-server/all-pages.js';
import type { Registry } from './authorization-server/clients.js';
import type { Records } from './authorization-server/records.js';
import { ensureUsers, USERS } from './authorization-server/users.js';
import { STORY_SCOPES } from './front-door/scopes.js';

/** The values that the commands and pages of the demo need; printed at each start. */
export interface Shown {
  /**
   * The application that may administer, and request every scope of the walk-through. Once its secret was rotated, a
   * variable replaces the new one, which nobody showed here.
   */
  readonly operator: { readonly clientId: string; readonly clientSecret: string };
  /** An application for people, without a secret. */
  readonly browser: { readonly clientId: string; readonly redirectPath: string; readonly scope: string };
  readonly users: readonly string[];
  readonly password: string;
  /** The environment and resource, and a scope that neither application holds. */
  readonly environmentId: string;
  readonly resource: string;
  readonly otherScope: string;
}

/** Ids that are the same in every demo, so that walkthrough.http can name them. */
const OPERATOR = 'd3300000-0000-4000-8000-000000000001';
const BROWSER = 'd3300000-0000-4000-8000-000000000002';
const REDIRECT_PATH = '/signed-in';

const SCOPES_OF_OPERATOR = [CONSUMER_ALL, 'urn:opc:resource:consumer:paas::read', MY_SCOPES];
const SCOPE_OF_BROWSER = 'urn:opc:resource:consumer:paas:analytics::read';
const OTHER_SCOPE = 'urn:opc:resource:consumer:paas:analytics::write';

/**
 * Creates the objects of the demo: a resource with its scopes, two applications with their grants, two users.
 *
 * Each part is made unless it is there, so that it does not matter how many processes do it at once, or where one of them
 * stopped. Once all of it was there nothing is made again: what is deleted later stays deleted.
 *
 * The operator's secret and the password of the users are kept as they are, beside the digests that are compared: a demo
 * prints them at each start. Anyone who can read the database can sign tokens anyway.
 */
export async function ensureBeginning(registry: Registry, records: Records): Promise<Shown> {
  const { secret } = await records.keep(SHOWN, 'operator-secret', { secret: randomBytes(32).toString('base64url') });
  const { password } = await records.keep(SHOWN, 'password', { password: randomBytes(9).toString('base64url') });
  if ((await records.find(SHOWN, 'complete')) === undefined) {
    await ensureUsers(records, String(password));
    await ensureGrants(registry, String(secret));
    await records.keep(SHOWN, 'complete', {});
  }
  const { store, environmentId } = registry;
  const isGood = await store.applications.hasSecret({ environmentId, applicationId: OPERATOR }, String(secret));
  return {
    operator: { clientId: OPERATOR, clientSecret: isGood ? String(secret) : '$CLIENT_SECRET' },
    browser: { clientId: BROWSER, redirectPath: REDIRECT_PATH, scope: SCOPE_OF_BROWSER },
    users: USERS,
    password: String(password),
    environmentId: registry.environmentId,
    resource: RESOURCE.name,
    otherScope: OTHER_SCOPE,
  };
}

const SHOWN = 'Shown';

const DESCRIBED = new Map(STORY_SCOPES.map((scope) => [scope.name, scope]));

async function ensureGrants({ store, environmentId }: Registry, secret: string): Promise<void> {
  const at = { environmentId };
  const context = (): ChangeContext => ({ actor: {}, correlationId: crypto.randomUUID() });
  const description = 'Made on first start';

  await unlessThere(store.resources.create(at, { ...RESOURCE, description }, context()));
  const resources = await readAllPages((page) => store.resources.list(at, page));
  const resource = resources.find(({ name }) => name === RESOURCE.name);
  if (resource === undefined) throw new Error(`The resource "${RESOURCE.name}" is missing: delete the database.`);
  for (const name of [...SCOPES_OF_OPERATOR, SCOPE_OF_BROWSER, OTHER_SCOPE]) {
    const scope = DESCRIBED.get(name) ?? { name };
    await unlessThere(store.scopes.create({ ...at, resourceId: resource.id }, scope, context()));
  }

  const ensureApplication = async (application: NewApplicationCommand & { id: string }, scopes: readonly string[]) => {
    await unlessThere(store.applications.create(at, { ...application, description }, context()));
    const grant = { resource: { id: resource.id }, scopes: scopes.map((name) => ({ name })) };
    await unlessThere(store.grants.create({ ...at, applicationId: application.id }, grant, context()));
  };
  await ensureApplication(OPERATOR_APPLICATION, SCOPES_OF_OPERATOR);
  await ensureApplication(BROWSER_APPLICATION, [SCOPE_OF_BROWSER]);

  const operator = { ...at, applicationId: OPERATOR };
  if (!(await store.applications.hasSecret(operator, secret)))
    await store.applications.rotateSecret(operator, secret, undefined, context());
}

async function unlessThere(creation: Promise<unknown>): Promise<void> {
  await creation.catch((error) => {
    if (!(error instanceof AdminError)) throw error;
  });
}

const RESOURCE: ResourceCommand = {
  name: 'Demo',
  audience: 'urn:example:demo',
  type: 'CUSTOM',
  accessTokenValiditySeconds: 3600,
  introspectEndpointAuthMethod: 'CLIENT_SECRET_BASIC',
  applicationPermissionsSettings: { claimEnabled: false },
  tags: [],
  secondaryAudiences: [],
};

const APPLICATION: Pick<NewApplicationCommand, CommonMember> = {
  enabled: true,
  protocol: 'OPENID_CONNECT',
  responseTypes: [],
  redirectUris: [],
  postLogoutRedirectUris: [],
  trustScope: 'Account',
  allowedTags: [],
  requestScopesForMultipleResourcesEnabled: false,
};
type CommonMember =
  | 'enabled'
  | 'protocol'
  | 'responseTypes'
  | 'redirectUris'
  | 'postLogoutRedirectUris'
  | 'trustScope'
  | 'allowedTags'
  | 'requestScopesForMultipleResourcesEnabled';

const OPERATOR_APPLICATION = {
  ...APPLICATION,
  id: OPERATOR,
  name: 'Operator',
  type: 'WORKER',
  tokenEndpointAuthMethod: 'CLIENT_SECRET_BASIC',
  grantTypes: ['CLIENT_CREDENTIALS'],
  pkceEnforcement: 'OPTIONAL',
} satisfies NewApplicationCommand;

/** A native application, so that its redirect URI is valid for any port (RFC 8252 §7.3). */
const BROWSER_APPLICATION = {
  ...APPLICATION,
  id: BROWSER,
  name: 'Browser',
  type: 'NATIVE_APP',
  tokenEndpointAuthMethod: 'NONE',
  grantTypes: ['AUTHORIZATION_CODE', 'REFRESH_TOKEN'],
  responseTypes: ['CODE'],
  redirectUris: [`http://127.0.0.1${REDIRECT_PATH}`],
  pkceEnforcement: 'S256_REQUIRED',
} satisfies NewApplicationCommand;
