import type { ChangeEvent, ChangeFeed, FeedPosition } from '../grants/store.js';
import type { Queryable } from './schema.js';

/** Events that are told at once. */
const BATCH_SIZE = 1000;

/** How many events are kept. A follower that is too far back gets `hasGap`. */
export const MAX_FEED_LENGTH = 100_000;

export async function readChanges(db: Queryable, from: FeedPosition): Promise<ChangeFeed> {
  const rows = await db
    .selectFrom('ledger')
    .leftJoin(
      (eb) =>
        eb
          .selectFrom('changes')
          .select(['number', 'mark', 'environment_id', 'concerns'])
          .where('number', '>=', from.number)
          .orderBy('number')
          .limit(BATCH_SIZE + 1)
          .as('portion'),
      (join) => join.onTrue(),
    )
    .select(['ledger.number as latest', 'portion.number', 'portion.mark', 'portion.environment_id', 'portion.concerns'])
    .where('ledger.id', '=', 1)
    .execute();
  const latest = rows[0]?.latest ?? 0;
  const changes = rows.flatMap(({ number, mark, environment_id: environmentId, concerns }) => {
    if (number === null || mark === null || environmentId === null || concerns === null) return [];
    return [{ number, changeId: mark, environmentId, affects: concerns }];
  });
  changes.sort((one, other) => one.number - other.number);
  return toFeed(from, latest, changes);
}

export interface IdentifiedChange extends ChangeEvent {
  readonly changeId: string;
}

/** The feed after `from`, of the changes that were found from it on, in their order. */
export function toFeed(from: FeedPosition, latest: number, found: readonly IdentifiedChange[]): ChangeFeed {
  const changes = [...found];
  const last = changes[0]?.number === from.number ? changes.shift() : undefined;
  if (!isSameChange(from, last?.changeId, latest) || !isContiguous(from.number, changes[0]?.number, latest)) {
    return { events: [], hasMore: false, hasGap: true, position: { number: latest } };
  }
  const { number, changeId } = changes.at(-1) ?? last ?? from;
  const events = changes.map(({ changeId: _, ...event }): ChangeEvent => event);
  return { events, hasMore: number < latest, hasGap: false, position: { number, changeId } };
}

/** Whether the change at a position is still the same one. It may have gone from the feed while it was the last. */
function isSameChange({ number, changeId }: FeedPosition, found: string | undefined, latest: number): boolean {
  if (found === undefined) return number === 0 || (changeId === undefined && number === latest);
  return changeId === undefined || changeId === found;
}

/** Numbers that go back are those of a database that was restored, or of a replica that had not come so far. */
function isContiguous(from: number, next: number | undefined, latest: number): boolean {
  return next === undefined ? latest === from : next === from + 1;
}

/** The listeners of one store. */
export interface Subscribers {
  add(wake: Listener): () => void;
  publish(events: readonly ChangeEvent[]): void;
  close(): void;
}
export type Listener = (events: readonly ChangeEvent[]) => void;

/** @param attend is called when the first one comes, and what it returns when the last one has gone */
export function subscribers(attend: () => () => void): Subscribers {
  const all = new Set<Listener>();
  let leave: (() => void) | undefined;
  return {
    add(wake) {
      const own: Listener = (events) => wake(events);
      all.add(own);
      leave ??= attend();
      return () => {
        if (!all.delete(own) || all.size > 0) return;
        leave?.();
        leave = undefined;
      };
    },
    publish(events) {
      for (const wake of all) {
        try {
          wake(events);
        } catch {
          // A listener must not fail the change, which is committed, or the other listeners.
        }
      }
    },
    close() {
      all.clear();
      leave?.();
      leave = undefined;
    },
  };
}
