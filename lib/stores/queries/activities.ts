import { sql } from 'kysely';
import { invalidCursor } from '../../grants/errors.js';
import type { Activity } from '../../grants/model.js';
import type { ActivityFilter, ActivityPath, InEnvironment, Page, PageRequest } from '../../grants/store.js';
import { toActivity } from '../mappers.js';
import { applyWindow, keysetWindow, toPage } from '../pagination.js';
import type { Queryable } from '../schema.js';

export async function readActivity(db: Queryable, at: ActivityPath): Promise<Activity | undefined> {
  const row = await db.selectFrom('activities').selectAll().where('id', '=', at.activityId).executeTakeFirst();
  return row?.environment_id === at.environmentId ? toActivity(row) : undefined;
}

export async function readActivities(
  db: Queryable,
  { environmentId }: InEnvironment,
  { applicationId, actor, from, to }: ActivityFilter,
  request: PageRequest,
): Promise<Page<Activity> | undefined> {
  if (!/^\d*$/.test(request.position?.key ?? '')) throw invalidCursor();
  const parent = await db.selectFrom('environments').select('id').where('id', '=', environmentId).executeTakeFirst();
  if (parent === undefined) return undefined;
  const window = keysetWindow(request, 'desc');
  const { rows, order } = window;
  const first = from === undefined ? undefined : await firstNumberSince(db, environmentId, from);
  const end = to === undefined ? undefined : await firstNumberSince(db, environmentId, to);
  if (from !== undefined && first === undefined) return toPage([], request, String, toActivity);

  // One query for each column that may name the actor, so that each uses its own index.
  const branches = actor === undefined ? [undefined] : (['actor_client', 'actor_subject'] as const);
  const numbers = new Set<number>();
  for (const branch of branches) {
    const number = sql.ref<number>(`${applicationId === undefined ? 'activities' : 'activity_applications'}.number`);
    const matching = (applicationId === undefined ? db.selectFrom('activities') : selectHistory(db, applicationId))
      .select('activities.number')
      .where('activities.environment_id', '=', environmentId)
      .$if(branch !== undefined, (query) => query.where(`activities.${branch as 'actor_client'}`, '=', actor as string))
      .$if(first !== undefined, (query) => query.where(number, '>=', first as number))
      .$if(end !== undefined, (query) => query.where(number, '<', end as number));
    const found = await applyWindow(matching, number, window).execute();
    for (const { number } of found) numbers.add(number);
  }
  const sorted = [...numbers].sort((a, b) => (order === 'asc' ? a - b : b - a)).slice(0, rows);
  if (sorted.length === 0) return toPage([], request, String, toActivity);
  const found = await db
    .selectFrom('activities')
    .selectAll()
    .where('number', 'in', sorted)
    .orderBy('number', order)
    .execute();
  return toPage(found, request, (row) => String(row.number), toActivity);
}

/**
 * A cross join, because SQLite keeps its order. It would otherwise scan the activities of the environment and look each
 * of them up in the history of the application.
 */
function selectHistory(db: Queryable, applicationId: string) {
  return db
    .selectFrom('activity_applications')
    .crossJoin('activities')
    .whereRef('activities.number', '=', 'activity_applications.number')
    .where('activity_applications.application_id', '=', applicationId);
}

/** Numbers and times rise together, so a time corresponds to a number. */
async function firstNumberSince(db: Queryable, environmentId: string, moment: string): Promise<number | undefined> {
  const row = await db
    .selectFrom('activities')
    .select('number')
    .where('environment_id', '=', environmentId)
    .where('recorded_at', '>=', moment)
    .orderBy('recorded_at')
    .orderBy('number')
    .limit(1)
    .executeTakeFirst();
  return row?.number;
}
