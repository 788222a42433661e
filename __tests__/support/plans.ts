import type { RawTables, Rows } from './tables.js';

export interface Logged {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

/** What a plan does that takes longer the more rows there are. */
export interface Plan {
  readonly sql: string;
  readonly findings: readonly string[];
}

/** Tables that never have more than a few rows. */
const SMALL = ['ledger', 'scopegate_migrations'];

/** What the databases themselves look up when a row goes: that is planned as well, and logged by nobody. */
export const CASCADES: readonly Logged[] = [
  'delete from resources where environment_id = $1',
  'delete from applications where environment_id = $1',
  'delete from scopes where environment_id = $1 and resource_id = $2',
  'delete from application_secrets where application_id = $1',
  'delete from grants where environment_id = $1 and application_id = $2',
  'delete from grants where environment_id = $1 and resource_id = $2',
  'delete from grant_scopes where application_id = $1 and resource_id = $2 and grant_id = $3',
  'delete from grant_scopes where resource_id = $1 and scope_id = $2 and scope_name = $3',
].map((sql) => ({ sql, parameters: Array.from(sql.matchAll(/\$/g), () => '') }));

export async function plansOf(
  tables: RawTables,
  engine: 'SQLite' | 'PostgreSQL',
  statements: readonly Logged[],
): Promise<Plan[]> {
  // In small tables PostgreSQL would rather scan and sort: it is asked whether it can do without.
  const unwanted = engine === 'PostgreSQL' ? ['seqscan', 'bitmapscan', 'sort', 'hashjoin'] : [];
  for (const way of unwanted) await tables.run(`set local enable_${way} = off`);
  const findingsOf = engine === 'PostgreSQL' ? findingsOfPostgres : findingsOfSqlite;
  const plans: Plan[] = [];
  for (const statement of statements) {
    if (!/^(select|insert|update|delete)/.test(statement.sql)) continue;
    plans.push({ sql: statement.sql, findings: await findingsOf(tables, statement) });
  }
  return plans;
}

async function findingsOfSqlite(tables: RawTables, { sql, parameters }: Logged): Promise<string[]> {
  const steps = await tables.run(`explain query plan ${sql.replaceAll(/\$\d/g, '?')}`, parameters);
  return steps.flatMap(({ detail }: { detail: string }) => {
    const [, table] = /^SCAN (?!.*(?:CONSTANT ROWS?|VALUES CLAUSE)$)(\S+)/.exec(detail) ?? [];
    if (table !== undefined && !SMALL.includes(table)) return [`scan of ${table} (${detail})`];
    return /TEMP B-TREE/.test(detail) ? [`sort (${detail})`] : [];
  });
}

interface Node {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Cond'?: string;
  readonly 'Sort Key'?: readonly string[];
  readonly Plans?: readonly Node[];
}

async function findingsOfPostgres(tables: RawTables, { sql, parameters }: Logged): Promise<string[]> {
  const [row]: Rows = await tables.run(`explain (format json) ${sql}`, parameters);
  return row['QUERY PLAN'].flatMap(({ Plan }: { Plan: Node }) => findingsOfNode(Plan));
}

function findingsOfNode(node: Node): string[] {
  const { 'Node Type': type, 'Relation Name': table = '' } = node;
  const below = (node.Plans ?? []).flatMap(findingsOfNode);
  const isScan = type === 'Seq Scan' || /^(Index|Index Only|Bitmap Index) Scan$/.test(type);
  if (isScan && node['Index Cond'] === undefined && !SMALL.includes(table)) {
    return [`scan of ${table} (${type})`, ...below];
  }
  return /Sort$|^Hash/.test(type) ? [`sort (${type} ${node['Sort Key'] ?? ''})`, ...below] : below;
}
