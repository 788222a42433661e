import type { ApplicationCommand, EnvironmentCommand, GrantDates, ResourceCommand, ScopeCommand } from './commands.js';

/** The members that the store adds to every object. */
export interface Stored {
  /** A lower-case UUID. */
  readonly id: string;
  /** 1 when created, one more with each change. */
  readonly version: number;
  /**
   * The entity tag: an opaque string of this very state, other than that of any other state of the object, also after a
   * restore. Characters that an `ETag` may have between its quotes (RFC 9110 §8.8.3).
   */
  readonly tag: string;
  /** RFC 3339, UTC, with milliseconds; both equal when created. */
  readonly createdAt: string;
  readonly updatedAt: string;
}

interface InEnvironment extends Stored {
  readonly environmentId: string;
}

/** The boundary of a tenant: every other object belongs to one. */
export interface Environment extends Stored, EnvironmentCommand {}

/** An API with its own audience, and the scopes that it defines. */
export interface Resource extends InEnvironment, Omit<ResourceCommand, 'type'> {
  readonly type: ResourceType;
}
export const RESOURCE_TYPES = ['OPENID_CONNECT', 'PINGONE_API', 'CUSTOM'] as const;
export type ResourceType = (typeof RESOURCE_TYPES)[number];

export interface ResourceScope extends InEnvironment, ScopeCommand {
  readonly resourceId: string;
}

/** An OAuth client; its id is the `client_id` of its tokens. */
export interface Application extends InEnvironment, ApplicationCommand {}

/** A resource access grant: which scopes of one resource an application may have in its tokens, and when. */
export interface Grant extends InEnvironment, GrantDates {
  readonly applicationId: string;
  readonly resourceId: string;
  readonly scopes: readonly GrantedScope[];
}
export interface GrantedScope extends GrantDates {
  readonly id: string;
  readonly name: string;
}

/** The secret of an application that is rotated: all that is known of it. */
export interface SecretState extends ShownSecret {
  readonly environmentId: string;
  readonly applicationId: string;
  readonly createdAt: string;
  /** The secret that was replaced last, while it is still valid. */
  readonly previous?: ShownSecret & {
    readonly createdAt: string;
    readonly expiresAt: string;
    /** As in {@link ApplicationSecret}. */
    readonly lastUsedAt?: string | undefined;
  };
}

/** One of the valid secrets of an application: with a name, or the one that is rotated, or one that it replaced. */
export interface ApplicationSecret extends ShownSecret {
  /** A lower-case UUID. */
  readonly id: string;
  readonly environmentId: string;
  readonly applicationId: string;
  /** Absent where it came by rotation. */
  readonly name?: string | undefined;
  readonly createdAt: string;
  /** The moment from which it is no longer valid. Absent: it is valid until it is replaced or deleted. */
  readonly expiresAt?: string | undefined;
  /** When it was presented last, to the minute. Absent: never, or before stores kept it. */
  readonly lastUsedAt?: string | undefined;
}

export interface ShownSecret {
  /** The secret itself, where the store is opened to show secrets (`showSecrets`), and it was made by such a store. */
  readonly secret?: string | undefined;
}

/** Tokens issued to an application before a moment are revoked: those for one subject, or all of them. */
export interface Revocation {
  readonly environmentId: string;
  readonly applicationId: string;
  readonly subject?: string | undefined;
  /** RFC 3339. A token issued in the same second is revoked too, because `iat` has whole seconds. */
  readonly notBefore: string;
}

/** An application that holds a scope now, and the granted scopes that include it. */
export interface ScopeHolder {
  readonly application: Application;
  readonly by: readonly (GrantedScope & { readonly grantId: string; readonly resourceId: string })[];
}

export const ACTIVITY_TARGETS = [
  'ENVIRONMENT',
  'RESOURCE',
  'SCOPE',
  'APPLICATION',
  'GRANT',
  'SECRET',
  'REVOCATION',
] as const;
export type ActivityTarget = (typeof ACTIVITY_TARGETS)[number];
export type ActivityType = `${ActivityTarget}.${'CREATED' | 'UPDATED' | 'DELETED'}`;

/** Who changed what, when, from what to what. */
export interface Activity {
  /** A lower-case UUID. */
  readonly id: string;
  readonly environmentId: string;
  readonly recordedAt: string;
  readonly type: ActivityType;
  readonly targetId: string;
  readonly actor: Actor;
  readonly correlationId: string;
  /** The `X-Ping-External-Transaction-ID` of the request. */
  readonly transactionId?: string | undefined;
  /** The object before the change; absent where it was created. Never a secret. */
  readonly before?: object | undefined;
  /** The object after the change; absent where it was deleted. */
  readonly after?: object | undefined;
}

/** The client and the subject of the token that the change came with. */
export interface Actor {
  /** The application. */
  readonly client?: string | undefined;
  readonly subject?: string | undefined;
}

/** The resources that every environment is created with. Scopes can be added to them; they cannot be deleted. */
export const BUILT_IN_RESOURCES: readonly {
  readonly name: string;
  readonly audience: string;
  readonly type: ResourceType;
  readonly description: string;
  readonly scopes: readonly string[];
}[] = [
  {
    name: 'openid',
    audience: 'openid',
    type: 'OPENID_CONNECT',
    description: 'OpenID Connect',
    scopes: ['openid', 'profile', 'email', 'address', 'phone', 'offline_access'],
  },
  {
    name: 'PingOne API',
    audience: 'https://api.pingone.com',
    type: 'PINGONE_API',
    description: 'What users may do with their own records',
    scopes: ['p1:read:self:user', 'p1:update:self:user'],
  },
];
