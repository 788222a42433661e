import type { ReferenceExpression, SelectQueryBuilder } from 'kysely';
import type { Page, PageRequest } from '../grants/store.js';

/** The rows that a page needs: one more than it shows, after a key, in one direction. */
export interface Window {
  /** How many rows to read. */
  readonly rows: number;
  readonly order: 'asc' | 'desc';
  readonly comparison: '>' | '<';
  readonly key: string | undefined;
}

/** Keyset pagination: a page costs the same at any position in the list. */
export function keysetWindow({ limit, position }: PageRequest, order: 'asc' | 'desc' = 'asc'): Window {
  const forwards = position?.direction !== 'before';
  const ascending = (order === 'asc') === forwards;
  return {
    rows: limit + 1,
    order: ascending ? 'asc' : 'desc',
    comparison: ascending ? '>' : '<',
    key: position?.key,
  };
}

/** Limits a query to the window, in the order of `column`, which is the key. */
export function applyWindow<DB, Table extends keyof DB, Row>(
  query: SelectQueryBuilder<DB, Table, Row>,
  column: ReferenceExpression<DB, Table>,
  { rows, order, comparison, key }: Window,
): SelectQueryBuilder<DB, Table, Row> {
  const rest = key === undefined ? query : query.where(column, comparison, key as never);
  return rest.orderBy(column as never, order).limit(rows);
}

/** Makes a page of the rows of a {@link keysetWindow}. `key` returns the key of a row. */
export function toPage<Row, Item>(
  rows: readonly Row[],
  { limit, position }: PageRequest,
  key: (row: Row) => string,
  item: (row: Row) => Item,
  count?: number,
): Page<Item> {
  const forwards = position?.direction !== 'before';
  const shown = rows.slice(0, limit);
  if (!forwards) shown.reverse();
  const [first, last] = [shown[0], shown.at(-1)];
  const more = rows.length > limit;
  const hasNext = forwards ? more : true;
  const hasPrevious = forwards ? position !== undefined : more;
  return {
    items: shown.map(item),
    ...(count !== undefined && { count }),
    ...(hasNext && last !== undefined && { next: { direction: 'after', key: key(last) } }),
    ...(hasPrevious && first !== undefined && { previous: { direction: 'before', key: key(first) } }),
  };
}
