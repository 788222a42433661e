import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GrantStore } from 'scopegate/admin';
import { openPostgresStore } from 'scopegate/postgres';
import { run } from '../support/failover.js';
import { causeOf, change, read } from '../support/outages.js';
import { type Postgres, startPostgres } from '../support/postgres.js';

jest.setTimeout(120_000);

const ROLE = 'application';

describe('a password that changes while a store is open', () => {
  const directory = mkdtempSync(join(tmpdir(), 'scopegate-password-'));
  const passwords = join(directory, 'pgpass');
  let server: Postgres;
  let admin: string;
  let store: GrantStore | undefined;
  beforeAll(async () => {
    server = await startPostgres();
    admin = await server.createDatabase();
    const rules = join(server.directory, 'data/pg_hba.conf');
    await changePassword('one');
    await run(admin, `alter database ${new URL(admin.replace('@/', '@host/')).pathname.slice(1)} owner to ${ROLE}`);
    writeFileSync(rules, `local all ${ROLE} scram-sha-256\n${readFileSync(rules, 'utf8')}`);
    await run(admin, 'select pg_reload_conf()');
  });
  afterAll(async () => {
    await store?.close();
    await server?.stop();
    rmSync(directory, { recursive: true, force: true });
    Reflect.deleteProperty(process.env, 'PGPASSFILE');
  });

  async function changePassword(password: string): Promise<void> {
    const exists = (await run(admin, `select 1 from pg_roles where rolname = '${ROLE}'`)).length > 0;
    await run(admin, `${exists ? 'alter' : 'create'} role ${ROLE} login password '${password}'`);
  }
  function writePassword(password: string): void {
    writeFileSync(passwords, `*:*:*:${ROLE}:${password}\n`, { mode: 0o600 });
  }
  /** What has a connection has to connect again. */
  async function breakConnections(): Promise<void> {
    await run(admin, `select pg_terminate_backend(pid, 5000) from pg_stat_activity where usename = '${ROLE}'`);
  }
  /** A connection that the server ended fails one call. */
  async function readAgain(from: GrantStore): Promise<number> {
    for (;;) {
      const page = await read(from).catch(() => undefined);
      if (page !== undefined) return page.count as number;
    }
  }

  test('is read again from its file by each new connection, without a restart', async () => {
    writePassword('one');
    process.env.PGPASSFILE = passwords;
    store = await openPostgresStore({ connectionString: admin.replace('tester@', `${ROLE}@`) });
    await change(store);

    writePassword('two'); // it is in the file a moment before the server has it
    await change(store); // over a connection that there is
    await changePassword('two');
    await change(store);
    await breakConnections();
    expect(await readAgain(store)).toBe(3);
    await change(store);
  });

  test('makes calls fail as an outage while the file has the old one, and not longer', async () => {
    const its = store as GrantStore;
    await changePassword('three');
    await breakConnections();
    const causes = [await causeOf(read(its)), await causeOf(change(its))];
    expect(causes.at(-1)).toContain('password authentication failed');

    writePassword('three');
    expect(await readAgain(its)).toBe(4);
    await change(its);
  });
});
