import type { GrantStore } from 'scopegate/admin';
import { MIGRATIONS } from '../../lib/stores/migrations/migrate.js';
import type { Call } from '../support/call-results.js';
import { type StoreProcess, useProcesses } from '../support/processes.js';
import {
  context,
  createSetting,
  describeEachEngine,
  newApplication,
  newEnvironment,
  type Setting,
  type TestDatabase,
} from '../support/stores.js';
import { faultsOf, runSql } from '../support/tables.js';

jest.setTimeout(600_000);

const processes = useProcesses();

const ROUNDS = 8;
const WRITERS = 3;
const LANES = 4;

describeEachEngine(
  (engine) => {
    let database: TestDatabase;
    let store: GrantStore;
    let setting: Setting;
    beforeEach(async () => {
      database = await engine.database();
      store = await database.open();
      setting = await createSetting(store);
    });
    afterEach(() => store.close());

    async function storeProcess(its = database, options?: { watched: boolean }): Promise<StoreProcess> {
      const started = await processes.start();
      expect(await started.open(its, options)).not.toHaveProperty('error');
      return started;
    }

    /** What was acknowledged is kept, whole; nothing in the whole database is half. */
    async function expectSound(acknowledged: readonly string[]): Promise<void> {
      const grants = await runSql(
        database,
        'select grant_id as id, count(*) as scopes from grant_scopes group by grant_id',
      );
      const scopesOf = new Map(grants.map(({ id, scopes }) => [id, scopes]));
      expect(acknowledged.filter((id) => scopesOf.get(id) !== setting.scopes.length)).toEqual([]);
      expect([...scopesOf.values()].filter((scopes) => scopes !== setting.scopes.length)).toEqual([]);
      expect(await faultsOf(database)).toEqual([]);
    }

    test(`keeps all acknowledged changes when writing processes are killed ${ROUNDS} times`, async () => {
      const acknowledged: string[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        const writers = await Promise.all(Array.from({ length: WRITERS }, () => storeProcess()));
        const written = writers.map((each) => each.write(setting, LANES));
        await Promise.all(written.map((each) => each.more(1)));
        await written[0]?.more(1 + ((round * 7) % 13));
        await writers[0]?.kill();
        await written[1]?.more(2);
        await Promise.all(writers.map((each) => each.kill()));
        acknowledged.push(...written.flatMap((each) => each.acknowledged));
        await expectSound(acknowledged);
        await store.applications.create(setting.at, newApplication('next'), context);
      }
    });

    test('applies a change completely or not at all when the process dies at any statement', async () => {
      const { at, resource, application, applicationAt, scopes } = setting;
      const granted = (name: string) => [{ resource: { id: resource.id }, scopes: [{ name }] }];
      const scopeAt = { ...at, resourceId: resource.id, scopeId: scopes[0]?.id as string };
      const doomed = { ...at, applicationId: '' };
      await store.grants.setAll(applicationAt, granted('b'), context);
      /** Others than it has. */
      const otherGrants = async () => {
        const page = await store.grants.list(applicationAt, { limit: 1 });
        return granted(page?.items[0]?.scopes[0]?.name === 'b' ? 'c' : 'b');
      };
      const calls: [string, () => Promise<Call>][] = [
        ['an environment', async () => ['environments.create', newEnvironment(`e${Math.random()}`), context]],
        ['grants.list', async () => ['grants.setAll', applicationAt, await otherGrants(), context]],
        ['a scope, renamed', async () => ['scopes.replace', scopeAt, { name: `a${Math.random()}` }, context]],
        [
          'an application, deleted',
          async () => {
            const { value } = await store.applications.create(at, newApplication('doomed'), context);
            await store.grants.setAll({ ...doomed, applicationId: value.id }, granted('b'), context);
            return ['applications.delete', { ...doomed, applicationId: value.id }, context];
          },
        ],
        ['tokens', async () => ['applications.revokeTokens', applicationAt, `s${Math.random()}`, context]],
      ];
      const whole: unknown[] = [];
      for (const [kind, makeCall] of calls) {
        let isDone = false;
        for (let afterStatements = 1; !isDone; afterStatements++) {
          const call = await makeCall();
          const before = await numberOf();
          const child = await storeProcess(database, { watched: true });
          await child.do({ do: 'die', afterStatements });
          isDone = await child.call(call).then(
            () => true,
            () => false,
          );
          await child.kill();
          const after = await numberOf();
          if (after > before) whole.push(kind);
          expect([kind, afterStatements, after - before <= 1, await faultsOf(database)]).toEqual([
            kind,
            afterStatements,
            true,
            [],
          ]);
        }
      }
      // Each is made twice: by the process that dies at the commit, and by the one that comes to no more statements.
      expect(whole).toEqual(calls.flatMap(([kind]) => [kind, kind]));
      expect((await store.applicationStatus(application.id)).state).toBe('enabled');
    });

    const numberOf = async () => (await runSql(database, 'select number from ledger'))[0].number as number;

    test('leaves no partial database when the process dies at any statement of its creation', async () => {
      const counting = await storeProcess(await engine.database(), { watched: true });
      const { value: all } = await counting.do({ do: 'count statements' });
      await counting.kill();
      for (let afterStatements = 1; afterStatements <= all; afterStatements++) {
        const its = await engine.database();
        const victim = await processes.start();
        await victim.do({ do: 'die', afterStatements });
        await expect(victim.open(its, { watched: true })).rejects.toThrow('The process has ended');
        const after = await its.open();
        await createSetting(after);
        await after.close();
        const done = await runSql(its, 'select name from scopegate_migrations order by name');
        expect([afterStatements, done.map(({ name }) => name), await faultsOf(its)]).toEqual([
          afterStatements,
          MIGRATIONS.map(({ name }) => name),
          [],
        ]);
      }
    });

    if (engine.name === 'PostgreSQL') {
      test(`keeps all acknowledged changes when the server is killed ${ROUNDS} times`, async () => {
        const acknowledged: string[] = [];
        for (let round = 0; round < ROUNDS; round++) {
          const writers = await Promise.all(Array.from({ length: WRITERS }, () => storeProcess()));
          const written = writers.map((each) => each.write(setting, LANES));
          await Promise.all(written.map((each) => each.more(1 + (round % 5))));
          await engine.server?.kill();
          for (const each of written) {
            await expect(each.more(1_000_000)).rejects.toThrow('The writer has ended: The database cannot answer');
          }
          acknowledged.push(...written.flatMap((each) => each.acknowledged));
          await engine.server?.start();
          await expectSound(acknowledged);
          const [outcome] = (await writers[0]?.call(['environments.get', setting.environment.id])) ?? [];
          expect(outcome).toMatchObject({ value: { id: setting.environment.id } }); // by itself
          await Promise.all(writers.map((each) => each.kill()));
        }
      });
    }
  },
  { ownServer: true },
);
