import type { GrantStore } from 'scopegate/admin';
import type { Call } from '../support/call-results.js';
import { outcomeOf } from '../support/call-results.js';
import { type StoreProcess, useProcesses } from '../support/processes.js';
import { context, createSetting, describeEachEngine, newApplication, type Setting } from '../support/stores.js';
import { faultsOf, type Rows, runSql } from '../support/tables.js';

jest.setTimeout(120_000);

function groupBy(rows: Rows, column: string): Map<string, Rows> {
  const groups = new Map<string, Rows>(rows.map((row) => [row[column], []]));
  for (const row of rows) groups.get(row[column])?.push(row);
  return groups;
}

const processes = useProcesses();

describeEachEngine(
  (engine) => {
    let database: Awaited<ReturnType<typeof engine.database>>;
    let store: GrantStore;
    let setting: Setting;
    beforeEach(async () => {
      database = await engine.database();
      store = await database.open();
      setting = await createSetting(store);
    });
    afterEach(() => store.close());

    const command = () => ({ resource: { id: setting.resource.id }, scopes: setting.scopes.map(({ id }) => ({ id })) });

    async function grantToNewApplication(): Promise<Extract<Call, readonly ['grants.create', ...unknown[]]>> {
      const { value } = await store.applications.create(setting.at, newApplication('another'), context);
      return ['grants.create', { ...setting.at, applicationId: value.id }, command(), context];
    }

    async function storeProcess(options?: { watched: boolean }): Promise<StoreProcess> {
      const started = await processes.start();
      expect(await started.open(database, options)).not.toHaveProperty('error');
      return started;
    }

    /** Fails unless the grant is stored with all that belongs to it. */
    async function expectWhole(ids: readonly string[]): Promise<void> {
      const grants = await runSql(database, 'select * from grants');
      const scopes = await runSql(database, 'select * from grant_scopes order by scope_id');
      const activities = await runSql(
        database,
        'select * from activities join changes on changes.number = activities.number join activity_applications as history on history.number = activities.number',
      );
      const grantById = new Map(grants.map((row) => [row.id, row]));
      const activitiesByTarget = groupBy(activities, 'target_id');
      const scopesByGrant = groupBy(scopes, 'grant_id');
      for (const id of ids) {
        const { application_id: applicationId, version } = grantById.get(id) ?? {};
        const [activity, ...others] = activitiesByTarget.get(id) ?? [];
        const granted = (scopesByGrant.get(id) ?? []).map((row) => ({ id: row.scope_id, name: row.scope_name }));
        expect(version).toBe(1);
        expect(granted).toEqual(setting.scopes.map((scope) => ({ id: scope.id, name: scope.name })));
        expect(others).toEqual([]);
        expect(activity).toMatchObject({ type: 'GRANT.CREATED', application_id: applicationId });
        expect(JSON.parse(activity.after)).toMatchObject({ id, applicationId, version: 1, scopes: granted });
      }
    }

    test('applies a change completely or not at all when the process is killed', async () => {
      const all = await statementsOf(await grantToNewApplication());
      const moments = [1, Math.ceil(all / 3), Math.ceil((2 * all) / 3), all - 1, all];
      const made: unknown[] = [];
      for (const afterStatements of moments) {
        const call = await grantToNewApplication();
        const child = await storeProcess({ watched: true });
        await child.do({ do: 'die', afterStatements });

        await expect(child.call(call)).rejects.toThrow('The process has ended');

        const page = await store.grants.list(call[1], { limit: 10 });
        made.push(page?.items.length);
        await expectWhole(page?.items.map(({ id }) => id) ?? []);
        expect(await faultsOf(database)).toEqual([]);
      }
      // Statements are sent in flights: the server may have got those after the last response too.
      expect(made[0]).toBe(0);
      // The last statement is a commit: the change was made, and nobody was told.
      expect(made.at(-1)).toBe(1);
    });

    async function statementsOf(call: Call): Promise<number> {
      return (await statementsOfProcess(call)) - (await statementsOfProcess());
    }

    /** Of a process from the opening of its store to the end. */
    async function statementsOfProcess(...calls: readonly Call[]): Promise<number> {
      const child = await storeProcess({ watched: true });
      for (const call of calls) await child.call(call);
      const { value } = await child.do({ do: 'count statements' });
      await child.end();
      return value;
    }

    test('keeps every acknowledged change whenever a process is killed', async () => {
      const acknowledged: string[] = [];
      for (let round = 0; round < 3; round++) {
        const [victim, survivor] = [await storeProcess(), await storeProcess()];
        const [written, alsoWritten] = [victim.write(setting, 4), survivor.write(setting, 4)];
        await alsoWritten.more(1);

        await written.more(1 + Math.floor(Math.random() * 20));
        await victim.kill();
        await alsoWritten.more(5);
        await survivor.kill();

        acknowledged.push(...written.acknowledged, ...alsoWritten.acknowledged);
        expect(await outcomeOf(store.applications.create(setting.at, newApplication('next'), context))).toHaveProperty(
          'value',
        );
      }

      await expectWhole(acknowledged);
      expect(await faultsOf(database)).toEqual([]);
      const reopened = await database.open();
      const { value: next } = await reopened.grants.create(setting.applicationAt, command(), context);
      expect(next).toMatchObject({ version: 1, scopes: setting.scopes.map(({ id, name }) => ({ id, name })) });
      await reopened.close();
    });

    if (engine.name === 'PostgreSQL') {
      test('reconnects by itself when the server is killed during changes and restarts', async () => {
        const acknowledged: string[] = [];
        const child = await storeProcess();
        for (let round = 0; round < 2; round++) {
          const lanes = Array.from({ length: 8 }, () => writeUntilOutage(acknowledged));
          const childWrites = Promise.all(
            Array.from({ length: 8 }, async () => {
              for (;;) {
                const [outcome] = await child.call([
                  'applications.create',
                  setting.at,
                  newApplication('child'),
                  context,
                ]);
                if (outcome?.error !== undefined) return outcome.error;
              }
            }),
          );
          while (acknowledged.length < (round + 1) * 15) await new Promise(setImmediate);

          await engine.server?.kill();

          expect(new Set(await Promise.all(lanes))).toEqual(new Set(['StoreUnavailableError']));
          expect(new Set(await childWrites)).toEqual(new Set(['StoreUnavailableError']));
          await engine.server?.start();
          const { value } = await store.applications.create(setting.at, newApplication('next'), context);
          expect(await store.applications.get({ ...setting.at, applicationId: value.id })).toEqual(value);
          const [again] = await child.call(['applications.get', { ...setting.at, applicationId: value.id }]);
          expect(again).toEqual({ value });
        }

        await expectWhole(acknowledged);
        expect(await faultsOf(database)).toEqual([]);
        expect(await child.end()).toBe('');
      });

      async function writeUntilOutage(acknowledged: string[]): Promise<string | undefined> {
        for (;;) {
          const outcome = await outcomeOf(
            grantToNewApplication().then(async (call) => {
              const [, at, data] = call;
              return store.grants.create(at, data, context);
            }),
          );
          if (outcome.error !== undefined) return outcome.error;
          acknowledged.push(outcome.value.value.id);
        }
      }
    }
  },
  { ownServer: true },
);
