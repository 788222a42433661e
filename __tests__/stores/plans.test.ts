import { setImmediate } from 'node:timers/promises';
import type { KyselyConfig } from 'kysely';
import type { ChangeEvent } from 'scopegate';
import type { ActivityFilter, GrantStore, PageRequest, Position } from 'scopegate/admin';
import { postgresEngine } from '../../lib/stores/postgres/engine.js';
import { openSqlStore, type SqlStoreOptions } from '../../lib/stores/sql-store.js';
import { sqliteEngine } from '../../lib/stores/sqlite/engine.js';
import { outcomeOf } from '../support/call-results.js';
import { CASCADES, type Logged, plansOf } from '../support/plans.js';
import {
  context,
  createSetting,
  describeEachEngine,
  newApplication,
  newEnvironment,
  newResource,
  type TestDatabase,
  withMethods,
} from '../support/stores.js';
import { openTables } from '../support/tables.js';

jest.setTimeout(120_000);

/** What a plan may do that otherwise none may, and why that is bounded. */
const ALLOWED: readonly { readonly finding: RegExp; readonly statement: RegExp; readonly because: string }[] = [
  {
    finding: /^scan of environments/,
    statement: /^select \* from "environments" order by "id" (asc|desc) limit/,
    because: 'the first or last page of all environments: the index in its order, ended by the limit',
  },
  {
    finding: /^scan of environments/,
    statement: /^select \* from "environments" order by lower\("name".*\) (asc|desc), "id" (asc|desc) limit/,
    because: 'the same in the order of names',
  },
  {
    finding: /^scan of holders/,
    statement: /^select "id", \(select count\(\*\) as "count" from \(select .* limit/,
    because: 'what was looked up by an index, ended by the limit',
  },
  {
    finding: /^scan of counted/,
    statement: /^select count\(\*\) as "n" from \(select 1 as "one" .* limit/,
    because: 'what was looked up by an index, ended by the limit',
  },
  {
    finding: /^scan of (facts|batch)/,
    statement: /^select .* from "ledger" left join/,
    because: 'what was looked up by an index for this very statement',
  },
  {
    finding: /^sort/,
    statement: /from "grant_scopes" where "grant_id" in \([^)]*\) order by "grant_id", "scope_id"$/,
    because: 'the scopes of the grants of one page',
  },
  {
    finding: /^sort/,
    statement: /from "grant_scopes" where "application_id" in \([^)]*\) and "scope_\w+" in \([^)]*\) order by/,
    because: 'the scopes that were asked for, of the applications of one page',
  },
  {
    finding: /^sort/,
    statement:
      /^select \* from "(applications|activities)" where .*"(id|number)" in \([^)]*\) order by "\w+" (asc|desc)$/,
    because: 'the rows of one page',
  },
];

