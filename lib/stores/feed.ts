import type { ChangeEvent, ChangeFeed, FeedPosition } from '../grants/store.js';
import type { Tx } from './tables.js';

/** Events that are told at once. */
const PORTION = 1000;

/** How many events are kept: whoever is further behind begins anew. */
export const LONGEST_FEED = 100_000;

export async function readChanges(db: Tx, behind: FeedPosition): Promise<ChangeFeed> {
  const rows = await db
    .selectFrom('ledger')
    .leftJoin(
      (eb) =>
        eb
          .selectFrom('changes')
          .select(['number', 'mark', 'environment_id', 'concerns'])
          .where('number', '>=', behind.number)
          .orderBy('number')
          .limit(PORTION + 1)
          .as('portion'),
      (join) => join.onTrue(),
    )
    .select(['ledger.number as latest', 'portion.number', 'portion.mark', 'portion.environment_id', 'portion.concerns'])
    .where('ledger.id', '=', 1)
    .execute();
  const latest = rows[0]?.latest ?? 0;
  const changes = rows.flatMap(({ number, mark, environment_id: environmentId, concerns }) => {
    if (number === null || mark === null || environmentId === null || concerns === null) return [];
    return [{ number, mark, environmentId, concerns }];
  });
  changes.sort((one, other) => one.number - other.number);
  return feedOf(behind, latest, changes);
}

export interface MarkedChange extends ChangeEvent {
  readonly mark: string;
}

/** What is told of these changes, from the one that somebody stands behind, in their order. */
export function feedOf(behind: FeedPosition, latest: number, found: readonly MarkedChange[]): ChangeFeed {
  const changes = [...found];
  const last = changes[0]?.number === behind.number ? changes.shift() : undefined;
  if (!isSame(behind, last?.mark, latest) || !leadsOn(behind.number, changes[0]?.number, latest)) {
    return { events: [], hasMore: false, isTorn: true, position: { number: latest } };
  }
  const { number, mark } = changes.at(-1) ?? last ?? behind;
  const events = changes.map(({ mark: _, ...event }): ChangeEvent => event);
  return { events, hasMore: number < latest, isTorn: false, position: { number, mark } };
}

/** Whether the change that somebody stands behind is still that one. It may have gone from the feed while it was the last. */
function isSame({ number, mark }: FeedPosition, found: string | undefined, latest: number): boolean {
  if (found === undefined) return number === 0 || (mark === undefined && number === latest);
  return mark === undefined || mark === found;
}

/** Numbers that go back are those of a database that was restored, or of a replica that had not come so far. */
function leadsOn(behind: number, next: number | undefined, latest: number): boolean {
  return next === undefined ? latest === behind : next === behind + 1;
}

/** Those who are to be woken. */
export interface Watchers {
  add(wake: Wake): () => void;
  wake(events: readonly ChangeEvent[]): void;
  end(): void;
}
export type Wake = (events: readonly ChangeEvent[]) => void;

/** @param attend is called when the first one comes, and what it returns when the last one has gone */
export function watchers(attend: () => () => void): Watchers {
  const all = new Set<Wake>();
  let leave: (() => void) | undefined;
  return {
    add(wake) {
      const own: Wake = (events) => wake(events);
      all.add(own);
      leave ??= attend();
      return () => {
        if (!all.delete(own) || all.size > 0) return;
        leave?.();
        leave = undefined;
      };
    },
    wake(events) {
      for (const wake of all) {
        try {
          wake(events);
        } catch {
          // Whoever watches fails alone: the change was committed, and the others are to know.
        }
      }
    },
    end() {
      all.clear();
      leave?.();
      leave = undefined;
    },
  };
}
