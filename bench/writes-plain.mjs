import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { sqliteDriver } from './databases.mjs';
import { context } from './grants-data.mjs';

/**
 * The yardstick for a change: one transaction that writes the rows of one grant, statement by statement, through the driver.
 * It checks nothing, locks no row that another writer needs, and numbers its changes in this process.
 */

/** Each statement with its values, of one grant: the rows that a store writes for it. */
function statementsOf({ at: { environmentId, applicationId }, resource }, number) {
  const now = new Date().toISOString();
  const id = randomUUID();
  const activityId = randomUUID();
  const after = JSON.stringify({ id, environmentId, applicationId, resourceId: resource.id, scopes: resource.scopes });
  const scopeRows = resource.scopes.map((scope) => [
    applicationId,
    scope.name,
    scope.id,
    id,
    resource.id,
    environmentId,
  ]);
  return [
    [
      'insert into grants (id, version, created_at, updated_at, environment_id, application_id, resource_id) values (?, 1, ?, ?, ?, ?, ?)',
      [id, now, now, environmentId, applicationId, resource.id],
    ],
    ['update applications set grants = grants + 1 where environment_id = ? and id = ?', [environmentId, applicationId]],
    [
      `insert into grant_scopes (application_id, scope_name, scope_id, grant_id, resource_id, environment_id) values ${scopeRows.map(() => '(?, ?, ?, ?, ?, ?)').join(', ')}`,
      scopeRows.flat(),
    ],
    [
      'insert into activities (number, id, environment_id, recorded_at, type, target_id, actor_client, correlation_id, after) values (?, ?, ?, ?, ?, ?, ?, ?, ?)',
      [number, activityId, environmentId, now, 'GRANT.CREATED', id, context.actor.client, context.correlationId, after],
    ],
    ['insert into activity_applications (application_id, number) values (?, ?)', [applicationId, number]],
    [
      'insert into changes (number, mark, environment_id, concerns) values (?, ?, ?, ?)',
      [number, activityId, environmentId, applicationId],
    ],
  ];
}

const FIRST_NUMBER = 1_000_000;

/** With as many connections as writers. */
export async function postgresTransactions({ address: { connectionString } }, writers) {
  const pool = new pg.Pool({ connectionString, max: writers, options: '-c search_path=scopegate' });
  let number = FIRST_NUMBER;
  return {
    async create(grant) {
      const client = await pool.connect();
      try {
        await client.query('begin');
        for (const [sql, values] of statementsOf(grant, number++)) await client.query(numbered(sql), values);
        await client.query('commit');
      } finally {
        client.release();
      }
    },
    close: () => pool.end(),
  };
}

const texts = new Map();

function numbered(sql) {
  let place = 0;
  const text = texts.get(sql) ?? sql.replace(/\?/g, () => `$${++place}`);
  texts.set(sql, text);
  return text;
}

/** SQLite has one writer at a time: the connection of one is that of all. Its statements are prepared once, as a store does. */
export async function sqliteTransactions({ address: { file } }) {
  const Driver = await sqliteDriver();
  const database = new Driver(file);
  database.exec('pragma busy_timeout = 5000; pragma foreign_keys = on; pragma synchronous = full');
  const prepared = new Map();
  let number = FIRST_NUMBER;
  return {
    async create(grant) {
      database.exec('begin immediate');
      for (const [sql, values] of statementsOf(grant, number++)) {
        if (!prepared.has(sql)) prepared.set(sql, database.prepare(sql));
        prepared.get(sql).run(...values);
      }
      database.exec('commit');
    },
    close: async () => database.close(),
  };
}
