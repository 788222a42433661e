import type { Db, Queryable } from '../schema.js';
import type { ClusteredTables } from '../schema-builder.js';
import { grants } from './001-grants.js';
import { liveGrants } from './002-live-grants.js';
import { multipleResources } from './003-multiple-resources.js';
import { repeatedScopeNames } from './004-repeated-scope-names.js';
import { overlappingSecrets } from './005-overlapping-secrets.js';
import { usedProofs } from './006-used-proofs.js';
import { nameOrder } from './007-name-order.js';
import { grantDates } from './008-grant-dates.js';
import { licenses } from './009-licenses.js';
import { namedSecrets } from './010-named-secrets.js';
import { usageCounts } from './011-usage-counts.js';
import { retention } from './012-retention.js';
import { narrowedLists } from './013-narrowed-lists.js';

export interface Migration {
  readonly name: string;
  run(tx: Queryable, clustered: ClusteredTables): Promise<void>;
}

/** In their order. One that has been published is never changed: what comes later is a new one. */
export const MIGRATIONS: readonly Migration[] = [
  { name: '001-grants', run: grants },
  { name: '002-live-grants', run: liveGrants },
  { name: '003-multiple-resources', run: multipleResources },
  { name: '004-repeated-scope-names', run: repeatedScopeNames },
  { name: '005-overlapping-secrets', run: overlappingSecrets },
  { name: '006-used-proofs', run: usedProofs },
  { name: '007-name-order', run: nameOrder },
  { name: '008-grant-dates', run: grantDates },
  { name: '009-licenses', run: licenses },
  { name: '010-named-secrets', run: namedSecrets },
  { name: '011-usage-counts', run: usageCounts },
  { name: '012-retention', run: retention },
  { name: '013-narrowed-lists', run: narrowedLists },
];

/**
 * Brings the tables to the state that this version needs, one transaction for each migration.
 *
 * @param alone runs a transaction that no other process's migration overlaps
 * @throws {Error} where the database was made by a later version
 */
export async function migrate(
  alone: <T>(run: (tx: Queryable) => Promise<T>) => Promise<T>,
  clustered: ClusteredTables,
  now: () => string,
): Promise<void> {
  for (const migration of MIGRATIONS) {
    await alone(async (tx) => {
      const done = await namesOfMigrations(tx);
      const unknown = done.filter((name) => MIGRATIONS.every((known) => known.name !== name));
      if (unknown.length > 0) {
        throw new Error(describeUnknown(unknown[0] as string));
      }
      if (done.includes(migration.name)) return;
      await migration.run(tx, clustered);
      await tx.insertInto('scopegate_migrations').values({ name: migration.name, migrated_at: now() }).execute();
    });
  }
}

export function describeUnknown(name: string): string {
  return `The database has the migration ${name}, which this version of scopegate does not know. Use the version that made it, or a later one.`;
}

async function namesOfMigrations(tx: Queryable): Promise<string[]> {
  await (tx as Db).schema
    .createTable('scopegate_migrations')
    .ifNotExists()
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('migrated_at', 'text', (column) => column.notNull())
    .execute();
  const rows = await tx.selectFrom('scopegate_migrations').select('name').execute();
  return rows.map(({ name }) => name);
}
