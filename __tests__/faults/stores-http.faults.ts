import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openPostgresStore } from 'scopegate/postgres';
import { databaseAt } from '../stores/fixtures/crash-images.js';
import { expectAfter, expectDuring, NOTHING_GOES, READS_GO_ON } from '../stores/fixtures/faulty.js';
import { type HttpProcess, LIMITS_OF, useHttpProcesses } from '../support/http-processes.js';
import { type Postgres, startPostgres } from '../support/postgres.js';
import { postgresProxy } from '../support/postgres-proxy.js';
import { ownerOf, type SmallDisk, smallDisk } from '../support/small-disk.js';
import type { TestDatabase } from '../support/stores.js';
import { runSql } from '../support/tables.js';

jest.setTimeout(180_000);

const start = useHttpProcesses();

/** Changes something until there is no room. */
async function changeUntilRefused(server: HttpProcess): Promise<void> {
  for (let status = 201; status !== 503; ) {
    ({ status } = await server.change());
    expect([201, 503]).toContain(status);
  }
}

/** What this process may not do here is not tried, and said so. */
function testOn(disk: SmallDisk | undefined): typeof test | typeof test.skip {
  if (disk === undefined) process.stderr.write('No file system can be mounted here: no full disk is tried.\n');
  return disk === undefined ? test.skip : test;
}

describe('SQLite served by HTTP', () => {
  const directory = mkdtempSync(join(tmpdir(), 'scopegate-http-'));
  chmodSync(directory, 0o777);
  const disk = smallDisk(4);
  afterAll(() => {
    rmSync(directory, { recursive: true, force: true });
    disk?.remove();
  });
  let files = 0;
  const database = (folder = directory) => databaseAt(join(folder, `${++files}.db`));

  testOn(disk)('responds to changes with 503 while the disk is full, and recovers afterwards', async () => {
    const server = await start(database(disk?.directory), LIMITS_OF.SQLite);
    await expectAfter(server);
    disk?.fill();
    await changeUntilRefused(server);

    await expectDuring(server, READS_GO_ON);

    disk?.free();
    await expectAfter(server);
    expect(await server.end()).toBe('');
  });

  test('responds to changes with 503 while the file must not grow, and recovers afterwards', async () => {
    const server = await start(database(), LIMITS_OF.SQLite);
    await expectAfter(server);
    const limit = (size: string) => execFileSync('prlimit', ['--pid', `${server.pid}`, `--fsize=${size}:`]);
    limit('8192');
    await changeUntilRefused(server);

    await expectDuring(server, READS_GO_ON);

    limit('unlimited');
    await expectAfter(server);
    expect(await server.end()).toBe('');
  });

  test('a file that was opened without the right to write: changes are 503, reads go on', async () => {
    const its = database();
    const names = ['', '-wal', '-shm'].map((suffix) => `${its.address}${suffix}`);
    let other: Awaited<ReturnType<TestDatabase['open']>> | undefined;
    const allow = (file: number, folder: number) => {
      for (const name of names) chmodSync(name, file);
      chmodSync(directory, folder);
    };
    const before = async () => {
      other = await its.open(); // the log stays while somebody has it open
      allow(0o444, 0o555);
    };
    const server = await start(its, LIMITS_OF.SQLite, { asNobody: true, before });

    await expectDuring(server, READS_GO_ON);

    allow(0o666, 0o777);
    await expectDuring(server, READS_GO_ON); // until it is started again
    expect(await server.end()).toBe('');
    await other?.close();
  });
});

describe('PostgreSQL served by HTTP', () => {
  let postgres: Postgres;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres?.stop());

  function databaseOf(connectionString: string): TestDatabase {
    const options = { connectionString };
    const opening = { entry: 'scopegate/postgres', creator: 'openPostgresStore', options };
    return { address: connectionString, opening, open: (more) => openPostgresStore({ ...options, ...more }) };
  }

  test('responds to everything with 503 after the server is killed until it restarts', async () => {
    const server = await start(databaseOf(await postgres.createDatabase()), LIMITS_OF.PostgreSQL);
    await expectAfter(server);
    for (let round = 0; round < 3; round++) {
      await postgres.kill();
      await expectDuring(server, NOTHING_GOES);
      await postgres.start();
      await expectAfter(server);
    }
    expect(await server.end()).toBe('');
  });

  test('responds with 503 while the network drops all packets, and recovers afterwards', async () => {
    const proxy = await postgresProxy(await postgres.createDatabase());
    const server = await start(databaseOf(proxy.connectionString), LIMITS_OF.PostgreSQL);
    await expectAfter(server);
    proxy.stall();

    await expectDuring(server, NOTHING_GOES);

    proxy.flow();
    await expectAfter(server);
    expect(await server.end()).toBe('');
    await proxy.close();
  });

  describe('small disk', () => {
    let disk: SmallDisk | undefined;
    const canMount = smallDisk(1);
    canMount?.remove();
    afterAll(() => disk?.remove());

    testOn(canMount)('responds to changes with 503 while the disk is full, and recovers afterwards', async () => {
      disk = smallDisk(16, ownerOf(postgres.directory)) as SmallDisk;
      const plain = await postgres.createDatabase();
      const name = `small_${new URL(plain.replace('@/', '@localhost/')).pathname.slice(1)}`;
      const admin = databaseOf(plain);
      await runSql(admin, `create tablespace small location '${disk.directory}'`);
      await runSql(admin, `create database ${name} tablespace small`);
      const server = await start(databaseOf(plain.replace(/@\/\w+/, `@/${name}`)), LIMITS_OF.PostgreSQL);
      await expectAfter(server);
      disk.fill();
      await changeUntilRefused(server);

      await expectDuring(server, READS_GO_ON);

      disk.free();
      await expectAfter(server);
      expect(await server.end()).toBe('');
      await runSql(admin, `drop database ${name} with (force)`, 'drop tablespace small');
    });
  });
});
