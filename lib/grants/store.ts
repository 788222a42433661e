import type {
  ApplicationCommand,
  EnvironmentCommand,
  GrantCommand,
  NewApplicationCommand,
  NewEnvironmentCommand,
  ResourceCommand,
  ScopeCommand,
  ScopeReference,
} from './commands.js';
import type {
  Activity,
  Actor,
  Application,
  Environment,
  Grant,
  Resource,
  ResourceScope,
  Revocation,
  ScopeHolder,
  SecretState,
} from './model.js';

/**
 * Where environments, applications, resources, scopes and grants are kept: the port between the admin API and a
 * database (policy information point).
 *
 * Every change is one transaction: the change, its {@link Activity} and its change event are stored together or not at
 * all, and a promise that is fulfilled was committed. Changes take turns, in every process: what one reads it still
 * finds when it writes. A change that would change nothing writes nothing.
 *
 * Each method throws {@link StoreOutage} where the database cannot be reached or cannot answer in time. Changes throw
 * an {@link AdminProblem}: `not_found` where what the path names does not exist, in that environment; `invalid_data`
 * where the data contradict what is stored (a name taken, a scope of another resource); `stale` where `ifMatch` does not
 * hold; `key_reused`; `forbidden` where an application would change what it is itself granted. Ids are lower-case UUIDs:
 * the caller has checked them.
 */
export interface GrantStore {
  createEnvironment(data: NewEnvironmentCommand, context: ChangeContext): Promise<Change<Environment>>;
  replaceEnvironment(id: string, data: EnvironmentCommand, context: ChangeContext): Promise<Change<Environment>>;
  /** Removes all that lies in it. */
  deleteEnvironment(id: string, context: ChangeContext): Promise<Change<undefined>>;

  createResource(at: InEnvironment, data: ResourceCommand, context: ChangeContext): Promise<Change<Resource>>;
  replaceResource(at: ResourcePath, data: ResourceCommand, context: ChangeContext): Promise<Change<Resource>>;
  /** Removes its scopes and the grants of it. */
  deleteResource(at: ResourcePath, context: ChangeContext): Promise<Change<undefined>>;

  createScope(at: ResourcePath, data: ScopeCommand, context: ChangeContext): Promise<Change<ResourceScope>>;
  replaceScope(at: ScopePath, data: ScopeCommand, context: ChangeContext): Promise<Change<ResourceScope>>;
  /** Drops it from grants; a grant that had no other is removed. */
  deleteScope(at: ScopePath, context: ChangeContext): Promise<Change<undefined>>;

  createApplication(
    at: InEnvironment,
    data: NewApplicationCommand,
    context: ChangeContext,
  ): Promise<Change<Application>>;
  replaceApplication(
    at: ApplicationPath,
    data: ApplicationCommand,
    context: ChangeContext,
  ): Promise<Change<Application>>;
  /** Removes its grants and secrets. */
  deleteApplication(at: ApplicationPath, context: ChangeContext): Promise<Change<undefined>>;
  /** Makes `secret` the application's secret; the one before stays good until `previousExpiresAt`, RFC 3339. */
  rotateSecret(
    at: ApplicationPath,
    secret: string,
    previousExpiresAt: string | undefined,
    context: ChangeContext,
  ): Promise<Change<SecretState>>;

  /** Voids what was issued to the application before now: to one subject, or to all where there is none. */
  revokeTokens(at: ApplicationPath, subject: string | undefined, context: ChangeContext): Promise<Change<Revocation>>;

  createGrant(at: ApplicationPath, data: GrantCommand, context: ChangeContext): Promise<Change<Grant>>;
  /** Gives the grant these scopes; `data.resource` must be the stored one. */
  replaceGrant(at: GrantPath, data: GrantCommand, context: ChangeContext): Promise<Change<Grant>>;
  deleteGrant(at: GrantPath, context: ChangeContext): Promise<Change<undefined>>;
  addGrantScopes(at: GrantPath, scopes: readonly ScopeReference[], context: ChangeContext): Promise<Change<Grant>>;
  /** `not_found` where the grant lacks it; the last scope of a grant cannot be removed. */
  removeGrantScope(at: GrantPath, scopeId: string, context: ChangeContext): Promise<Change<undefined>>;
  /** Makes these the application's grants, all of them; those that are so already are not touched. */
  setGrants(at: ApplicationPath, grants: readonly GrantCommand[], context: ChangeContext): Promise<Change<Grant[]>>;

