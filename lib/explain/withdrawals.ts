import type { Activity, Grant, Resource, ResourceScope } from '../grants/model.js';
import type { ApplicationStatus, GrantStore, StatusGrant } from '../grants/store.js';
import type { Withdrawal } from './explanation.js';
import type { GrantTrial } from './grant-trial.js';

/** Where the changes of an application are listed: of a store. */
export type History = Pick<GrantStore, 'activities'> & Partial<Pick<GrantStore, 'resources'>>;

/** How far back a history is read: activities of one application. */
const MAX_ACTIVITIES = 1000;
const PAGE = 100;

interface Search {
  readonly history: History;
  readonly environmentId: string;
  readonly applicationId: string;
  readonly status: ApplicationStatus;
  readonly trial: GrantTrial;
  /** What nothing that is granted covers. Empty: the application as a whole may do nothing. */
  readonly missing: readonly string[];
  /** The subject of the token, for revocations. */
  readonly subject: unknown;
  readonly now: number;
}

/** Finds the latest withdrawal of each missing scope, or of the application: newest first, in a bounded part of the history. */
export async function findWithdrawals(search: Search): Promise<Withdrawal[]> {
  const { status, missing } = search;
  const open = new Set(missing);
  const found: Withdrawal[] = findEnded(search);
  const seeks = status.state !== 'enabled' || missing.length === 0;
  const resources: Resources = new Map();
  let whole: Withdrawal | undefined;
  for await (const activity of listActivities(search)) {
    if (whole === undefined && seeks) whole = readApplicationChange(activity, search);
    const lost = listLost(activity);
    for (const scope of open) {
      const by = await findLost(lost, scope, search, resources);
      if (by === undefined) continue;
      open.delete(scope);
      found.push({ scope, by, ...describeActivity(activity) });
    }
    if (open.size === 0 && (whole !== undefined || !seeks)) break;
  }
  return [...(whole === undefined ? [] : [whole]), ...keepLatest(found)];
}

async function* listActivities({ history, environmentId, applicationId }: Search): AsyncGenerator<Activity> {
  let read = 0;
  let position: { direction: 'after' | 'before'; key: string } | undefined;
  do {
    const page = await history.activities.list({ environmentId }, { applicationId }, { limit: PAGE, position });
    yield* page?.items ?? [];
    read += page?.items.length ?? 0;
    position = page?.next;
  } while (position !== undefined && read < MAX_ACTIVITIES);
}

/** Disabled, deleted, or revoked for the subject of the token. */
function readApplicationChange(activity: Activity, { subject }: Search): Withdrawal | undefined {
  const { type, before, after } = activity;
  const [was, is] = [before, after] as { enabled?: boolean; subject?: string }[];
  const isDisabling = type === 'APPLICATION.UPDATED' && was?.enabled === true && is?.enabled === false;
  const isRevoking = type === 'REVOCATION.CREATED' && (is?.subject === undefined || is.subject === subject);
  if (!isDisabling && !isRevoking && type !== 'APPLICATION.DELETED') return undefined;
  return describeActivity(activity);
}

/** Resources by id, each read once. */
type Resources = Map<string, Promise<Resource | undefined> | undefined>;

/** Of the scopes that an activity took from the application, the first that covered `scope`. */
async function findLost(
  lost: readonly LostScope[],
  scope: string,
  search: Search,
  resources: Resources,
): Promise<string | undefined> {
  for (const { name, resourceId } of lost) {
    if (!search.trial.mayCover(name, scope)) continue;
    const grant = await toStatusGrant(name, resourceId, search, resources);
    if (search.trial.wouldCover(grant, scope)) return name;
  }
  return undefined;
}

interface LostScope {
  readonly name: string;
  readonly resourceId: string;
}

function listLost({ type, before, after }: Activity): readonly LostScope[] {
  if (type === 'GRANT.DELETED' || type === 'GRANT.UPDATED') {
    const { resourceId, scopes } = before as Grant;
    const left = new Set((after as Grant | undefined)?.scopes.map(({ id }) => id));
    return scopes.filter(({ id }) => !left.has(id)).map(({ name }) => ({ name, resourceId }));
  }
  if (type !== 'SCOPE.DELETED' && type !== 'SCOPE.UPDATED') return [];
  const { name, resourceId } = before as ResourceScope;
  return name === (after as ResourceScope | undefined)?.name ? [] : [{ name, resourceId }];
}

/** A resource that is gone is taken for that of the token. */
async function toStatusGrant(
  scope: string,
  resourceId: string,
  { history, environmentId, trial }: Search,
  resources: Resources,
): Promise<StatusGrant> {
  if (!resources.has(resourceId)) resources.set(resourceId, history.resources?.get({ environmentId, resourceId }));
  const resource = await resources.get(resourceId);
  if (resource === undefined) return { audience: trial.findAudience(), scope };
  const { audience, secondaryAudiences } = resource;
  return { audience, secondaryAudiences, scope };
}

/** What ended by its own date. */
function findEnded({ status, trial, missing, now }: Search): Withdrawal[] {
  return missing.flatMap((scope) =>
    status.grants.flatMap(({ expiresAt, ...grant }) => {
      if (expiresAt === undefined || expiresAt > now || !trial.mayCover(grant.scope, scope)) return [];
      if (!trial.wouldCover(grant, scope)) return [];
      return [{ scope, by: grant.scope, at: new Date(expiresAt).toISOString(), cause: 'ENDED' as const }];
    }),
  );
}

function describeActivity({ id, recordedAt, type, targetId, actor }: Activity): Withdrawal {
  return { at: recordedAt, cause: type, activityId: id, targetId, actor };
}

/** Of several withdrawals of one scope the latest: until then it was granted. In the order of time. */
function keepLatest(found: readonly Withdrawal[]): Withdrawal[] {
  const latest = new Map<string | undefined, Withdrawal>();
  for (const each of found) {
    const known = latest.get(each.scope);
    if (known === undefined || known.at < each.at) latest.set(each.scope, each);
  }
  return [...latest.values()].sort((a, b) => (a.at < b.at ? -1 : 1));
}
