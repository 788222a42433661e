import { join } from 'node:path';
import { StoreUnavailableError } from 'scopegate';
import type { GrantStore } from 'scopegate/admin';
import { openPostgresStore } from 'scopegate/postgres';
import { change, read } from '../support/outages.js';
import { type Postgres, startPostgres, unprivilegedAccount } from '../support/postgres.js';
import { type SmallDisk, smallDisk } from '../support/small-disk.js';

jest.setTimeout(180_000);

const MEGABYTES = 48;
const disk: SmallDisk | undefined = smallDisk(MEGABYTES, unprivilegedAccount() as { uid: number; gid: number });
if (disk === undefined) process.stderr.write('No file system can be mounted here: the log of no database fills up.\n');
const testOnDisk = disk === undefined ? test.skip : test;

let server: Postgres | undefined;
let store: GrantStore | undefined;
afterAll(async () => {
  await store?.close();
  await server?.kill().then(() => server?.stop());
  disk?.remove();
});

testOnDisk('changes are refused while the disk of pg_wal is full, and nothing acknowledged is lost', async () => {
  const { directory, fill, free } = disk as SmallDisk;
  server = await startPostgres(undefined, ['--waldir', join(directory, 'wal'), '--wal-segsize', '1']);
  const connectionString = await server.createDatabase();
  store = await openPostgresStore({ connectionString, statementTimeout: 2000, lockTimeout: 2000 });
  const acknowledged: string[] = [];
  const make = async () => acknowledged.push((await change(store as GrantStore)).value.id);
  await make();

  fill();
  let refusal: unknown;
  while (refusal === undefined) {
    await make().catch((error) => {
      refusal = error;
    });
  }
  expect(refusal).toBeInstanceOf(StoreUnavailableError);
  await expect(change(store)).rejects.toBeInstanceOf(StoreUnavailableError); // PostgreSQL has ended itself

  free();
  await server.kill();
  await server.start();
  await make();
  const found = await Promise.all(acknowledged.map((id) => (store as GrantStore).environments.get(id)));
  expect(found.map((each) => each?.id)).toEqual(acknowledged);
  expect((await read(store)).count).toBeGreaterThanOrEqual(acknowledged.length);
});
