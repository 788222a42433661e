import type {
  ApplicationCommand,
  EnvironmentCommand,
  GrantCommand,
  NewSecretCommand,
  ResourceCommand,
  RevocationCommand,
  ScopeCommand,
  ScopeReference,
  Tag,
} from './commands.js';
import type { NewApplicationInput, NewEnvironmentInput, NewResourceInput } from './defaults.js';
import type {
  ApplicationListRequest,
  GrantListRequest,
  ListRequest,
  Page,
  PageRequest,
  ScopeListRequest,
} from './list-request.js';
import type {
  Activity,
  Actor,
  Application,
  ApplicationSecret,
  Environment,
  Grant,
  Resource,
  ResourceScope,
  Revocation,
  ScopeHolder,
  SecretState,
} from './model.js';
import type { ReplayStore } from './replay-store.js';
import type { UsageStore } from './usage.js';

export type { Page, PageRequest, Position } from './list-request.js';

/**
 * Stores environments, applications, resources, scopes and grants: the port between the admin API and a database (policy
 * information point).
 *
 * Every change is one transaction: the change, its {@link Activity} and its change event are stored together or not at
 * all, and are committed before the promise is fulfilled. Changes of one environment run one after another, in all
 * processes: what a change reads is still so when it writes. A change without effect writes nothing.
 *
 * Each method throws {@link StoreUnavailableError} where the database is unavailable or responds too late. Changes throw
 * an {@link AdminError}: `not_found` where what the path names does not exist, in that environment; `invalid_data`
 * where the data contradict what is stored (a name taken, a scope of another resource); `stale` where `ifMatch` does not
 * match; `key_reused`; `forbidden` where an application would change what it is itself granted. Ids are lower-case UUIDs:
 * the caller has checked them.
 */
export interface GrantStore {
  readonly environments: EnvironmentStore;
  readonly resources: ResourceStore;
  readonly scopes: ScopeStore;
  readonly applications: ApplicationStore;
  readonly secrets: SecretStore;
  readonly grants: GrantSubStore;
  readonly activities: ActivityStore;
  readonly changes: ChangeStore;
  /** What may be used once only, for all processes: the `dpop.replayStore` of `senderConstrainedVerifier`. */
  readonly replays: ReplayStore;
  /**
   * Reads one row, for a readiness probe: resolves where the database responds, and says nothing about changes. It waits
   * as long as any read does, so give the probe a time-out of its own.
   */
  ping(): Promise<void>;
  /** How often which scopes were used, from `usageRecorder`. */
  readonly usage: UsageStore;
  /** The current status of an application, which {@link liveGrants} reads. All of one moment. */
  applicationStatus(applicationId: string): Promise<ApplicationStatus>;
  /**
   * Runs `work` as one change: all of it is stored, or nothing. Reads of `tx` see its changes. Where one of its changes
   * is refused, all are. `work` may run again where PostgreSQL reports a conflict, so it should have no other effects.
   * Calling this store within `work` is a `TypeError`: use `tx`.
   */
  transaction<Value>(context: ChangeContext, work: (tx: GrantTransaction) => Promise<Value>): Promise<Change<Value>>;
  /** Waits for the calls in progress, and closes the database. Later calls throw {@link StoreUnavailableError}. */
  close(): Promise<void>;
}

/** The parts of a store within a transaction, whose context is that of all its changes. */
export interface GrantTransaction {
  readonly environments: InTransaction<EnvironmentStore>;
  readonly resources: InTransaction<ResourceStore>;
  readonly scopes: InTransaction<ScopeStore>;
  readonly applications: InTransaction<ApplicationStore>;
  readonly secrets: InTransaction<SecretStore>;
  readonly grants: InTransaction<GrantSubStore>;
  readonly activities: Pick<ActivityStore, 'get' | 'list'>;
  /** As of the changes so far. */
  applicationStatus(applicationId: string): Promise<ApplicationStatus>;
}

/** Changes take conditions in place of a context, and resolve with the value. */
export type InTransaction<Store> = {
  readonly [Name in keyof Store]: Store[Name] extends (
    ...parameters: [...infer Parameters, ChangeContext]
  ) => Promise<Change<infer Value>>
    ? (...parameters: [...Parameters, conditions?: Pick<ChangeContext, 'ifMatch'>]) => Promise<Value>
    : Store[Name];
};