describeEachEngine((engine) => {
  const statements = new Map<string, Logged>();
  const called = new Set<string>();
  let database: Awaited<ReturnType<typeof engine.database>>;
  const methods: string[] = [];

  const log: KyselyConfig['log'] = ({ query: { sql, parameters } }) => {
    statements.set(sql, { sql, parameters });
  };

  beforeAll(async () => {
    database = await engine.database();
    const opened = await open(database, { onChange: () => undefined });
    statements.clear(); // the migrations
    const store = withMethods(opened, (name, method) => {
      methods.push(name);
      return (...parameters) => {
        called.add(name);
        return method(...parameters);
      };
    });
    await callEverything(store);
    await opened.close();
    await deleteHistory();
  });

  async function open({ address }: TestDatabase, options: SqlStoreOptions): Promise<GrantStore> {
    const its =
      engine.name === 'SQLite'
        ? await sqliteEngine(address, 5000, log)
        : await postgresEngine({ connectionString: address, schema: 'scopegate' }, log);
    return openSqlStore(its, options);
  }

  /** In a database of its own, so that the plans are those of a history. */
  async function deleteHistory(): Promise<void> {
    const other = await engine.database();
    const before = [...statements];
    const old = await open(other, { clock: { now: () => 0 } });
    await createSetting(old);
    await old.close();
    statements.clear();
    const store = await open(other, { activities: { keepDays: 1 } });
    while (!/delete from .*"activities"/.test([...statements.keys()].at(-1) ?? '')) await setImmediate();
    await store.close();
    const migrations = [...statements.keys()].findLastIndex((sql) => /scopegate_migrations/.test(sql));
    const made = [...statements].slice(migrations + 1);
    statements.clear();
    for (const [sql, logged] of [...before, ...made]) statements.set(sql, logged);
  }

  const reportOf = async (changed?: string) => {
    const tables = await openTables(database);
    const isAllowed = (finding: string, statement: string) =>
      ALLOWED.some(
        (each) => each.finding.test(finding) && each.statement.test(statement.replaceAll('"scopegate".', '')),
      );
    try {
      await tables.run('begin');
      if (changed !== undefined) await tables.run(changed);
      const plans = await plansOf(tables, engine.name, [...statements.values(), ...CASCADES]);
      return plans.flatMap(({ sql, findings }) =>
        findings.filter((finding) => !isAllowed(finding, sql)).map((finding) => `${finding}: ${sql}`),
      );
    } finally {
      await tables.run('rollback');
      await tables.close();
    }
  };

  test('calls every method of the store', () => {
    expect([...called].sort()).toEqual(methods.filter((name) => name !== 'close').sort());
    expect(statements.size).toBeGreaterThan(80);
  });

  test('no statement scans a whole table or sorts more than a page', async () => {
    expect(await reportOf()).toEqual([]);
  });

  test.each<[string, RegExp]>([
    ['grant_scopes_of_scope', /grant_scopes/],
    ['grant_scopes_of_grant', /grant_scopes/],
    ['activities_at', /activities/],
    ['idempotency_keys_at', /idempotency_keys/],
    ['used_proofs_at', /used_proofs/],
    ['application_secrets_by_id', /application_secrets/],
    ['usage_counts_of_environment', /usage_counts/],
    ['usage_counts_at', /usage_counts/],
    ['environments_in_order', /environments/],
    ['environments_of_license', /environments/],
    ['resources_in_order', /resources/],
    ['applications_in_order', /applications/],
    // PostgreSQL looks each kind up by its primary key.
    ...(engine.name === 'SQLite' ? [['usage_kinds_of_scope', /usage_kinds/] as [string, RegExp]] : []),
    // On SQLite, the unique index on the names of a resource has the same order.
    ...(engine.name === 'PostgreSQL' ? [['scopes_in_order_of_resource', /scopes/] as [string, RegExp]] : []),
    ['scopes_in_order_of_environment', /scopes/],
    ['activities_by_id', /activities/],
    // Without the others of its kind, another index leads to all grants of the environment, which no plan tells from a look-up.
    ...(engine.name === 'SQLite' ? [['grants_that_end', /grants/] as [string, RegExp]] : []),
    // PostgreSQL would walk the whole primary key, which its plan does not tell from a look-up.
    ...(engine.name === 'SQLite'
      ? [['activity_applications_of_number', /activity_applications/] as [string, RegExp]]
      : []),
  ])('reports a scan or sort when the index %s is missing', async (index, finding) => {
    const found = await reportOf(`drop index ${index}`);
    expect(found.join('\n')).toMatch(finding);
  });
});

const after = (key: string): Position => ({ direction: 'after', key });
const before = (key: string): Position => ({ direction: 'before', key });

