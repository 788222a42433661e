import { secretHash } from '../../lib/grants/client-secret.js';
import { MIGRATIONS } from '../../lib/stores/migrations/migrate.js';
import { postgresEngine } from '../../lib/stores/postgres/engine.js';
import type { Db } from '../../lib/stores/schema.js';
import { sqliteEngine } from '../../lib/stores/sqlite/engine.js';
import { useProcesses } from '../support/processes.js';
import { context, createSetting, describeEachEngine, newEnvironment, type TestDatabase } from '../support/stores.js';
import { faultsOf, openTables, runSql } from '../support/tables.js';

jest.setTimeout(120_000);

const processes = useProcesses();

const UUID = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;
const AT = '2025-01-01T00:00:00.000Z';

describeEachEngine((engine) => {
  const isPostgres = engine.name === 'PostgreSQL';

  /** Every table, column and index there is. */
  function structureOf(database: TestDatabase) {
    return runSql(
      database,
      isPostgres
        ? `select table_name as name, column_name as detail from information_schema.columns where table_schema = 'scopegate'
           union all select indexname, indexdef from pg_indexes where schemaname = 'scopegate' order by 1, 2`
        : 'select name, sql as detail from sqlite_schema order by 1, 2',
    );
  }
  const tablesOf = async (database: TestDatabase) =>
    (
      await runSql(
        database,
        isPostgres
          ? `select table_name as name from information_schema.tables where table_schema = 'scopegate' order by 1`
          : `select name from sqlite_schema where type = 'table' order by 1`,
      )
    ).map(({ name }) => name);
  /** Statements behind the store's back, before it has made its schema. */
  const prepare = (database: TestDatabase, ...statements: string[]) =>
    runSql(database, ...(isPostgres ? ['create schema if not exists scopegate'] : []), ...statements);

  async function expectGood(database: TestDatabase): Promise<void> {
    const store = await database.open();
    await createSetting(store, ['a'], 'after all');
    await store.close();
    const done = await runSql(database, 'select name from scopegate_migrations order by name');
    expect(done).toEqual(MIGRATIONS.map(({ name }) => ({ name })));
    expect(await faultsOf(database)).toEqual([]);
  }

  /** As a version that had only the first migrations made it. */
  async function databaseWith(migrations: number): Promise<TestDatabase> {
    const database = await engine.database();
    const { address } = database;
    const own = isPostgres
      ? await postgresEngine({ connectionString: address, schema: 'scopegate' })
      : await sqliteEngine(address, 5000);
    await own.withMigrationLock(async (tx) => {
      await (tx as Db).schema
        .createTable('scopegate_migrations')
        .addColumn('name', 'text', (column) => column.primaryKey())
        .addColumn('migrated_at', 'text', (column) => column.notNull())
        .execute();
      for (const { name, run } of MIGRATIONS.slice(0, migrations)) {
        await run(tx, own.clusterByPrimaryKey);
        await tx.insertInto('scopegate_migrations').values({ name, migrated_at: AT }).execute();
      }
    });
    await own.close();
    return database;
  }

  test('creates the schema once when eight processes open a new database concurrently', async () => {
    const database = await engine.database();
    const eight = await processes.startMany(8);

    const opened = await Promise.all(eight.map((each) => each.open(database)));

    expect(opened.map(({ message }) => message)).toEqual(eight.map(() => undefined));
    const made = await Promise.all(
      eight.map((each, i) => each.call(['environments.create', newEnvironment(`${i}`), context])),
    );
    expect(made.flat().filter(({ error }) => error !== undefined)).toEqual([]);
    expect(await runSql(database, 'select environments from ledger')).toEqual([{ environments: 8 }]);
    await expectGood(database);
  });

  test('changes nothing when the database is opened again', async () => {
    const database = await engine.database();
    const first = await database.open();
    const { environment } = await createSetting(first);
    const structure = await structureOf(database);
    const ledger = await runSql(database, 'select * from ledger');

    const second = await database.open();

    expect(await structureOf(database)).toEqual(structure);
    expect(await runSql(database, 'select * from ledger')).toEqual(ledger);
    expect(await second.environments.get(environment.id)).toEqual(environment);
    await second.close();
    expect(await first.environments.get(environment.id)).toEqual(environment);
    await first.close();
    await expectGood(database);
  });

  test('refuses a database of a later version and leaves it unchanged', async () => {
    const database = await engine.database();
    await (await database.open()).close();
    await runSql(database, `insert into scopegate_migrations values ('999-later', '2099-01-01T00:00:00.000Z')`);
    const structure = await structureOf(database);

    await expect(database.open()).rejects.toThrow(
      /cannot be opened: The database has the migration 999-later, which this version of scopegate does not know\. Use the version that made it, or a later one\.$/,
    );

    expect(await structureOf(database)).toEqual(structure);
    await runSql(database, `delete from scopegate_migrations where name = '999-later'`);
    await expectGood(database);
  });

  test('leaves nothing partial when a migration fails', async () => {
    const database = await engine.database();
    await prepare(
      database,
      'create table idempotency_keys (stranger text)',
      `insert into idempotency_keys values ('x')`,
    );

    await expect(database.open()).rejects.toThrow(/cannot be opened: .*idempotency_keys.* already exists/);

    expect(await tablesOf(database)).toEqual(['idempotency_keys']);
    expect(await runSql(database, 'select * from idempotency_keys')).toEqual([{ stranger: 'x' }]);
    await runSql(database, 'drop table idempotency_keys');
    await expectGood(database);
  });

  test('leaves nothing partial when a process is killed during a migration', async () => {
    const model = await engine.database();
    const counting = await processes.start();
    await counting.open(model, { watched: true });
    const { value: all } = await counting.do({ do: 'count statements' });
    /** The structure after each number of migrations. */
    const states: string[] = [JSON.stringify([])];
    for (let number = 1; number < MIGRATIONS.length; number++) {
      states.push(JSON.stringify(await structureOf(await databaseWith(number))));
    }
    states.push(JSON.stringify(await structureOf(model)));
    await counting.kill();

    // At the end the ledger is read, on PostgreSQL in a transaction. The statement before it is the commit.
    const last = isPostgres ? all - 2 : all;
    const made: number[] = [];
    for (const afterStatements of [Math.ceil(all / 8), Math.ceil(all / 2), last - 4, last - 2, last - 1]) {
      const database = await engine.database();
      const victim = await processes.start();
      await victim.do({ do: 'die', afterStatements });
      await expect(victim.open(database, { watched: true })).rejects.toThrow('The process has ended');

      made.push(states.indexOf(JSON.stringify(await structureOf(database))));
      await expectGood(database);
      expect(await structureOf(database)).toEqual(await structureOf(model));
    }
    expect(made[0]).toBe(0);
    expect(made[1]).toBeGreaterThan(0);
    expect(made.slice(2)).toEqual([MIGRATIONS.length - 1, MIGRATIONS.length - 1, MIGRATIONS.length]);
  });

  describe('database of the first version', () => {
    const [LEFT, DELETED, LOST] = ['0', '1', '2'].map((digit) => `9b2f0c0e-6f0e-4a6b-8a55-0d7b3c1d2e3${digit}`) as [
      string,
      string,
      string,
    ];
    const [ENVIRONMENT, DELETED_ENVIRONMENT] = ['e', 'f'].map((digit) => `9b2f0c0e-6f0e-4a6b-8a55-0d7b3c1d2e4${digit}`);

    /** With an application that is there, one that was deleted, and one that went with its environment. */
    async function filled(): Promise<TestDatabase> {
      const database = await databaseWith(1);
      const stored = `1, '${AT}', '${AT}'`;
      const activities = [
        ['ENVIRONMENT.CREATED', ENVIRONMENT, ENVIRONMENT],
        ['APPLICATION.CREATED', ENVIRONMENT, LEFT],
        ['APPLICATION.CREATED', ENVIRONMENT, DELETED],
        ['APPLICATION.DELETED', ENVIRONMENT, DELETED],
        ['ENVIRONMENT.CREATED', DELETED_ENVIRONMENT, DELETED_ENVIRONMENT],
        ['APPLICATION.CREATED', DELETED_ENVIRONMENT, LOST],
        ['ENVIRONMENT.DELETED', DELETED_ENVIRONMENT, DELETED_ENVIRONMENT],
      ];
      await runSql(
        database,
        `insert into environments (id, version, created_at, updated_at, name, type, applications)
         values ('${ENVIRONMENT}', ${stored}, 'old', 'SANDBOX', 1)`,
        `insert into applications (id, version, created_at, updated_at, environment_id, name, enabled, type, protocol,
           token_endpoint_auth_method, grant_types, response_types, redirect_uris, post_logout_redirect_uris,
           pkce_enforcement, trust_scope, allowed_tags)
         values ('${LEFT}', ${stored}, '${ENVIRONMENT}', 'left', 1, 'WORKER', 'OPENID_CONNECT',
           'CLIENT_SECRET_BASIC', '["CLIENT_CREDENTIALS"]', '[]', '[]', '[]', 'OPTIONAL', 'EXPLICIT', '[]')`,
        ...activities.map(([type, environmentId, targetId], i) => {
          const ids = `${i + 1}, '${i + 1}', '${environmentId}', '${AT}', '${type}', '${targetId}'`;
          return `insert into activities (number, id, environment_id, recorded_at, type, target_id, correlation_id)
            values (${ids}, 'c')`;
        }),
        `insert into changes (number, environment_id) select number, environment_id from activities`,
        `update ledger set number = ${activities.length}, environments = 1`,
      );
      return database;
    }

    test('migrates to the current version', async () => {
      const database = await filled();
      const store = await database.open();
      const at = { environmentId: ENVIRONMENT as string };
      expect(await store.applications.get({ ...at, applicationId: LEFT })).toMatchObject({
        name: 'left',
        requestScopesForMultipleResourcesEnabled: false,
      });

      const { number, position } = await store.applicationStatus(LEFT);
      expect(await store.changes.since(position)).toEqual({ events: [], hasMore: false, hasGap: false, position });
      expect(await store.changes.since(position.replace(/^\d+/, '3'))).toMatchObject({ hasGap: true, position });
      await store.applications.delete({ ...at, applicationId: LEFT }, context);
      const events = [{ number: number + 1, affects: LEFT, ...at }]; // the new feed begins where the old one ended
      expect(await store.changes.since(position)).toMatchObject({ events, hasGap: false });

      await store.close();
      const model = await engine.database();
      await (await model.open()).close();
      expect(await structureOf(database)).toEqual(await structureOf(model));
    });

    test('distinguishes deleted applications from unknown ones', async () => {
      const store = await (await filled()).open();
      const stateOf = async (id: string) => (await store.applicationStatus(id)).state;
      expect(await stateOf(LEFT)).toBe('enabled');
      expect(await stateOf(DELETED)).toBe('gone');
      expect(await stateOf(LOST)).toBe('gone');
      expect(await stateOf(ENVIRONMENT as string)).toBe('unknown');
      await store.close();
    });
  });

  test('keeps grants and secrets of the third version, and then takes a scope name twice', async () => {
    const database = await databaseWith(3);
    const [environmentId, applicationId, one, two, a, b, grantId] = Array.from(
      { length: 7 },
      (_, i) => `9b2f0c0e-6f0e-4a6b-8a55-0d7b3c1d2e5${i}`,
    ) as [string, string, string, string, string, string, string];
    const stored = `1, '${AT}', '${AT}'`;
    const resource = (id: string, name: string) =>
      `('${id}', ${stored}, '${environmentId}', '${name}', '${name}', 'CUSTOM', 3600, 'NONE', 0, '[]', '[]', 1)`;
    await runSql(
      database,
      `insert into environments (id, version, created_at, updated_at, name, type, applications, resources, scopes)
       values ('${environmentId}', ${stored}, 'old', 'SANDBOX', 1, 2, 2)`,
      `insert into resources (id, version, created_at, updated_at, environment_id, name, audience, type,
         access_token_validity_seconds, introspect_endpoint_auth_method, claim_enabled, tags, secondary_audiences, scopes)
       values ${resource(one, 'one')}, ${resource(two, 'two')}`,
      `insert into scopes (id, version, created_at, updated_at, environment_id, resource_id, name)
       values ('${a}', ${stored}, '${environmentId}', '${one}', 'read'), ('${b}', ${stored}, '${environmentId}', '${two}', 'read')`,
      `insert into applications (id, version, created_at, updated_at, environment_id, name, enabled, type, protocol,
         token_endpoint_auth_method, grant_types, response_types, redirect_uris, post_logout_redirect_uris,
         pkce_enforcement, trust_scope, allowed_tags, grants)
       values ('${applicationId}', ${stored}, '${environmentId}', 'left', 1, 'WORKER', 'OPENID_CONNECT',
         'CLIENT_SECRET_BASIC', '["CLIENT_CREDENTIALS"]', '[]', '[]', '[]', 'OPTIONAL', 'Explicit', '[]', 1)`,
      `insert into grants (id, version, created_at, updated_at, environment_id, application_id, resource_id)
       values ('${grantId}', ${stored}, '${environmentId}', '${applicationId}', '${one}')`,
      `insert into grant_scopes values ('${applicationId}', 'read', '${a}', '${grantId}', '${one}', '${environmentId}')`,
      `insert into application_secrets values ('${applicationId}', 1, '${secretHash('now')}', '${AT}', null),
         ('${applicationId}', 0, '${secretHash('before')}', '${AT}', '2999-01-01T00:00:00.000Z')`,
      'update ledger set environments = 1',
    );

    const store = await database.open();
    const at = { environmentId, applicationId };
    const grant = await store.grants.get({ ...at, grantId });
    expect(grant).toMatchObject({ resourceId: one, scopes: [{ id: a, name: 'read' }] });
    await store.grants.create(at, { resource: { id: two }, scopes: [{ name: 'read' }] }, context);
    const { grants } = await store.applicationStatus(applicationId);
    expect(grants.map(({ audience, scope }) => `${audience} ${scope}`).sort()).toEqual(['one read', 'two read']);
    const earlier = (await store.secrets.list(at, { limit: 10 }))?.items.map(({ id }) => id) ?? [];
    expect(earlier).toEqual([0, 1].map(() => expect.stringMatching(UUID)));
    expect(new Set(earlier).size).toBe(2);
    await store.applications.rotateSecret(at, 'newer', undefined, context);
    for (const secret of ['before', 'now', 'newer']) expect(await store.applications.hasSecret(at, secret)).toBe(true);
    await store.scopes.delete({ environmentId, resourceId: one, scopeId: a }, context); // the keys still refer
    expect(await store.grants.get({ ...at, grantId })).toBeUndefined();
    await store.close();
    expect(await faultsOf(database)).toEqual([]);
  });

  test('continues the migration in a waiting process when the first one is killed', async () => {
    const database = await engine.database();
    const [blocked, ...waiting] = await processes.startMany(3);
    const tables = await openTables(database);
    await tables.run(isPostgres ? 'begin' : 'begin immediate');
    if (isPostgres) {
      await tables.run(`select pg_advisory_xact_lock(hashtextextended('scopegate scopegate', 0))`);
    }
    const killed = blocked?.open(database).catch(() => undefined);
    const opened = Promise.all(waiting.map((each) => each.open(database)));

    await blocked?.kill();
    await tables.run('rollback');

    await killed;
    expect((await opened).map(({ message }) => message)).toEqual([undefined, undefined]);
    await tables.close();
    await expectGood(database);
  });
});
