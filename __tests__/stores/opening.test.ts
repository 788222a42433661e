import pg from 'pg';
import type { GrantStore } from 'scopegate/admin';
import { openPostgresStore } from 'scopegate/postgres';
import { openOnceUp, readMessage } from '../../lib/stores/postgres/startup.js';
import { deferred } from '../http/fixtures/domain.js';
import { socketServer } from '../support/key-server.js';
import { change, read } from '../support/outages.js';
import { type Postgres, startPostgres } from '../support/postgres.js';
import { context, newEnvironment } from '../support/stores.js';

jest.setTimeout(60_000);

let server: Postgres;
const opened: GrantStore[] = [];
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server?.stop());
afterEach(() => Promise.all(opened.splice(0).map((store) => store.close())));

async function open(connectionString: string, startupTimeout?: number): Promise<GrantStore> {
  const store = await openPostgresStore({ connectionString, startupTimeout });
  opened.push(store);
  return store;
}

async function query(connectionString: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

describe('encoding of the database', () => {
  let databases = 0;
  async function createDatabase(encoding: string): Promise<string> {
    const beside = await server.createDatabase();
    const name = `encoded_${++databases}`;
    const locale = `lc_collate 'C' lc_ctype 'C' template template0`;
    await query(beside, `create database ${name} encoding '${encoding}' ${locale}`);
    return beside.replace(/test_\w+/, name);
  }

  test.each(['LATIN1', 'SQL_ASCII', 'EUC_JP'])('refuses %s with a sentence, and makes nothing', async (encoding) => {
    const connectionString = await createDatabase(encoding);

    await expect(open(connectionString)).rejects.toThrow(
      `The database cannot be opened: its encoding is ${encoding}, and must be UTF8. Create another database:`,
    );

    expect(await query(connectionString, `select 1 from pg_namespace where nspname = 'scopegate'`)).toEqual([]);
  });

  test('takes UTF8, whatever the locale, and keeps all characters', async () => {
    const store = await open(await createDatabase('UTF8'));
    const { value } = await store.environments.create(newEnvironment('Ω 統 🜁'), context);
    expect((await store.environments.get(value.id))?.name).toBe('Ω 統 🜁');
  });
});

describe('startupTimeout', () => {
  test('waits for a server that starts later, and then opens the store', async () => {
    const connectionString = await server.createDatabase();
    await server.kill();

    const opening = open(connectionString, 60_000);
    await expect(open(connectionString)).rejects.toThrow('The database cannot be opened: connect E');
    await server.start();

    await change(await opening);
    expect((await read(await opening)).count).toBe(1);
  });

  test('says at its end for how long it has waited, and for what', async () => {
    const nowhere = 'postgres://tester@127.0.0.1:1/nowhere';
    await expect(open(nowhere, 200)).rejects.toThrow(
      'The database cannot be opened: it was not up within 200 ms: connect ECONNREFUSED 127.0.0.1:1',
    );
  });

  test.each([
    ['a database that does not exist', () => server.createDatabase().then((it) => it.replace(/test_\w+/, 'none'))],
    ['a role that does not exist', () => server.createDatabase().then((it) => it.replace('tester', 'nobody'))],
    ['a certificate that cannot be read', async () => 'postgres://a@127.0.0.1:1/b?sslrootcert=/nowhere'],
  ])('does not wait for %s', async (_, address) => {
    const connectionString = await address();
    await expect(open(connectionString, 600_000)).rejects.toThrow(/^The database cannot be opened: (?!it was not up)/);
  });

  const withCode = (code: string) => Object.assign(new Error(code), { code });
  const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:5432'), { syscall: 'connect' });

  test.each([
    ['the server is starting', withCode('57P03')],
    ['the server is stopping, as after its first start in a container', withCode('57P01')],
    ['the server has too many connections', withCode('53300')],
    ['a pooler has no server', withCode('08P01')],
    ['a connection is refused', refused],
    ['each address of a name refuses', new AggregateError([refused, refused])],
    ['a name is not known yet', Object.assign(new Error('x'), { syscall: 'getaddrinfo' })],
    ['a connection breaks', new Error('Connection terminated unexpectedly')],
    ['a connection takes too long', new Error('Connection terminated due to connection timeout')],
  ])('tries again when %s', async (_, error) => {
    const attempt = jest.fn(async () => 'open').mockRejectedValueOnce(error);
    expect(await openOnceUp(attempt, 10_000)).toBe('open');

    const single = jest.fn(async () => Promise.reject(error));
    await expect(openOnceUp(single, 0)).rejects.toBe(error);
    expect(single).toHaveBeenCalledTimes(1);
  });

  test.each([['28P01'], ['3D000'], ['42501'], ['ERR_INVALID_URL']])('does not try again after %s', async (code) => {
    const attempt = jest.fn(async () => Promise.reject(withCode(code)));
    await expect(openOnceUp(attempt, 10_000)).rejects.toThrow(code);
    expect(attempt).toHaveBeenCalledTimes(1);
  });

  test('names the failure of an address where there are several', () => {
    expect(readMessage(new AggregateError([refused]))).toBe('connect ECONNREFUSED 127.0.0.1:5432');
  });
});

test('sends nothing as a parameter of a connection that a pooler refuses', async () => {
  const received = deferred<Buffer>();
  const { port } = await socketServer((socket) => {
    socket.once('data', (data) => {
      received.resolve(data);
      socket.destroy();
    });
  });

  const opening = openPostgresStore({ connectionString: `postgres://tester@127.0.0.1:${port}/grants` });
  await expect(opening).rejects.toThrow('Connection terminated unexpectedly');

  const words = (await received.promise).subarray(8).toString().split('\0').filter(Boolean);
  const names = words.filter((_, index) => index % 2 === 0);
  expect(names.sort()).toEqual(['application_name', 'client_encoding', 'database', 'user']);
});