export interface EnvironmentStore {
  create(data: NewEnvironmentInput, context: ChangeContext): Promise<Change<Environment>>;
  replace(id: string, data: EnvironmentCommand, context: ChangeContext): Promise<Change<Environment>>;
  /** Removes everything in it. */
  delete(id: string, context: ChangeContext): Promise<Change<undefined>>;
  get(id: string): Promise<Environment | undefined>;
  list(request: ListRequest): Promise<Page<Environment>>;
}

/** Lists are in the order of ids, which is the order of creation. `undefined` where the parent does not exist. */
export interface ResourceStore {
  create(at: InEnvironment, data: NewResourceInput, context: ChangeContext): Promise<Change<Resource>>;
  replace(at: ResourcePath, data: ResourceCommand, context: ChangeContext): Promise<Change<Resource>>;
  /** Removes its scopes and the grants of it. */
  delete(at: ResourcePath, context: ChangeContext): Promise<Change<undefined>>;
  get(at: ResourcePath): Promise<Resource | undefined>;
  list(at: InEnvironment, request: ListRequest): Promise<Page<Resource> | undefined>;
}

export interface ScopeStore {
  create(at: ResourcePath, data: ScopeCommand, context: ChangeContext): Promise<Change<ResourceScope>>;
  replace(at: ScopePath, data: ScopeCommand, context: ChangeContext): Promise<Change<ResourceScope>>;
  /** Removes it from grants; a grant that had no other scope is removed. */
  delete(at: ScopePath, context: ChangeContext): Promise<Change<undefined>>;
  get(at: ScopePath): Promise<ResourceScope | undefined>;
  /** Of one resource, or of the whole environment. */
  list(at: InEnvironment | ResourcePath, request: ScopeListRequest): Promise<Page<ResourceScope> | undefined>;
  /**
   * The applications of the environment that hold the scope, or one of these names: by a grant that has begun and not
   * ended. The page has no `count`.
   */
  holders(
    at: InEnvironment,
    held: { readonly scopeId: string } | { readonly scopeNames: readonly string[] },
    request: PageRequest,
  ): Promise<Page<ScopeHolder>>;
  /**
   * How many applications of the environment hold each of these scopes directly, by grants as for {@link holders}. No
   * more than `most` of a scope are counted; a scope that nobody holds is not in the result.
   */
  countHolders(at: InEnvironment, scopeIds: readonly string[], most: number): Promise<ReadonlyMap<string, number>>;
}

export interface ApplicationStore {
  create(at: InEnvironment, data: NewApplicationInput, context: ChangeContext): Promise<Change<Application>>;
  replace(at: ApplicationPath, data: ApplicationCommand, context: ChangeContext): Promise<Change<Application>>;
  /** Removes its grants and secrets. */
  delete(at: ApplicationPath, context: ChangeContext): Promise<Change<undefined>>;
  get(at: ApplicationPath): Promise<Application | undefined>;
  list(at: InEnvironment, request: ApplicationListRequest): Promise<Page<Application> | undefined>;
  /**
   * Makes `secret` the application's secret; those with a name stay. The one that it replaces stays valid until `previousExpiresAt`, RFC 3339, for
   * 24 hours by default; earlier ones stay valid until their own end, ten at most. A time that is not in the future ends
   * them all.
   */
  rotateSecret(
    at: ApplicationPath,
    secret: string,
    previousExpiresAt: string | undefined,
    context: ChangeContext,
  ): Promise<Change<SecretState>>;
  /** Ends the earlier secrets that are still valid. */
  endPreviousSecrets(at: ApplicationPath, context: ChangeContext): Promise<Change<undefined>>;
  /** The secret that is rotated. */
  secret(at: ApplicationPath): Promise<SecretState | undefined>;
  /**
   * Whether `candidate` is one of the application's valid secrets, of whatever kind. Notes the use of the secret, at most
   * once a minute, and does not wait for that to be stored. (Within a transaction no use is noted.)
   */
  hasSecret(at: ApplicationPath, candidate: string): Promise<boolean>;
  /**
   * Revokes what was issued to the application before now: to one subject, or to all where there is none.
   *
   * @param revoked a subject, or a {@link RevocationCommand}
   */
  revokeTokens(
    at: ApplicationPath,
    revoked: string | RevocationCommand | undefined,
    context: ChangeContext,
  ): Promise<Change<Revocation>>;
}

/**
 * The valid secrets of applications, in the order of their creation. Each is valid on its own, so that one can be replaced
 * by another without a moment at which both must change. One that has expired is gone.
 */