  environment(id: string): Promise<Environment | undefined>;
  environments(request: PageRequest): Promise<Page<Environment>>;
  resource(at: ResourcePath): Promise<Resource | undefined>;
  /** Lists are in the order of ids, the order of making. `undefined` where what the list belongs to does not exist. */
  resources(at: InEnvironment, request: PageRequest): Promise<Page<Resource> | undefined>;
  scope(at: ScopePath): Promise<ResourceScope | undefined>;
  /** Of one resource, or of the whole environment. */
  scopes(at: InEnvironment | ResourcePath, request: PageRequest): Promise<Page<ResourceScope> | undefined>;
  application(at: ApplicationPath): Promise<Application | undefined>;
  applications(at: InEnvironment, request: PageRequest): Promise<Page<Application> | undefined>;
  secret(at: ApplicationPath): Promise<SecretState | undefined>;
  /** Whether `candidate` is the application's secret, or the one before while it is still good. */
  hasSecret(at: ApplicationPath, candidate: string): Promise<boolean>;
  grant(at: GrantPath): Promise<Grant | undefined>;
  grants(at: ApplicationPath, request: PageRequest): Promise<Page<Grant> | undefined>;
  /** The applications of the environment that hold the scope, or one with such a name. The page has no `count`. */
  holders(
    at: InEnvironment,
    held: { readonly scopeId: string } | { readonly scopeNames: readonly string[] },
    request: PageRequest,
  ): Promise<Page<ScopeHolder>>;
  /** Newest first. The page has no `count`. */
  activities(at: InEnvironment, filter: ActivityFilter, request: PageRequest): Promise<Page<Activity> | undefined>;

  /** Where an application stands now: what {@link liveGrants} asks. One statement, so that the number fits the rest. */
  standing(applicationId: string): Promise<Standing>;
  /** The change feed behind a place in it: what other processes committed too, in the order of the numbers, a portion. */
  changesSince(position: FeedPosition): Promise<ChangeFeed>;
  /**
   * Calls `wake` when the feed may have got longer: before a change made by this store is answered, with the events; soon
   * after another process committed one, without. A call may be missed while a connection is down: ask
   * {@link changesSince} now and then.
   *
   * @returns ends it
   */
  watch(wake: (events: readonly ChangeEvent[]) => void): () => void;

  /** 32 random bytes or more, the same for every process on this database: the key of its cursors. */
  readonly cursorKey: Uint8Array;
  /** Ends what is under way, and lets go of the database. */
  close(): Promise<void>;
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
export interface GrantPath extends ApplicationPath {
  readonly grantId: string;
}

/** Who asks for a change, and on what conditions. */
export interface ChangeContext {
  readonly actor: Actor;
  /** A UUID. */
  readonly correlationId: string;
  readonly transactionId?: string | undefined;
  /** Answers what would change, and changes nothing. */
  readonly dryRun?: boolean | undefined;
  /** The versions that the object may have; `'*'` for any. What has none, a new object or a set of grants, is `stale`. */
  readonly ifMatch?: '*' | readonly number[] | undefined;
  /** A repetition with the same key and fingerprint within 24 hours gets the first one's value and changes nothing. */
  readonly idempotency?: { readonly key: string; readonly fingerprint: string } | undefined;
}

export interface Change<Value> {
  readonly value: Value;
  /** What was changed, or would be; empty where nothing differs, and for a repetition. */
  readonly activities: readonly Activity[];
  /** Whether this is the value of an earlier request with the same `Idempotency-Key`. */
  readonly replayed: boolean;
}

/** Where in a list a page begins or ends: behind or before the item with this key. */
export interface Position {
  readonly direction: 'after' | 'before';
  readonly key: string;
}

export interface PageRequest {
  readonly limit: number;
  readonly position?: Position | undefined;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  /** How many the whole list has; kept, not counted. Absent where no such number is kept. */
  readonly count?: number;
  readonly next?: Position;
  readonly previous?: Position;
}

export interface ActivityFilter {
  /** What changed this application or its grants, deletions of scopes and resources included. */
  readonly applicationId?: string | undefined;
  /** The client or the subject of the token. */
  readonly actor?: string | undefined;
  /** RFC 3339, UTC, with milliseconds: from this moment, and until before that one. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** Where an application stands. */
export interface Standing {
  /** Of the latest change that it takes into account. */
  readonly number: number;
  /** `unknown`: never heard of. `gone`: deleted. */
  readonly state: 'enabled' | 'disabled' | 'gone' | 'unknown';
  readonly environmentId?: string | undefined;
  /** The names of all scopes that it is granted. */
  readonly scopes: readonly string[];
  /** Milliseconds since the epoch: tokens issued to it before are void. */
  readonly notBefore?: number;
  /** The same for single subjects. */
  readonly subjectsNotBefore: ReadonlyMap<string, number>;
}

/** A committed change, as the feed tells it: whom it concerns, not what it was. */
export interface ChangeEvent {
  /** Rising without gaps, in the order of the commits. */
  readonly number: number;
  readonly environmentId: string;
  /** The application whose standing it may have changed; `'all'` of the environment, or `'none'`. */
  readonly concerns: string;
}

/** A place in the change feed: behind a change. */
export interface FeedPosition {
  readonly number: number;
  /** Which change it was, where that is known: the same number may be another's in a database that was restored. */
  readonly mark?: string | undefined;
}

export interface ChangeFeed {
  readonly events: readonly ChangeEvent[];
  /** Whether there are more behind the last of these. */
  readonly hasMore: boolean;
  /** Whether the feed does not lead on from there: anything may have changed. */
  readonly isTorn: boolean;
  /** Behind the last of these; where the feed ends now, if it is torn. */
  readonly position: FeedPosition;
}
