import type { ChangeEvent, ChangeFeed, FeedPosition } from '../grants/store.js';
import { decodePosition, encodePosition, type FeedPlace, toOriginMark } from './feed-position.js';
import type { Queryable } from './schema.js';

/** How many events one batch has. */
const BATCH_SIZE = 1000;

/** How many events are kept. A follower that is further back gets `hasGap`. */
export const MAX_FEED_LENGTH = 100_000;

/** Reads the batch of changes after a position: one statement, so that it is of one moment. */
export async function readChanges(db: Queryable, position: FeedPosition): Promise<ChangeFeed> {
  const from = decodePosition(position);
  const rows = await selectChanges(db, from?.number ?? Number.MAX_SAFE_INTEGER).execute();
  const [first] = rows;
  if (first === undefined) throw new SyntaxError('The ledger has no row.'); // damage, to the store
  const origin = toOriginMark(first);
  const changes = rows.flatMap(({ number, mark, environment_id: environmentId, concerns }) => {
    if (number === null || mark === null || environmentId === null || concerns === null) return [];
    return [{ number, mark, environmentId, affects: concerns }];
  });
  changes.sort((one, other) => one.number - other.number);
  return toFeed({ origin, end: { number: first.latest, mark: first.latest_mark ?? origin }, changes }, from);
}

/** The change with the number `from`, by which its mark is checked, and those after it; one row at least. */
function selectChanges(db: Queryable, from: number) {
  return db
    .selectFrom('ledger')
    .leftJoin('changes as last', 'last.number', 'ledger.number')
    .leftJoin(
      (eb) =>
        eb
          .selectFrom('changes')
          .select(['number', 'mark', 'environment_id', 'concerns'])
          .where('number', '>=', from)
          .orderBy('number')
          .limit(BATCH_SIZE + 1)
          .as('batch'),
      (join) => join.onTrue(),
    )
    .select(['ledger.number as latest', 'ledger.cursor_key', 'last.mark as latest_mark'])
    .select(['batch.number', 'batch.mark', 'batch.environment_id', 'batch.concerns'])
    .where('ledger.id', '=', 1);
}

/** A change as it is stored. */
export type MarkedChange = FeedPlace & Omit<ChangeEvent, 'position'>;

/** What a query found of the feed. */
export interface FoundChanges {
  /** The mark of the place before the first change. */
  readonly origin: string;
  /** The end of the feed. */
  readonly end: FeedPlace;
  /** Contiguous, from the change with the number of the position on, where the feed still has that one. */
  readonly changes: readonly MarkedChange[];
}

/** The feed after `from`: with a gap, unless it continues the very history that `from` is a place of. */
export function toFeed({ origin, end, changes }: FoundChanges, from: FeedPlace | undefined): ChangeFeed {
  const [first] = changes;
  const hasOwn = from !== undefined && first?.number === from.number;
  const later = hasOwn ? changes.slice(1) : changes;
  const mark = hasOwn ? first?.mark : origin;
  if (from === undefined || from.mark !== mark || !isContiguous(from.number, later[0]?.number, end.number)) {
    return { events: [], hasMore: false, hasGap: true, position: encodePosition(end) };
  }
  const last = later.at(-1) ?? from;
  return {
    events: later.map(toEvent),
    hasMore: last.number < end.number,
    hasGap: false,
    position: encodePosition(last),
  };
}

export function toEvent({ number, mark, environmentId, affects }: MarkedChange): ChangeEvent {
  return { number, position: encodePosition({ number, mark }), environmentId, affects };
}

/** Numbers go back in a database that was restored, and in a replica that lags. */
function isContiguous(from: number, next: number | undefined, latest: number): boolean {
  return next === undefined ? latest === from : next === from + 1;
}
