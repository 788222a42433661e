import {
  type DatabaseConnection,
  Kysely,
  type Driver as KyselyDriver,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
} from 'kysely';
import type { StatementLog } from '../engine.js';
import type { Tables } from '../schema.js';

/** Sends one statement; statements are answered in the order in which they were sent. */
export interface Session {
  query(
    text: string,
    values: readonly unknown[],
  ): Promise<{ readonly rows: unknown[]; readonly rowCount: number | null }>;
}

/**
 * A query builder on one connection that does not wait for the response to one statement before it sends the next:
 * `kysely.connection()` does.
 */
export async function createPipeline(session: Session, schema: string, log: StatementLog): Promise<Kysely<Tables>> {
  const connection: DatabaseConnection = {
    async executeQuery<Row>({ sql, parameters }: { sql: string; parameters: readonly unknown[] }) {
      const { rows, rowCount } = await session.query(sql, parameters);
      return { rows: rows as Row[], numAffectedRows: BigInt(rowCount ?? 0) } satisfies QueryResult<Row>;
    },
    streamQuery: () => neverUsed(),
  };
  const driver: KyselyDriver = {
    init: async () => undefined,
    acquireConnection: async () => connection,
    beginTransaction: neverUsed,
    commitTransaction: neverUsed,
    rollbackTransaction: neverUsed,
    releaseConnection: async () => undefined,
    destroy: async () => undefined,
  };
  const dialect = {
    createDriver: () => driver,
    createAdapter: () => new PostgresAdapter(),
    createQueryCompiler: () => new PostgresQueryCompiler(),
    createIntrospector: (db: Kysely<Tables>) => new PostgresIntrospector(db),
  };
  const db = new Kysely<Tables>({ dialect, ...(log !== undefined && { log }) });
  await db.connection().execute(async () => undefined); // from now on, no statement overtakes another on the way
  return db.withSchema(schema);
}

function neverUsed(): never {
  throw new Error('Transactions begin and end by statements of the engine.');
}
