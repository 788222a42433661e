import { type HttpProcess, LIMITS_OF, useHttpProcesses } from '../support/http-processes.js';
import { describeEachEngine } from '../support/stores.js';
import { openTables, type RawTables, runSql } from '../support/tables.js';
import { expectAfter, expectAnswer, expectDuring, NOTHING_GOES, READS_GO_ON } from './fixtures/faulty.js';

jest.setTimeout(60_000);

const start = useHttpProcesses();

// Faults that need a machine of their own: faults/stores-http.faults.ts.
describeEachEngine((engine) => {
  let server: HttpProcess;
  let holder: RawTables;
  beforeAll(async () => {
    server = await start(await engine.database(), LIMITS_OF[engine.name]);
    await expectAfter(server);
    holder = await openTables(server.database);
  });
  afterAll(async () => {
    await holder.close();
    expect(await server.end()).toBe('');
  });
  afterEach(() => holder.run('rollback').catch(() => undefined)); // of a test that failed
  const isPostgres = engine.name === 'PostgreSQL';

  test('responds to changes with 503 and serves reads while another process holds the lock', async () => {
    await holder.run(isPostgres ? 'begin' : 'begin immediate');
    await holder.run('update ledger set id = id');

    await expectDuring(server, READS_GO_ON);

    await holder.run('rollback');
    await expectAfter(server);
  });

  test('makes a burst of 500 changes, and refuses with Retry-After those whose turn does not come in time', async () => {
    const answers = await Promise.all(Array.from({ length: 500 }, () => server.change(50_000)));

    expect(answers.filter(({ status }) => status === 201).length).toBeGreaterThan(0);
    for (const answer of answers) expectAnswer(answer, answer.status === 201 ? 201 : 503);
    await expectAfter(server);
  });

  if (isPostgres) {
    test('responds to everything with 503 while locked tables occupy all connections', async () => {
      await holder.run('begin');
      await holder.run('lock table ledger, applications, environments, grants in access exclusive mode');

      await expectDuring(server, NOTHING_GOES);

      await holder.run('rollback');
      await expectAfter(server);
    });

    test('responds to changes with 503 while the server is read-only, on existing connections too', async () => {
      const [{ name }] = await holder.run('select current_database() as name');
      const end = `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'scopegate' and datname = '${name}'`;
      await runSql(server.database, `alter database ${name} set default_transaction_read_only = on`, end);

      await server.list(); // of which one may learn that its connection has ended
      await server.list();
      await expectDuring(server, READS_GO_ON);

      await runSql(
        server.database,
        'set default_transaction_read_only = off',
        `alter database ${name} set default_transaction_read_only = off`,
      );
      await expectAfter(server);
    });
  }
});
