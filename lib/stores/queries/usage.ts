import { createHash } from 'node:crypto';
import { type SelectQueryBuilder, sql } from 'kysely';
import type { ApplicationPath, ScopePath } from '../../grants/store.js';
import type { Usage, UsageCount, UsageKind, UsageTotal } from '../../grants/usage.js';
import type { Queryable, Tables, UsageKindTable } from '../schema.js';

const HOUR_MS = 3_600_000;
/** Counts in one transaction, so that changes of grants run in between. */
const BATCH_SIZE = 200;
const MAX_KINDS = 10_000;
/** Applications whose counts of one hour one statement deletes. */
const MAX_PURGED_APPLICATIONS = 200;

type Write = (apply: (tx: Queryable) => Promise<void>) => Promise<void>;

/** Merged and sorted: a statement must not count a row twice, and two processes lock rows in one order. */
export async function addUsage(write: Write, counts: readonly UsageCount[]): Promise<void> {
  const merged = new Map<string, CountedKind>();
  for (const count of counts) {
    const kind = toKindRow(count);
    const hour = toHour(count.time);
    const key = `${count.applicationId} ${kind.digest} ${hour}`;
    const calls = count.calls + (merged.get(key)?.calls ?? 0);
    merged.set(key, { applicationId: count.applicationId, kind, covered: count.covered, hour, calls });
  }
  const sorted = [...merged].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, counted]) => counted);
  for (let at = 0; at < sorted.length; at += BATCH_SIZE) {
    await write((tx) => insertCounts(tx, sorted.slice(at, at + BATCH_SIZE)));
  }
}

type KindRow = Omit<UsageKindTable, 'scope'>;

interface CountedKind {
  readonly applicationId: string;
  readonly kind: KindRow;
  readonly covered: readonly string[];
  readonly hour: number;
  readonly calls: number;
}

async function insertCounts(tx: Queryable, counts: readonly CountedKind[]): Promise<void> {
  const ids = [...new Set(counts.map(({ applicationId }) => applicationId))];
  const owners = await tx.selectFrom('applications').select(['id', 'environment_id']).where('id', 'in', ids).execute();
  const environments = new Map(owners.map(({ id, environment_id: environment }) => [id, environment]));
  const known = counts.filter(({ applicationId }) => environments.has(applicationId));
  if (known.length === 0) return;
  await insertKinds(tx, known);
  await tx
    .insertInto('usage_counts')
    .values(
      known.map(({ applicationId, kind, hour, calls }) => ({
        application_id: applicationId,
        digest: kind.digest,
        hour,
        environment_id: environments.get(applicationId) as string,
        calls,
      })),
    )
    .onConflict((conflict) =>
      conflict
        .columns(['application_id', 'digest', 'hour'])
        .doUpdateSet({ calls: sql<number>`usage_counts.calls + excluded.calls` }),
    )
    .execute();
  const starts = new Map<string, number>();
  for (const { applicationId, hour } of known) {
    const environment = environments.get(applicationId) as string;
    starts.set(environment, Math.min(hour, starts.get(environment) ?? hour));
  }
  const sorted = [...starts].sort().map(([environment, hour]) => ({ environment_id: environment, hour }));
  await tx
    .insertInto('usage_starts')
    .values(sorted)
    .onConflict((conflict) => conflict.column('environment_id').doNothing())
    .execute();
}

async function insertKinds(tx: Queryable, counts: readonly CountedKind[]): Promise<void> {
  const kinds = new Map(counts.map(({ kind, covered }) => [kind.digest, { kind, covered }]));
  const rows = [...kinds.values()].flatMap(({ kind, covered }) =>
    [...new Set(covered.length === 0 ? [''] : covered)].sort().map((scope) => ({ ...kind, scope })),
  );
  await tx
    .insertInto('usage_kinds')
    .values(rows.sort((a, b) => (a.digest < b.digest ? -1 : 1)))
    .onConflict((conflict) => conflict.columns(['digest', 'scope']).doNothing())
    .execute();
}

/** All counts of a few applications in the oldest hour: what is kept of their environments is complete after it. */
export async function deleteUsageBefore(tx: Queryable, time: number): Promise<boolean> {
  const oldest = await tx
    .selectFrom('usage_counts')
    .select('hour')
    .where('hour', '<', toHour(time))
    .orderBy('hour')
    .limit(1)
    .executeTakeFirst();
  if (oldest === undefined) return false;
  const owners = await tx
    .selectFrom('usage_counts')
    .select('application_id')
    .distinct()
    .where('hour', '=', oldest.hour)
    .orderBy('application_id')
    .limit(MAX_PURGED_APPLICATIONS)
    .execute();
  const ids = owners.map(({ application_id: id }) => id);
  await tx.deleteFrom('usage_counts').where('hour', '=', oldest.hour).where('application_id', 'in', ids).execute();
  await startAfter(tx, oldest.hour, ids);
  return true;
}

