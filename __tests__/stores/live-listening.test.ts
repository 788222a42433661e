import pg from 'pg';
import { liveGrants } from 'scopegate';
import { openPostgresStore } from 'scopegate/postgres';
import { listener } from '../../lib/stores/postgres/listener.js';
import { deferred } from '../http/fixtures/domain.js';
import { type Postgres, startPostgres } from '../support/postgres.js';
import { context, createSetting, newEnvironment } from '../support/stores.js';
import { answerOf, ask, tokenOf } from './fixtures/live-answers.js';

jest.setTimeout(60_000);

let server: Postgres;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server?.stop());

test('notifies other stores of a schema with the longest possible name', async () => {
  const options = { connectionString: await server.createDatabase(), schema: 's'.repeat(63) };
  const stores = [await openPostgresStore(options), await openPostgresStore(options)] as const;
  const woken = deferred<void>();
  const stop = stores[1].changes.subscribe((events) => events.length === 0 && woken.resolve());
  await stores[0].environments.create(newEnvironment(), context);
  await woken.promise;
  stop();
  for (const each of stores) await each.close();
});

test('applies changes within a second on an engine without NOTIFY', async () => {
  const connectionString = await server.createDatabase();
  const client = new pg.Client({ connectionString });
  await client.connect();
  await client.query('alter function pg_catalog.pg_notify(text, text) rename to pg_notify_of_others');
  await client.end();
  const stores = [
    await openPostgresStore({ connectionString }),
    await openPostgresStore({ connectionString }),
  ] as const;
  const setting = await createSetting(stores[0], ['a']);
  const grant = { resource: { id: setting.resource.id }, scopes: [{ name: 'a' }] };
  await stores[0].grants.create(setting.applicationAt, grant, context);
  const live = liveGrants({ source: stores[1] });
  expect(await answerOf(live, tokenOf(setting))).toBe('a');
  const revoked = stores[0].grants.setAll(setting.applicationAt, [], context).then(() => performance.now());
  const { answers } = await ask(live, tokenOf(setting), 'application_revoked', revoked);
  expect(answers).toEqual(['a', 'application_revoked']);
  live.close();
  for (const each of stores) await each.close();
});

test('retries the listening connection when it cannot be created at first', async () => {
  const connectionString = await server.createDatabase();
  const woken = deferred<void>();
  let attempts = 0;
  const end = listener(
    () => {
      if (++attempts < 3) throw new Error('no such file: root.crt');
      return new pg.Client({ connectionString });
    },
    'channel',
    () => woken.resolve(),
  );
  await woken.promise;
  expect(attempts).toBe(3);
  end();
});
