import { randomBytes } from 'node:crypto';
import { CONSUMER_ALL, MY_SCOPES } from 'scopegate';
import { applyDocument, type GrantsDocument } from 'scopegate/admin';
import type { Registry } from './authorization-server/clients.js';
import type { Records } from './authorization-server/records.js';
import { ensureUsers, USERS } from './authorization-server/users.js';
import { STORY_SCOPES } from './front-door/scopes.js';
import { NEW_ENVIRONMENT } from './grants.js';

/** The values that the commands and pages of the demo need; printed at each start. */
export interface Shown {
  /**
   * The application that may administer, and request every scope of the walk-through. Once its secret was rotated, a
   * variable replaces the new one, which nobody showed here.
   */
  readonly operator: { readonly clientId: string; readonly clientSecret: string };
  /** An application for people, without a secret. */
  readonly browser: { readonly clientId: string; readonly redirectPath: string; readonly scope: string };
  /** The application of the console, without a secret: people who sign in with it may administer. */
  readonly console: { readonly clientId: string; readonly path: string; readonly scope: string };
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
const CONSOLE = 'd3300000-0000-4000-8000-000000000003';
const REDIRECT_PATH = '/signed-in';
const CONSOLE_PATH = '/console/';

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
    console: { clientId: CONSOLE, path: CONSOLE_PATH, scope: `${MY_SCOPES} offline_access` },
    users: USERS,
    password: String(password),
    environmentId: registry.environmentId,
    resource: RESOURCE,
    otherScope: OTHER_SCOPE,
  };
}

const SHOWN = 'Shown';

const DESCRIBED = new Map(STORY_SCOPES.map((scope) => [scope.name, scope]));

/** Applies the document, which is whole or not there; then the secret, which no document has. */
async function ensureGrants({ store, environmentId }: Registry, secret: string): Promise<void> {
  await applyDocument(store, DOCUMENT);
  const operator = { environmentId, applicationId: OPERATOR };
  if (!(await store.applications.hasSecret(operator, secret))) {
    const context = { actor: {}, correlationId: crypto.randomUUID() };
    await store.applications.rotateSecret(operator, secret, undefined, context);
  }
}

const RESOURCE = 'Demo';
const description = 'Made on first start';

const DOCUMENT: GrantsDocument = {
  environment: NEW_ENVIRONMENT,
  resources: [
    {
      name: RESOURCE,
      description,
      audience: 'urn:example:demo',
      scopes: [...SCOPES_OF_OPERATOR, SCOPE_OF_BROWSER, OTHER_SCOPE].map((name) => DESCRIBED.get(name) ?? { name }),
    },
  ],
  applications: [
    {
      id: OPERATOR,
      name: 'Operator',
      description,
      trustScope: 'Account',
      grants: [{ resource: RESOURCE, scopes: SCOPES_OF_OPERATOR }],
    },
    {
      id: BROWSER,
      name: 'Browser',
      description,
      type: 'NATIVE_APP', // its redirect URI is valid for any port (RFC 8252 §7.3)
      tokenEndpointAuthMethod: 'NONE',
      grantTypes: ['AUTHORIZATION_CODE', 'REFRESH_TOKEN'],
      responseTypes: ['CODE'],
      redirectUris: [`http://127.0.0.1${REDIRECT_PATH}`],
      pkceEnforcement: 'S256_REQUIRED',
      trustScope: 'Account',
      grants: [{ resource: RESOURCE, scopes: [SCOPE_OF_BROWSER] }],
    },
    {
      id: CONSOLE,
      name: 'Console',
      description,
      type: 'NATIVE_APP',
      tokenEndpointAuthMethod: 'NONE',
      grantTypes: ['AUTHORIZATION_CODE', 'REFRESH_TOKEN'],
      responseTypes: ['CODE'],
      redirectUris: [`http://127.0.0.1${CONSOLE_PATH}`],
      pkceEnforcement: 'S256_REQUIRED',
      trustScope: 'Account',
      grants: [{ resource: RESOURCE, scopes: [MY_SCOPES] }],
    },
  ],
};
