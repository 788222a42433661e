import { z } from 'zod';
import { applicationCommand, environmentCommand, resourceCommand, scopeCommand } from '../grants/commands.js';
import {
  ACTIVITY_TARGETS,
  type Activity,
  type Application,
  type Environment,
  type Grant,
  RESOURCE_TYPES,
  type Resource,
  type ResourceScope,
  type Revocation,
  type ScopeHolder,
  type SecretState,
} from '../grants/model.js';

/**
 * The bodies of answers: HAL, members in the order in which PingOne documents them. Each has its schema, for the OpenAPI
 * document, above the function that builds it.
 */

/** Makes the address of a path of the API. */
export type Href = (path: string) => string;

const link = z.object({ href: z.string() });
const links = <Name extends string>(...names: readonly Name[]) =>
  z.object(Object.fromEntries(names.map((name) => [name, link])) as Record<Name, typeof link>);
const uuid = z.guid();
const reference = z.object({ id: uuid });
const time = z.iso.datetime({ precision: 3 });
const times = { createdAt: time, updatedAt: time };

function linksTo<Name extends string>(href: Href, paths: Readonly<Record<Name, string>>) {
  const entries = Object.entries<string>(paths).map(([name, path]) => [name, { href: href(path) }]);
  return Object.fromEntries(entries) as Record<Name, { href: string }>;
}

function timesOf({ createdAt, updatedAt }: { createdAt: string; updatedAt: string }) {
  return { createdAt, updatedAt };
}

export const paths = {
  environment: (id: string) => `/environments/${id}`,
  resource: (at: { environmentId: string; resourceId: string }) => {
    return `/environments/${at.environmentId}/resources/${at.resourceId}`;
  },
  application: (at: { environmentId: string; applicationId: string }) => {
    return `/environments/${at.environmentId}/applications/${at.applicationId}`;
  },
};

export const environmentBody = z
  .object({
    _links: links('self', 'applications', 'resources', 'scopes', 'activities'),
    id: uuid,
    ...environmentCommand.shape,
    ...times,
  })
  .meta({ id: 'Environment' });

export function representEnvironment(environment: Environment, href: Href) {
  const { id, name, description, type } = environment;
  const self = paths.environment(id);
  return {
    _links: linksTo(href, {
      self,
      applications: `${self}/applications`,
      resources: `${self}/resources`,
      scopes: `${self}/scopes`,
      activities: `${self}/activities`,
    }),
    id,
    name,
    description,
    type,
    ...timesOf(environment),
  };
}

export const scopeBody = z
  .object({
    _links: links('self', 'environment', 'resource', 'applications'),
    id: uuid,
    environment: reference,
    resource: reference,
    ...scopeCommand.shape,
    ...times,
  })
  .meta({ id: 'Scope' });

export function representScope(scope: ResourceScope, href: Href) {
  const { id, environmentId, resourceId, name, description } = scope;
  const resource = paths.resource({ environmentId, resourceId });
  const self = `${resource}/scopes/${id}`;
  return {
    _links: linksTo(href, {
      self,
      environment: paths.environment(environmentId),
      resource,
      applications: `${self}/applications`,
    }),
    id,
    environment: { id: environmentId },
    resource: { id: resourceId },
    name,
    description,
    ...timesOf(scope),
  };
}

export const resourceBody = z
  .object({
    _links: links('self', 'environment', 'scopes'),
    _embedded: z.object({ scopes: z.array(scopeBody) }).optional(),
    id: uuid,
    environment: reference,
    ...resourceCommand.in.shape,
    type: z.enum(RESOURCE_TYPES),
    audience: z.string(),
    ...times,
  })
  .meta({ id: 'Resource' });

/** @param scopes of the resource, where the request asks for them; of many, the first */
export function representResource(resource: Resource, href: Href, scopes?: readonly ResourceScope[]) {
  const { id, version: _, environmentId, createdAt, updatedAt, name, description, type, ...rest } = resource;
  const self = paths.resource({ environmentId, resourceId: id });
  return {
    _links: linksTo(href, { self, environment: paths.environment(environmentId), scopes: `${self}/scopes` }),
    ...(scopes !== undefined && { _embedded: { scopes: scopes.map((scope) => representScope(scope, href)) } }),
    id,
    environment: { id: environmentId },
    name,
    description,
    type,
    ...rest,
    createdAt,
    updatedAt,
  };
}

export const applicationBody = z
  .object({
    _links: links('self', 'environment', 'grants', 'secret'),
    id: uuid,
    environment: reference,
    ...applicationCommand.shape,
    ...times,
  })
  .meta({ id: 'Application' });

export function representApplication(application: Application, href: Href) {
  const { id, version: _, environmentId, createdAt, updatedAt, name, description, ...rest } = application;
  const self = paths.application({ environmentId, applicationId: id });
  return {
    _links: linksTo(href, {
      self,
      environment: paths.environment(environmentId),
      grants: `${self}/grants`,
      secret: `${self}/secret`,
    }),
    id,
    environment: { id: environmentId },
    name,
    description,
    ...rest,
    createdAt,
    updatedAt,
  };
}

export const grantBody = z
  .object({
    _links: links('self', 'environment', 'application', 'resource'),
    id: uuid,
    environment: reference,
    resource: reference,
    application: reference,
    scopes: z.array(z.object({ id: uuid, name: z.string().optional() })),
    ...times,
  })
  .meta({ id: 'Grant' });

