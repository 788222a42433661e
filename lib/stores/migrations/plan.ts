import { sql } from 'kysely';
import type { Queryable } from '../schema.js';
import { describeUnknown, MIGRATIONS } from './migrate.js';
import type { MigrationPlan } from './migration-plan.js';

/** Reads the plan. It changes nothing, and needs no more than the right to read. */
export async function readPlan(db: Queryable, schema: string): Promise<MigrationPlan> {
  const names = await readNames(db, schema);
  const known = MIGRATIONS.map(({ name }) => name);
  return {
    done: known.filter((name) => names.includes(name)),
    pending: known.filter((name) => !names.includes(name)),
    unknown: names.filter((name) => !known.includes(name)),
  };
}

/** @throws {Error} where the tables are not those of this version */
export async function checkMigrations(db: Queryable, schema: string): Promise<void> {
  const { pending, unknown } = await readPlan(db, schema);
  if (unknown[0] !== undefined) throw new Error(describeUnknown(unknown[0]));
  if (pending.length === 0) return;
  throw new Error(
    `it lacks the migrations ${pending.join(', ')}. Open the store once with migrate: 'auto', by a role that may change tables.`,
  );
}

async function readNames(db: Queryable, schema: string): Promise<string[]> {
  const { rows } = await sql<{ found: string | null }>`
    select to_regclass(${`"${schema}".scopegate_migrations`}) as found
  `.execute(db);
  if (rows[0]?.found == null) return [];
  const found = await db.selectFrom('scopegate_migrations').select('name').orderBy('name').execute();
  return found.map(({ name }) => name);
}
