import type { SelectQueryBuilder } from 'kysely';
import type { ListCondition, ListRequest } from '../../grants/list-request.js';
import type { Page, PageRequest } from '../../grants/store.js';
import {
  compareNames,
  comparePlaces,
  endOfPrefix,
  type NameRule,
  type Place,
  parseNameKey,
  toNameKey,
} from '../name-order.js';
import { applyWindow, keysetWindow, toPage, type Window } from '../pagination.js';
import type { Queryable, Tables } from '../schema.js';

type NamedTable = 'environments' | 'applications' | 'resources' | 'scopes';
type NamedRow = Place & { readonly resource_id?: string | undefined; readonly license_id?: string | null | undefined };
type Query<Row> = SelectQueryBuilder<Tables, NamedTable, Row>;

export interface NamedList<Row, Item> {
  readonly db: Queryable;
  /** All rows of the list. */
  readonly rows: unknown;
  readonly rule: NameRule;
  /** The length of the whole list, where it is known. */
  readonly count: number | undefined;
  readonly toItem: (row: Row) => Item;
}

/** By id without a filter and an order, else by name. */
export async function readNamedList<Row extends NamedRow, Item>(
  list: NamedList<Row, Item>,
  request: ListRequest,
): Promise<Page<Item>> {
  const rows = list.rows as Query<Row>;
  const { filter, order } = request;
  if (filter === undefined && order === undefined) {
    const found = await applyWindow(rows, 'id', keysetWindow(request)).execute();
    return toPage(found, request, ({ id }) => id, list.toItem, list.count);
  }
  const toPlace = ({ id, name }: Row): Place => ({ id, name: list.rule.fold(name) });
  const found = await readInNameOrder(list, rows, request, toPlace);
  const count = filter === undefined ? list.count : undefined;
  const page = toPage(found, request, (row) => toNameKey(toPlace(row)), list.toItem, count);
  return filter === undefined ? page : countWholeList(page, request);
}

/** A page that is the whole list says its length; that of a longer filtered list is not kept. */
export function countWholeList<Item>(page: Page<Item>, { position }: PageRequest): Page<Item> {
  return position === undefined && page.next === undefined ? { ...page, count: page.items.length } : page;
}

/** A query or two for each condition, so that each uses an index, and reads no further than the page. */
async function readInNameOrder<Row extends NamedRow>(
  { db, rule }: Pick<NamedList<Row, unknown>, 'db' | 'rule'>,
  rows: Query<Row>,
  request: ListRequest,
  toPlace: (row: Row) => Place,
): Promise<Row[]> {
  const window = keysetWindow(request, request.order === '-name' ? 'desc' : 'asc');
  const start = request.position && parseNameKey(request.position);
  const sign = window.order === 'asc' ? 1 : -1;
  const found = new Map<string, { readonly row: Row; readonly place: Place }>();
  for (const given of request.filter ?? [{}]) {
    const condition = foldNames(given, rule);
    for (const query of selectMatching(rows, condition, { name: rule.toSql(db), start, window })) {
      for (const row of await query.execute()) {
        const place = toPlace(row as Row);
        const isAfter = start === undefined || sign * comparePlaces(place, start) > 0;
        if (isAfter && matches(place, row as Row, condition)) found.set(row.id, { row: row as Row, place });
      }
    }
  }
  return [...found.values()]
    .sort((one, other) => sign * comparePlaces(one.place, other.place))
    .slice(0, window.rows)
    .map(({ row }) => row);
}

function foldNames({ name, namePrefix, ...rest }: ListCondition, { fold }: NameRule): ListCondition {
  return {
    ...rest,
    name: name === undefined ? undefined : fold(name),
    namePrefix: namePrefix === undefined ? undefined : fold(namePrefix),
  };
}

function matches({ name, id }: Place, row: NamedRow, condition: ListCondition): boolean {
  return (
    (condition.id ?? id) === id &&
    (condition.name ?? name) === name &&
    name.startsWith(condition.namePrefix ?? '') &&
    (condition.resourceId ?? row.resource_id) === row.resource_id &&
    (condition.licenseId ?? row.license_id) === row.license_id
  );
}

interface NameWindow {
  /** The name of a row, as it is compared. */
  readonly name: ReturnType<NameRule['toSql']>;
  readonly start: Place | undefined;
  readonly window: Window;
}

/** The rows that may match, from where the page begins. */
function selectMatching<Row>(all: Query<Row>, condition: ListCondition, at: NameWindow): Query<Row>[] {
  const { id, name, namePrefix, resourceId, licenseId } = condition;
  if (id !== undefined) return [all.where('id', '=', id)];
  let rows = resourceId === undefined ? all : all.where('resource_id', '=', resourceId);
  if (licenseId !== undefined) rows = rows.where('license_id', '=', licenseId);
  return name === undefined ? selectRange(rows, namePrefix ?? '', at) : selectName(rows, name, at);
}

/** Within one name, rows are in the order of ids. */
function selectName<Row>(rows: Query<Row>, name: string, at: NameWindow): Query<Row>[] {
  const { start, window } = at;
  const named = rows.where(at.name, '=', name).orderBy('id', window.order).limit(window.rows);
  const difference = start === undefined ? 0 : compareNames(name, start.name);
  if (start !== undefined && difference === 0) return [named.where('id', window.comparison, start.id)];
  return isBehind(difference, window) ? [] : [named];
}

/** Where the page begins within the range: the rest of the name where it begins, and the names after it. */
function selectRange<Row>(rows: Query<Row>, prefix: string, at: NameWindow): Query<Row>[] {
  const { name, start, window } = at;
  const { comparison, order, rows: limit } = window;
  const inside = start?.name.startsWith(prefix) ? start.name : undefined;
  if (start !== undefined && inside === undefined && isBehind(compareNames(prefix, start.name), window)) return [];
  const [lower, upper] = [prefix === '' ? undefined : prefix, endOfPrefix(prefix)];
  let range = rows;
  if (inside !== undefined) range = range.where(name, comparison, inside);
  // No second bound at the end where the page begins: the index would be read from the one that is further away.
  if (lower !== undefined && !(inside !== undefined && comparison === '>')) range = range.where(name, '>=', lower);
  if (upper !== undefined && !(inside !== undefined && comparison === '<')) range = range.where(name, '<', upper);
  const after = range.orderBy(name, order).orderBy('id', order).limit(limit);
  return inside === undefined ? [after] : [...selectName(rows, inside, at), after];
}

/** Whether what differs from the start by this lies before it, in the order of the window. */
function isBehind(difference: number, { comparison }: Window): boolean {
  return comparison === '>' ? difference < 0 : difference > 0;
}
