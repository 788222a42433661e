import type { Selectable, Updateable } from 'kysely';
import type { ActivityStore, InEnvironment } from '../grants/store.js';
import type { Engine } from './engine.js';
import { toActivity } from './mappers.js';
import { isPostgres } from './name-order.js';
import type { ActivityTable, Queryable } from './schema.js';
import type { StoreCalls } from './store-calls.js';

/** Activities that are read by one statement. */
const BATCH_SIZE = 500;

/** What stands in the place of an identifier that was erased. */
const ERASED = 'erased';

type ActivityRow = Selectable<ActivityTable>;

/** The calls that go through a whole history: a batch at a time, each in a transaction of its own. */
export function createHistory(engine: Engine, calls: StoreCalls): Pick<ActivityStore, 'export' | 'erase'> {
  const readBatches = ({ environmentId }: InEnvironment) =>
    inBatches((last) => calls.run(() => engine.read((db) => selectBatch(db, environmentId, last))));

  async function* exportAll(at: InEnvironment) {
    for await (const rows of readBatches(at)) yield* rows.map(toActivity);
  }

  async function erase(at: InEnvironment, identifier: string): Promise<number> {
    if (typeof identifier !== 'string' || identifier === '') throw new TypeError('erase() takes an identifier.');
    let count = 0;
    for await (const rows of readBatches(at)) {
      const numbers = rows.filter((row) => findErased(row, identifier) !== undefined).map(({ number }) => number);
      if (numbers.length > 0) await calls.run(() => engine.transaction((tx) => eraseRows(tx, numbers, identifier)));
      count += numbers.length;
    }
    return count;
  }

  return { export: exportAll, erase };
}

async function* inBatches(read: (last: number) => Promise<readonly ActivityRow[]>) {
  for (let last = -1; ; ) {
    const rows = await read(last);
    if (rows.length > 0) yield rows;
    if (rows.length < BATCH_SIZE) return;
    last = (rows.at(-1) as ActivityRow).number;
  }
}

function selectBatch(db: Queryable, environmentId: string, last: number): Promise<ActivityRow[]> {
  return db
    .selectFrom('activities')
    .selectAll()
    .where('environment_id', '=', environmentId)
    .where('number', '>', last)
    .orderBy('number')
    .limit(BATCH_SIZE)
    .execute();
}

/** Reads the rows again: another identifier may be erased from them at the same time. */
async function eraseRows(tx: Queryable, numbers: readonly number[], identifier: string): Promise<void> {
  const rows = await tx
    .selectFrom('activities')
    .selectAll()
    .where('number', 'in', numbers)
    .orderBy('number')
    .$if(isPostgres(tx), (query) => query.forUpdate())
    .execute();
  for (const row of rows) {
    const columns = findErased(row, identifier);
    if (columns === undefined) continue;
    await tx.updateTable('activities').set(columns).where('number', '=', row.number).execute();
  }
}

/** The columns of an activity as they are without the identifier; `undefined` where it does not have it. */
function findErased(row: ActivityRow, identifier: string): Updateable<ActivityTable> | undefined {
  const columns: Updateable<ActivityTable> = {};
  for (const name of ['actor_client', 'actor_subject'] as const) {
    if (row[name] === identifier) columns[name] = ERASED;
  }
  for (const name of ['before', 'after'] as const) {
    const object = row[name] === null ? undefined : JSON.parse(row[name]);
    if (object?.subject === identifier) columns[name] = JSON.stringify({ ...object, subject: ERASED });
  }
  return Object.keys(columns).length === 0 ? undefined : columns;
}
