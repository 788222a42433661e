import type { Application, Environment, Resource } from 'scopegate/admin';
import type { TestDatabase } from '../../support/stores.js';
import { runSql } from '../../support/tables.js';

/** Rows by the thousand, behind the store's back, as it would have written them; without history. */

type Row = Readonly<Record<string, string | number>>;

let made = 0;
const newIds = (count: number) => {
  return Array.from({ length: count }, () => `0b1c0000-0000-7000-8000-${String(++made).padStart(12, '0')}`);
};
const MADE = { version: 1, created_at: '2031-01-01T00:00:00.000Z', updated_at: '2031-01-01T00:00:00.000Z' };

async function insert(database: TestDatabase, table: string, rows: readonly Row[]): Promise<void> {
  const columns = Object.keys(rows[0] as Row);
  const values = rows.map((row) => `(${columns.map((column) => literal(row[column])).join()})`);
  await runSql(database, `insert into ${table} (${columns.join()}) values ${values.join()}`);
}

const literal = (value: unknown) => (typeof value === 'number' ? value : `'${String(value).replaceAll("'", "''")}'`);

export async function insertScopes(
  database: TestDatabase,
  { environmentId, id }: Pick<Resource, 'environmentId' | 'id'>,
  names: readonly string[],
): Promise<readonly { readonly id: string; readonly name: string }[]> {
  const ids = newIds(names.length);
  const rows = ids.map((scopeId, i) => {
    return { ...MADE, id: scopeId, environment_id: environmentId, resource_id: id, name: names[i] as string };
  });
  await insert(database, 'scopes', rows);
  await runSql(
    database,
    `update resources set scopes = scopes + ${names.length} where id = '${id}'`,
    `update environments set scopes = scopes + ${names.length} where id = '${environmentId}'`,
  );
  return rows;
}

/** Resources like another, each with one scope that has the resource's name. */
export async function insertResources(database: TestDatabase, { environmentId }: Resource, names: readonly string[]) {
  const rows = newIds(names.length).map((id, i) => ({
    ...MADE,
    id,
    environment_id: environmentId,
    name: names[i] as string,
    audience: 'audience',
    type: 'CUSTOM',
    access_token_validity_seconds: 3600,
    introspect_endpoint_auth_method: 'NONE',
    claim_enabled: 0,
    tags: '[]',
    secondary_audiences: '[]',
    scopes: 1,
  }));
  await insert(database, 'resources', rows);
  const scopes = newIds(names.length).map((id, i) => {
    return { ...MADE, id, environment_id: environmentId, resource_id: rows[i]?.id as string, name: names[i] as string };
  });
  await insert(database, 'scopes', scopes);
  const counts = `resources = resources + ${names.length}, scopes = scopes + ${names.length}`;
  await runSql(database, `update environments set ${counts} where id = '${environmentId}'`);
  return rows.map(({ id }, i) => ({ resourceId: id, scope: scopes[i] as { id: string; name: string } }));
}

/** Applications like another. */
export async function insertApplications(database: TestDatabase, { environmentId, id }: Application, count: number) {
  const [like] = await runSql(database, `select * from applications where id = '${id}'`);
  const rows = newIds(count).map((newId) => ({ ...withoutNulls(like), ...MADE, id: newId, grants: 0 }));
  await insert(database, 'applications', rows);
  await runSql(
    database,
    `update environments set applications = applications + ${count} where id = '${environmentId}'`,
  );
  return rows.map((row) => row.id);
}

const withoutNulls = (row: object): Row => {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)) as Row;
};

/** One grant each. */
export async function insertGrants(
  database: TestDatabase,
  { id: environmentId }: Environment,
  grants: readonly {
    readonly applicationId: string;
    readonly resourceId: string;
    readonly scopes: readonly { readonly id: string; readonly name: string }[];
  }[],
): Promise<void> {
  const at = newIds(grants.length).map((id, i) => {
    const { applicationId, resourceId } = grants[i] as (typeof grants)[number];
    return { id, environment_id: environmentId, application_id: applicationId, resource_id: resourceId };
  });
  await insert(
    database,
    'grants',
    at.map((row) => ({ ...MADE, ...row })),
  );
  const scopes = at.flatMap(({ id, ...row }, i) => {
    return (grants[i]?.scopes ?? []).map((scope) => {
      return { ...row, grant_id: id, scope_id: scope.id, scope_name: scope.name };
    });
  });
  await insert(database, 'grant_scopes', scopes);
  await runSql(
    database,
    `update applications set grants = (select count(*) from grants where application_id = applications.id) where environment_id = '${environmentId}'`,
  );
}