/** Calls every method, with each choice that makes it ask the database something else. */
async function callEverything(store: GrantStore): Promise<void> {
  const { environment, at, resource, scopes, application, applicationAt } = await createSetting(store);
  const resourceAt = { ...at, resourceId: resource.id };
  const [a, b, c] = scopes.map(({ id }) => ({ id }));
  const [scopeId, otherId] = [a?.id as string, b?.id as string];
  const of = (...granted: readonly ({ id: string } | { name: string } | undefined)[]) => {
    return { resource: { id: resource.id }, scopes: granted.flatMap((scope) => scope ?? []) };
  };
  const byKey = { ...context, idempotency: { key: 'k', fingerprint: 'f' } };
  const own = { ...context, actor: { client: application.id, subject: 'somebody' } };
  const { value: grant } = await store.grants.create(applicationAt, of(a, { name: 'b' }), byKey);
  const grantAt = { ...applicationAt, grantId: grant.id };
  const { value: bills } = await store.resources.create(at, newResource('bills'), context);
  const { value: other } = await store.scopes.create({ ...at, resourceId: bills.id }, { name: 'a' }, context);

  const refused: Promise<unknown>[] = [
    store.environments.create(newEnvironment('test'), context),
    store.environments.create({ ...newEnvironment('another'), id: environment.id }, context),
    store.resources.create(at, newResource('reports'), context),
    store.scopes.create(resourceAt, { name: 'a' }, context),
    store.applications.create(at, { ...newApplication('another'), id: application.id }, context),
    store.grants.create(applicationAt, { resource: { name: 'reports' }, scopes: [{ name: 'a' }] }, context),
    store.scopes.delete({ ...resourceAt, scopeId }, own),
    store.resources.delete(resourceAt, own),
  ];
  for (const each of refused) expect(await outcomeOf(each)).toHaveProperty('error');
  await store.grants.create(applicationAt, { resource: { id: bills.id }, scopes: [{ id: other.id }] }, context);
  expect((await store.grants.create(applicationAt, of(a, { name: 'b' }), byKey)).replayed).toBe(true);
  expect(await store.replays.remember('k', Date.now())).toBe(true);
  await store.usage.add([
    {
      applicationId: application.id,
      audience: ['a'],
      route: 'GET /',
      required: 'a',
      covered: ['a'],
      time: 0,
      calls: 1,
    },
  ]);
  expect((await store.usage.ofApplication(applicationAt, 0))?.totals).toHaveLength(1);
  expect((await store.usage.ofScope({ ...resourceAt, scopeId }, 0))?.totals).toHaveLength(1);
  expect(await store.usage.deleteBefore(Date.now())).toBe(true);

  await store.grants.addScopes(grantAt, c === undefined ? [] : [c], context);
  await store.grants.removeScope(grantAt, otherId, context);
  await store.grants.replace(grantAt, of(a, b), context);
  await store.grants.setAll(applicationAt, [of(a, c)], context);
  await store.applications.rotateSecret(applicationAt, 'one', undefined, context);
  await store.applications.rotateSecret(applicationAt, 'two', undefined, context);
  await store.applications.revokeTokens(applicationAt, 'somebody', context);
  await store.applications.revokeTokens(applicationAt, undefined, context);
  await store.environments.replace(environment.id, newEnvironment('renamed'), context);
  await store.resources.replace(resourceAt, newResource('renamed'), context);
  await store.scopes.replace({ ...resourceAt, scopeId }, { name: 'renamed' }, context);
  await store.applications.replace(applicationAt, newApplication('renamed'), context);

  const read = async (page: PageRequest, number: PageRequest) => {
    await store.environments.list(page);
    await store.resources.list(at, page);
    await store.scopes.list(at, page);
    await store.scopes.list(resourceAt, page);
    await store.applications.list(at, page);
    await store.grants.list(applicationAt, page);
    await store.scopes.holders(at, { scopeId }, page);
    await store.scopes.countHolders(at, [scopeId], 10);
    await store.scopes.holders(at, { scopeNames: ['renamed', 'c'] }, page);
    const [{ recordedAt: from } = { recordedAt: '' }] =
      (await store.activities.list(at, {}, { limit: 100 }))?.items ?? [];
    const some: Partial<ActivityFilter>[] = [{}, { applicationId: application.id }];
    const more: Partial<ActivityFilter>[] = [{}, { actor: 'somebody' }, { from: '2000' }, { from: '2000', to: from }];
    for (const one of some) for (const two of more) await store.activities.list(at, { ...one, ...two }, number);
  };
  for (const order of ['name', '-name'] as const) {
    for (const position of [undefined, after(`${environment.id}renamed`), before(`${environment.id}rex`)]) {
      const page = { limit: 2, position, order };
      const named = [
        [{ name: 'renamed' }],
        [{ namePrefix: 'r' }],
        [{ name: 'renamed', id: application.id }],
        undefined,
      ];
      for (const filter of named) {
        await store.environments.list({ ...page, filter });
        await store.resources.list(at, { ...page, filter });
        await store.scopes.list(at, { ...page, filter });
        await store.scopes.list(resourceAt, { ...page, filter });
        await store.applications.list(at, { ...page, filter });
      }
      const moment = '2031-01-01T00:00:00.000Z';
      for (const narrowed of [{ enabled: false }, { endsBefore: moment }, { unusedSince: moment }]) {
        for (const filter of named) await store.applications.list(at, { ...page, filter, ...narrowed });
      }
      for (const isHeld of [true, false]) {
        for (const filter of named) await store.scopes.list(at, { ...page, filter, isHeld });
      }
      for (const one of [{}, { name: 'renamed' }, { namePrefix: 'r' }]) {
        await store.environments.list({ ...page, filter: [{ ...one, licenseId: scopeId }] });
        await store.scopes.list(at, { ...page, filter: [{ ...one, resourceId: resource.id }] });
      }
    }
  }
  for (const position of [undefined, after('0'), before('f')]) {
    await store.grants.listOfResource(resourceAt, { limit: 2, position });
    await store.grants.list(applicationAt, {
      limit: 2,
      position,
      filter: [{ resourceId: resource.id }, { id: grant.id }],
    });
  }
  const [latest] = (await store.activities.list(at, {}, { limit: 1 }))?.items ?? [];
  expect(await store.activities.get({ ...at, activityId: latest?.id ?? '' })).toEqual(latest);
  await read({ limit: 2 }, { limit: 2 });
  for (const direction of ['after', 'before'] as const) {
    const key = direction === 'after' ? '0' : 'f';
    const number = direction === 'after' ? '9999' : '0';
    await read({ limit: 2, position: { direction, key } }, { limit: 2, position: { direction, key: number } });
  }
  for await (const activity of store.activities.export(at)) expect(activity.environmentId).toBe(environment.id);
  await store.activities.erase(at, 'somebody');
  await store.ping();
  await store.environments.get(environment.id);
  await store.resources.get(resourceAt);
  await store.scopes.get({ ...resourceAt, scopeId });
  await store.applications.get(applicationAt);
  await store.applications.secret(applicationAt);
  await store.applications.hasSecret(applicationAt, 'one');
  const { value: named } = await store.secrets.create(applicationAt, { name: 'blue' }, 'three', context);
  await store.secrets.get({ ...applicationAt, secretId: named.id });
  for (const position of [undefined, after('0'), before('f')]) {
    await store.secrets.list(applicationAt, { limit: 2, position });
  }
  await store.secrets.delete({ ...applicationAt, secretId: named.id }, context);
  await store.applications.endPreviousSecrets(applicationAt, context);
  await store.grants.get(grantAt);
  await store.applicationStatus(application.id);
  const { position } = await store.changes.since('');
  await store.changes.since(position);
  const told: ChangeEvent[] = [];
  const stopWatching = store.changes.subscribe((events) => told.push(...events));
  await store.environments.replace(environment.id, newEnvironment('watched'), context);
  stopWatching();
  expect(told).toMatchObject([{ affects: 'none' }]);

  await store.scopes.delete({ ...resourceAt, scopeId }, context);
  await store.grants.delete(grantAt, context);
  await store.grants.create(applicationAt, of(b), context);
  await store.scopes.delete({ ...resourceAt, scopeId: otherId }, context);
  await store.grants.create(applicationAt, of(c), context);
  await store.resources.delete(resourceAt, context);
  await store.applications.delete(applicationAt, context);
  await store.environments.delete(environment.id, context);
}