async function startAfter(tx: Queryable, hour: number, applicationIds: readonly string[]): Promise<void> {
  const owners = await tx
    .selectFrom('applications')
    .select('environment_id')
    .where('id', 'in', applicationIds)
    .execute();
  const environments = new Set(owners.map(({ environment_id: environment }) => environment));
  if (environments.size === 0) return;
  await tx
    .updateTable('usage_starts')
    .set({ hour: hour + 1 })
    .where('environment_id', 'in', [...environments].sort())
    .where('hour', '<=', hour)
    .execute();
}

export async function readUsageOfApplication(
  db: Queryable,
  { environmentId, applicationId }: ApplicationPath,
  from: number,
): Promise<Usage | undefined> {
  const owner = await db
    .selectFrom('applications')
    .select('environment_id')
    .where('id', '=', applicationId)
    .executeTakeFirst();
  if (owner?.environment_id !== environmentId) return undefined;
  const counts = db.selectFrom('usage_counts').where('application_id', '=', applicationId);
  return readUsage(db, environmentId, counts.where('environment_id', '=', environmentId), from);
}

export async function readUsageOfScope(
  db: Queryable,
  { environmentId, resourceId, scopeId }: ScopePath,
  from: number,
): Promise<Usage | undefined> {
  const scope = await db
    .selectFrom('scopes')
    .select(['name', 'environment_id'])
    .where('resource_id', '=', resourceId)
    .where('id', '=', scopeId)
    .executeTakeFirst();
  if (scope?.environment_id !== environmentId) return undefined;
  const digests = db.selectFrom('usage_kinds').select('usage_kinds.digest').where('usage_kinds.scope', '=', scope.name);
  const counts = db.selectFrom('usage_counts').where('environment_id', '=', environmentId);
  return readUsage(db, environmentId, counts.where('digest', 'in', digests), from);
}

async function readUsage(
  db: Queryable,
  environmentId: string,
  counts: SelectQueryBuilder<Tables, 'usage_counts', object>,
  from: number,
): Promise<Usage> {
  const start = await db
    .selectFrom('usage_starts')
    .select('hour')
    .where('environment_id', '=', environmentId)
    .executeTakeFirst();
  const rows = await counts
    .select(['digest', 'application_id'])
    .select(({ fn }) => [fn.sum('calls').as('calls'), fn.max('hour').as('last')])
    .where('hour', '>=', toHour(from))
    .groupBy(['digest', 'application_id'])
    .limit(MAX_KINDS)
    .execute();
  const kinds = await readKinds(db, [...new Set(rows.map(({ digest }) => digest))]);
  const totals = rows.flatMap((row): UsageTotal[] => {
    const kind = kinds.get(row.digest);
    const counted = { applicationId: row.application_id, calls: Number(row.calls), lastHour: row.last * HOUR_MS };
    return kind === undefined ? [] : [{ ...kind, ...counted }];
  });
  return {
    ...(start !== undefined && { recordedSince: start.hour * HOUR_MS }),
    totals: totals.sort((a, b) => b.calls - a.calls || (a.route < b.route ? -1 : 1)),
  };
}

async function readKinds(db: Queryable, digests: readonly string[]): Promise<Map<string, UsageKind>> {
  const kinds = new Map<string, UsageKind>();
  for (let at = 0; at < digests.length; at += BATCH_SIZE) {
    const rows = await db
      .selectFrom('usage_kinds')
      .selectAll()
      .where('digest', 'in', digests.slice(at, at + BATCH_SIZE))
      .execute();
    for (const row of rows) kinds.set(row.digest, toKind(row));
  }
  return kinds;
}

function toKindRow({ audience, route, required, covered }: UsageKind): KindRow {
  const row = {
    audience: JSON.stringify(audience),
    route,
    required: required === undefined ? null : JSON.stringify(required),
    covered: JSON.stringify(covered),
  };
  return { digest: createHash('sha256').update(JSON.stringify(row)).digest('base64url'), ...row };
}

function toKind({ audience, route, required, covered }: KindRow): UsageKind {
  return {
    audience: JSON.parse(audience),
    route,
    ...(required !== null && { required: JSON.parse(required) }),
    covered: JSON.parse(covered),
  };
}

/** Hours since the epoch. */
export function toHour(time: number): number {
  return Math.floor(time / HOUR_MS);
}
