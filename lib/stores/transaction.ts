import { sql } from 'kysely';
import type { Queryable } from './schema.js';

/** Commits what `run` did in the transaction that has begun on the connection, or leaves nothing of it. */
export async function commitOrRollback<T>(tx: Queryable, run: (tx: Queryable) => Promise<T>): Promise<T> {
  try {
    const result = await run(tx);
    await sql`commit`.execute(tx);
    return result;
  } catch (error) {
    await sql`rollback`.execute(tx).catch(() => undefined); // it, or the connection, may have ended already
    throw error;
  }
}
