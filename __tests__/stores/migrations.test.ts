import { useProcesses } from '../support/processes.js';
import { context, createSetting, describeEachEngine, newEnvironment, type TestDatabase } from '../support/stores.js';
import { faultsOf, openTables, runSql } from '../support/tables.js';

jest.setTimeout(120_000);

const processes = useProcesses();

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
    expect(await runSql(database, 'select name from scopegate_migrations')).toEqual([{ name: '001-grants' }]);
    expect(await faultsOf(database)).toEqual([]);
  }

  test('eight processes that open a new database at once make it once', async () => {
    const database = await engine.database();
    const eight = await processes.startMany(8);

    const opened = await Promise.all(eight.map((each) => each.open(database)));

    expect(opened.map(({ message }) => message)).toEqual(eight.map(() => undefined));
    expect(new Set(opened.map(({ value }) => value)).size).toBe(1); // one key for the cursors of all
    const made = await Promise.all(
      eight.map((each, i) => each.call(['createEnvironment', newEnvironment(`${i}`), context])),
    );
    expect(made.flat().filter(({ error }) => error !== undefined)).toEqual([]);
    expect(await runSql(database, 'select environments from ledger')).toEqual([{ environments: 8 }]);
    await expectGood(database);
  });

  test('a second opening changes nothing', async () => {
    const database = await engine.database();
    const first = await database.open();
    const { environment } = await createSetting(first);
    const structure = await structureOf(database);
    const ledger = await runSql(database, 'select * from ledger');

    const second = await database.open();

    expect(await structureOf(database)).toEqual(structure);
    expect(await runSql(database, 'select * from ledger')).toEqual(ledger);
    expect(second.cursorKey).toEqual(first.cursorKey);
    expect(await second.environment(environment.id)).toEqual(environment);
    await second.close();
    expect(await first.environment(environment.id)).toEqual(environment);
    await first.close();
    await expectGood(database);
  });

  test('a database that a later version has migrated is refused, and left as it is', async () => {
    const database = await engine.database();
    await (await database.open()).close();
    await runSql(database, `insert into scopegate_migrations values ('002-later', '2099-01-01T00:00:00.000Z')`);
    const structure = await structureOf(database);

    await expect(database.open()).rejects.toThrow(
      /cannot be opened: The database has the migration 002-later, which this version of scopegate does not know\. Use the version that made it, or a later one\.$/,
    );

    expect(await structureOf(database)).toEqual(structure);
    await runSql(database, `delete from scopegate_migrations where name = '002-later'`);
    await expectGood(database);
  });

  test('a migration that fails leaves nothing half', async () => {
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

  test('a process that is killed while it migrates leaves nothing half', async () => {
    const model = await engine.database();
    const counting = await processes.start();
    await counting.open(model, { watched: true });
    const { value: all } = await counting.do({ do: 'count statements' });
    const structure = await structureOf(model);
    await counting.kill();

    // The last statement reads the cursor key, the one before it is the commit.
    const made: boolean[] = [];
    for (const afterStatements of [Math.ceil(all / 2), all - 2, all - 1]) {
      const database = await engine.database();
      const victim = await processes.start();
      await victim.do({ do: 'die', afterStatements });
      await expect(victim.open(database, { watched: true })).rejects.toThrow('The process has ended');

      const left = await structureOf(database);
      expect([[], structure]).toContainEqual(left);
      made.push(left.length > 0);
      await expectGood(database);
      expect(await structureOf(database)).toEqual(structure);
    }
    expect(made).toEqual([false, false, true]);
  });

  test('those that wait their turn to migrate take it, though the first of them was killed', async () => {
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