export interface SecretStore {
  /** Adds a secret with a name; ten at most. The value never has the secret itself. */
  create(
    at: ApplicationPath,
    data: NewSecretCommand,
    secret: string,
    context: ChangeContext,
  ): Promise<Change<ApplicationSecret>>;
  /** Ends a secret, also one without a name. */
  delete(at: SecretPath, context: ChangeContext): Promise<Change<undefined>>;
  get(at: SecretPath): Promise<ApplicationSecret | undefined>;
  /** Those with a name, and those that came by rotation. Never shows the secrets themselves. */
  list(at: ApplicationPath, request: PageRequest): Promise<Page<ApplicationSecret> | undefined>;
}

/** A grant that has ended stays until it is deleted: it is listed with its dates, and covers nothing. */
export interface GrantSubStore {
  create(at: ApplicationPath, data: GrantCommand, context: ChangeContext): Promise<Change<Grant>>;
  /** Gives the grant these scopes and dates; `data.resource` must be the stored one. */
  replace(at: GrantPath, data: GrantCommand, context: ChangeContext): Promise<Change<Grant>>;
  delete(at: GrantPath, context: ChangeContext): Promise<Change<undefined>>;
  get(at: GrantPath): Promise<Grant | undefined>;
  list(at: ApplicationPath, request: GrantListRequest): Promise<Page<Grant> | undefined>;
  /** The grants of a resource, in the order of their applications. A page has a `count` only where it is the whole list. */
  listOfResource(at: ResourcePath, request: PageRequest): Promise<Page<Grant> | undefined>;
  /** Scopes that it has already keep the dates that `scopes` does not name. */
  addScopes(at: GrantPath, scopes: readonly ScopeReference[], context: ChangeContext): Promise<Change<Grant>>;
  /** `not_found` where the grant lacks it; the last scope of a grant cannot be removed. */
  removeScope(at: GrantPath, scopeId: string, context: ChangeContext): Promise<Change<undefined>>;
  /** Replaces all grants of the application; unchanged ones are not touched. */
  setAll(at: ApplicationPath, grants: readonly GrantCommand[], context: ChangeContext): Promise<Change<Grant[]>>;
}

export interface ActivityStore {
  get(at: ActivityPath): Promise<Activity | undefined>;
  /** Newest first. The page has no `count`. */
  list(at: InEnvironment, filter: ActivityFilter, request: PageRequest): Promise<Page<Activity> | undefined>;
  /**
   * The whole history of an environment, oldest first, read in batches; none where the environment never existed. The
   * history of an environment that was deleted is still there.
   *
   * @example
   * for await (const activity of store.activities.export(at)) file.write(`${JSON.stringify(activity)}\n`);
   */
  export(at: InEnvironment): AsyncIterable<Activity>;
  /**
   * Replaces a person's identifier by `erased` in the history of an environment, also of one that was deleted: where it is
   * the client or the subject of the actor, and where it is the `subject` of a revocation. It is compared exactly. Names and
   * descriptions are not searched. Revocations stay in force. The erasure itself leaves no activity.
   *
   * @returns how many activities had it
   * @throws {TypeError} for an empty identifier
   */
  erase(at: InEnvironment, identifier: string): Promise<number>;
}

/** The change feed, which live grants follow. */
export interface ChangeStore {
  /** Reads the next batch of changes after `position`, those of other processes included, in the order of their numbers. */
  since(position: FeedPosition): Promise<ChangeFeed>;
  /**
   * Calls `listener` when the feed may have grown: with the events before a change made by this store resolves; without
   * events soon after another process committed one. A call may be missed while a connection is down: poll
   * {@link ChangeStore.since} as well.
   *
   * @returns unsubscribes
   */
  subscribe(listener: (events: readonly ChangeEvent[]) => void): () => void;
}

export interface InEnvironment {
  readonly environmentId: string;
}
export interface ResourcePath extends InEnvironment {
  readonly resourceId: string;
}
export interface ScopePath extends ResourcePath {
  readonly scopeId: string;
}
export interface ApplicationPath extends InEnvironment {
  readonly applicationId: string;
}
export interface SecretPath extends ApplicationPath {
  readonly secretId: string;
}
export interface GrantPath extends ApplicationPath {
  readonly grantId: string;
}
export interface ActivityPath extends InEnvironment {
  readonly activityId: string;
}

