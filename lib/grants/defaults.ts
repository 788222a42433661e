import type { NewApplicationCommand, NewEnvironmentCommand, ResourceCommand } from './commands.js';

/** `Data` with a name; the store completes the rest. */
type Named<Data extends { readonly name: string }> = Pick<Data, 'name'> & {
  readonly [Member in keyof Data]?: Data[Member] | undefined;
};

/** An environment to create: a name, and what differs from the defaults: a `SANDBOX`. */
export type NewEnvironmentInput = Named<NewEnvironmentCommand>;

/**
 * A resource to create: a name, and what differs from the defaults: its name as audience, tokens for an hour, no tags,
 * no further audiences.
 */
export type NewResourceInput = Named<ResourceCommand>;

/**
 * An application to create: a name, and what differs from the defaults: an enabled `WORKER` that requests tokens by
 * client credentials, with its secret in HTTP Basic, and may request only what it is granted (`Explicit`).
 */
export type NewApplicationInput = Named<NewApplicationCommand>;

const ENVIRONMENT = { type: 'SANDBOX' } as const;

const RESOURCE = {
  type: 'CUSTOM',
  accessTokenValiditySeconds: 3600,
  introspectEndpointAuthMethod: 'CLIENT_SECRET_BASIC',
  applicationPermissionsSettings: { claimEnabled: false },
  tags: [],
  secondaryAudiences: [],
} as const;

const APPLICATION = {
  enabled: true,
  type: 'WORKER',
  protocol: 'OPENID_CONNECT',
  tokenEndpointAuthMethod: 'CLIENT_SECRET_BASIC',
  grantTypes: ['CLIENT_CREDENTIALS'],
  responseTypes: [],
  redirectUris: [],
  postLogoutRedirectUris: [],
  pkceEnforcement: 'OPTIONAL',
  trustScope: 'Explicit',
  allowedTags: [],
  requestScopesForMultipleResourcesEnabled: false,
} as const;

export function completeEnvironment(data: NewEnvironmentInput): NewEnvironmentCommand {
  return complete(ENVIRONMENT, data);
}

export function completeResource(data: NewResourceInput): ResourceCommand {
  return complete({ ...RESOURCE, audience: data.name }, data);
}

export function completeApplication(data: NewApplicationInput): NewApplicationCommand {
  return complete(APPLICATION, data);
}

/** An `undefined` member counts as absent. */
function complete<Data>(defaults: object, data: object): Data {
  const given = Object.entries(data).filter(([, value]) => value !== undefined);
  return { ...structuredClone(defaults), ...Object.fromEntries(given) } as Data;
}
