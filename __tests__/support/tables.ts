import pg from 'pg';
import { loadDatabase } from '../../lib/stores/sqlite/driver.js';
import type { TestDatabase } from './stores.js';

// biome-ignore lint/suspicious/noExplicitAny: rows of whatever statement
export type Rows = any[];

const INT8 = 20;

/** The tables themselves, behind the store's back. */
export interface RawTables {
  run(sql: string, parameters?: readonly unknown[]): Promise<Rows>;
  close(): Promise<void>;
}

export async function openTables({ address }: TestDatabase): Promise<RawTables> {
  return address.startsWith('postgres:') ? openPostgres(address) : openSqlite(address);
}

async function openSqlite(file: string): Promise<RawTables> {
  const database = (await loadDatabase())(file);
  database.exec('pragma busy_timeout = 5000; pragma foreign_keys = on');
  return {
    run: async (sql, parameters = []) => database.prepare(sql).all([...parameters]) as Rows,
    close: async () => database.close(),
  };
}

async function openPostgres(connectionString: string): Promise<RawTables> {
  const getTypeParser = (oid: number) => (oid === INT8 ? Number : pg.types.getTypeParser(oid));
  const client = new pg.Client({ connectionString, types: { getTypeParser: getTypeParser as never } });
  await client.connect();
  await client.query('set search_path = scopegate');
  return {
    run: async (sql, parameters = []) => (await client.query(sql, [...parameters])).rows,
    close: () => client.end(),
  };
}

/** Runs statements, one after the other; the rows of the last. */
export async function runSql(database: TestDatabase, ...statements: readonly string[]): Promise<Rows> {
  const tables = await openTables(database);
  try {
    let rows: Rows = [];
    for (const sql of statements) rows = await tables.run(sql);
    return rows;
  } finally {
    await tables.close();
  }
}

/** Each of these finds rows that must not be. */
const FAULTS: Readonly<Record<string, string>> = {
  'more or less than one ledger row': 'select 1 where (select count(*) from ledger) <> 1',
  'a gap in the numbers of activities':
    'select number from ledger where number <> (select count(*) from activities) or number <> (select coalesce(max(number), 0) from activities)',
  'an activity without its change': 'select number from activities where number not in (select number from changes)',
  'a change without its activity': 'select number from changes where number not in (select number from activities)',
  'a history of nothing':
    'select number from activity_applications where number not in (select number from activities)',
  'an activity dated before its predecessor':
    'select a.number from activities a join activities b on b.number = a.number + 1 where b.recorded_at < a.recorded_at',
  'a wrong count of environments':
    'select environments from ledger where environments <> (select count(*) from environments)',
  'a wrong count of applications':
    'select id from environments e where applications <> (select count(*) from applications where environment_id = e.id)',
  'a wrong count of resources':
    'select id from environments e where resources <> (select count(*) from resources where environment_id = e.id)',
  'a wrong count of scopes':
    'select id from environments e where scopes <> (select count(*) from scopes where environment_id = e.id)',
  'a wrong count of scopes of a resource':
    'select id from resources r where scopes <> (select count(*) from scopes where resource_id = r.id)',
  'a wrong count of grants':
    'select id from applications a where grants <> (select count(*) from grants where application_id = a.id)',
  'a grant without scopes': 'select id from grants where id not in (select grant_id from grant_scopes)',
  'a grant without its activity': 'select id from grants where id not in (select target_id from activities)',
  'an orphaned resource or application':
    'select id from resources where environment_id not in (select id from environments) union select id from applications where environment_id not in (select id from environments)',
  'an orphaned scope': 'select id from scopes where resource_id not in (select id from resources)',
  'an orphaned grant':
    'select id from grants where application_id not in (select id from applications) or resource_id not in (select id from resources)',
  'an orphaned granted scope':
    'select grant_id from grant_scopes where grant_id not in (select id from grants) or scope_id not in (select id from scopes)',
  'an orphaned secret':
    'select application_id from application_secrets where application_id not in (select id from applications)',
};

const FAULTS_OF_SQLITE: Readonly<Record<string, string>> = {
  'a broken file': `select * from pragma_integrity_check where integrity_check <> 'ok'`,
  'a broken reference': 'select * from pragma_foreign_key_check',
};

/** What is wrong in a database in which nobody is changing anything. Nothing is, whatever happened before. */
export async function faultsOf(database: TestDatabase): Promise<string[]> {
  const checks = { ...FAULTS, ...(database.address.startsWith('postgres:') ? {} : FAULTS_OF_SQLITE) };
  const each = Object.entries(checks).map(([fault, sql]) => `select '${fault}' as fault where exists (${sql})`);
  const rows = await runSql(database, each.join(' union all '));
  return rows.map(({ fault }) => fault);
}