/** The caller of a change, and its conditions. */
export interface ChangeContext {
  readonly actor: Actor;
  /** A UUID. */
  readonly correlationId: string;
  readonly transactionId?: string | undefined;
  /** Returns what would change, and changes nothing. */
  readonly dryRun?: boolean | undefined;
  /** The tags that the object may have; `'*'` for any. A new object and a set of grants have none: they are `stale`. */
  readonly ifMatch?: '*' | readonly string[] | undefined;
  /** A repetition with the same key and fingerprint within 24 hours returns the first value and changes nothing. */
  readonly idempotency?: { readonly key: string; readonly fingerprint: string } | undefined;
}

export interface Change<Value> {
  readonly value: Value;
  /** What was changed, or would be; empty for a change without effect, and for a repetition. */
  readonly activities: readonly Activity[];
  /** Whether this is the value of an earlier request with the same `Idempotency-Key`. */
  readonly replayed: boolean;
}

export interface ActivityFilter {
  /** Changes of this application or its grants, including deletions of scopes and resources. */
  readonly applicationId?: string | undefined;
  /** The client or the subject of the token. */
  readonly actor?: string | undefined;
  /** RFC 3339, UTC, with milliseconds: from this moment, and until before that one. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** The status of an application. */
export interface ApplicationStatus {
  /** The number of the latest change that it takes into account; 0 before the first change. */
  readonly number: number;
  /** The place in the change feed after that change. */
  readonly position: FeedPosition;
  /** `unknown`: never created. `gone`: deleted. */
  readonly state: 'enabled' | 'disabled' | 'gone' | 'unknown';
  readonly environmentId?: string | undefined;
  /** Every scope that it is granted, once for each resource. A grant counts within its dates only, by the clock of the reader. */
  readonly grants: readonly StatusGrant[];
  /**
   * The resources that its tokens may be for. `Explicit`: those of its grants. Absent: the source has no trust scopes, and
   * a token for the account or for tags is compared with all grants.
   */
  readonly trustScope?: ApplicationCommand['trustScope'] | undefined;
  /** The tags that its tokens may be for, where the trust scope is `Tags`. Default none. */
  readonly allowedTags?: readonly Tag[] | undefined;
  /** The resources that the trust scope opens to it without a grant of them. Default none. */
  readonly reachable?: readonly ReachableResource[] | undefined;
  /** Milliseconds since the epoch: tokens issued to it before are revoked. */
  readonly notBefore?: number;
  /** The same for single subjects. */
  readonly subjectsNotBefore: ReadonlyMap<string, number>;
}

/** A scope that an application is granted. */
export interface StatusGrant {
  /** The primary audience of the resource that defines the scope. */
  readonly audience: string;
  /** The other audiences of that resource. Default none. */
  readonly secondaryAudiences?: readonly string[] | undefined;
  readonly scope: string;
  /**
   * Whether the grant counts for tokens of every audience: its resource is a built-in one (OpenID Connect, the PingOne
   * API), whose scopes go with tokens for others, and no other resource defines this name. Default `false`.
   */
  readonly isForEveryAudience?: boolean | undefined;
  /** Milliseconds since the epoch: the grant counts from then on. Absent: from the beginning. */
  readonly notBefore?: number | undefined;
  /** Milliseconds since the epoch: the grant counts until just before. Absent: without end. */
  readonly expiresAt?: number | undefined;
}

/**
 * A custom resource that an application may request tokens for without a grant of it: with the trust scope `Account` and
 * `urn:opc:resource:consumer::all` any of its environment, with `Tags` those with an allowed tag.
 */
export interface ReachableResource {
  /** The primary one, and the others. */
  readonly audiences: readonly string[];
  /** The scopes that it defines, where the application is granted `urn:opc:resource:consumer::all`; none otherwise. */
  readonly scopes: readonly string[];
}

/** A committed change in the feed: which applications it affects, not what it changed. */
export interface ChangeEvent {
  /** Rising without gaps, in the order of the commits. */
  readonly number: number;
  /** The place in the change feed after this change. */
  readonly position: FeedPosition;
  readonly environmentId: string;
  /** The application whose status it may have changed; `'all'` of the environment, or `'none'`. */
  readonly affects: string;
}

/**
 * A place in the change feed: after a change. Opaque: only the source that made it reads it. It names that very change:
 * where the feed does not have it, as after a restore, {@link ChangeFeed.hasGap} is true.
 */
export type FeedPosition = string;

export interface ChangeFeed {
  readonly events: readonly ChangeEvent[];
  /** Whether there are more events after the last of these. */
  readonly hasMore: boolean;
  /** Whether the feed does not continue from the position: anything may have changed. Then there are no events. */
  readonly hasGap: boolean;
  /** After the last of the events; the end of the feed where there is a gap. */
  readonly position: FeedPosition;
}