/** @param withNames names the scopes as well, where the request asks for it */
export function representGrant(grant: Grant, href: Href, withNames = false) {
  const { id, environmentId, applicationId, resourceId, scopes } = grant;
  const application = paths.application({ environmentId, applicationId });
  return {
    _links: linksTo(href, {
      self: `${application}/grants/${id}`,
      environment: paths.environment(environmentId),
      application,
      resource: paths.resource({ environmentId, resourceId }),
    }),
    id,
    environment: { id: environmentId },
    resource: { id: resourceId },
    application: { id: applicationId },
    scopes: scopes.map((scope) => (withNames ? { id: scope.id, name: scope.name } : { id: scope.id })),
    ...timesOf(grant),
  };
}

const secretState = {
  _links: links('self', 'environment', 'application'),
  environment: reference,
  application: reference,
  createdAt: time,
  previous: z.object({ createdAt: time, expiresAt: time }).optional(),
};
export const secretStateBody = z.object(secretState).meta({ id: 'SecretState' });
/** Of the one answer that shows a secret: the one that makes it. */
export const secretBody = z
  .object({ ...secretState, secret: z.string().optional().meta({ description: 'here, and nowhere else' }) })
  .meta({ id: 'Secret' });

export function representSecret(state: SecretState, href: Href, secret?: string) {
  const { environmentId, applicationId, createdAt, previous } = state;
  const application = paths.application(state);
  return {
    _links: linksTo(href, {
      self: `${application}/secret`,
      environment: paths.environment(environmentId),
      application,
    }),
    environment: { id: environmentId },
    application: { id: applicationId },
    ...(secret !== undefined && { secret }),
    createdAt,
    ...(previous && { previous }),
  };
}

export const revocationBody = z
  .object({
    _links: links('environment', 'application'),
    environment: reference,
    application: reference,
    subject: z.string().optional(),
    notBefore: time.meta({ description: 'tokens issued before are void, and those of the same second' }),
  })
  .meta({ id: 'Revocation' });

export function representRevocation(revocation: Revocation, href: Href) {
  const { environmentId, applicationId, subject, notBefore } = revocation;
  return {
    _links: linksTo(href, {
      environment: paths.environment(environmentId),
      application: paths.application(revocation),
    }),
    environment: { id: environmentId },
    application: { id: applicationId },
    ...(subject !== undefined && { subject }),
    notBefore,
  };
}

export const holderBody = z
  .object({
    ...applicationBody.shape,
    heldBy: z.array(
      z.object({ scope: z.object({ id: uuid, name: z.string() }), grant: reference, resource: reference }),
    ),
  })
  .meta({ id: 'ScopeHolder' });

export function representHolder({ application, by }: ScopeHolder, href: Href) {
  return {
    ...representApplication(application, href),
    heldBy: by.map(({ id, name, grantId, resourceId }) => ({
      scope: { id, name },
      grant: { id: grantId },
      resource: { id: resourceId },
    })),
  };
}

const snapshot = z.record(z.string(), z.unknown()).optional();
const activityType = z.enum(
  ACTIVITY_TARGETS.flatMap((target) => [`${target}.CREATED`, `${target}.UPDATED`, `${target}.DELETED`] as const),
);
const changed = {
  action: z.object({ type: activityType }),
  resources: z.array(z.object({ type: z.enum(ACTIVITY_TARGETS), id: uuid })),
  before: snapshot,
  after: snapshot,
};

export const activityBody = z
  .object({
    id: uuid,
    environment: reference,
    recordedAt: time,
    correlationId: z.string(),
    externalTransactionId: z.string().optional(),
    actors: z.object({
      client: z.object({ id: z.string() }).optional(),
      user: z.object({ id: z.string() }).optional(),
    }),
    ...changed,
  })
  .meta({ id: 'Activity' });

export function representActivity(activity: Activity) {
  const { id, environmentId, recordedAt, correlationId, transactionId, actor } = activity;
  return {
    id,
    environment: { id: environmentId },
    recordedAt,
    correlationId,
    ...(transactionId !== undefined && { externalTransactionId: transactionId }),
    actors: {
      ...(actor.client !== undefined && { client: { id: actor.client } }),
      ...(actor.subject !== undefined && { user: { id: actor.subject } }),
    },
    ...representChange(activity),
  };
}

export const dryRunBody = z
  .object({ dryRun: z.literal(true), changes: z.array(z.object(changed)) })
  .meta({ id: 'DryRun', description: 'what would change; nothing has' });

export function representDryRun(activities: readonly Activity[]) {
  return { dryRun: true, changes: activities.map(representChange) };
}

function representChange({ type, targetId, before, after }: Activity) {
  const [target] = type.split('.');
  return {
    action: { type },
    resources: [{ type: target, id: targetId }],
    ...(before !== undefined && { before }),
    ...(after !== undefined && { after }),
  };
}

export const problemSchema = z
  .object({
    id: z.string(),
    code: z.string(),
    message: z.string(),
    details: z
      .array(
        z.object({
          code: z.string(),
          target: z.string().optional(),
          message: z.string(),
          innerError: z.record(z.string(), z.unknown()).optional(),
        }),
      )
      .optional(),
  })
  .meta({ id: 'Problem' });

/** A page of a list: `count` is that of the list, `size` that of the page. */
export function collectionBody(name: string, item: z.ZodType) {
  return z.object({
    _links: z.object({ self: link, next: link.optional(), prev: link.optional() }),
    _embedded: z.object({ [name]: z.array(item) }),
    count: z.int().optional(),
    size: z.int(),
  });
}
