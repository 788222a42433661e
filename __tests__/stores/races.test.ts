import type { Grant, GrantStore } from 'scopegate/admin';
import { type Call, make, type Outcome } from '../support/call-results.js';
import { type StoreProcess, useProcesses } from '../support/processes.js';
import {
  context,
  createSetting,
  describeEachEngine,
  newApplication,
  newEnvironment,
  newResource,
  type Setting,
  type TestDatabase,
} from '../support/stores.js';
import { faultsOf, openTables, runSql } from '../support/tables.js';

jest.setTimeout(120_000);

const PROCESSES = 3;
const IN_EACH = 5;
const ALL = (PROCESSES + 1) * IN_EACH;

const processes = useProcesses(afterAll);

describeEachEngine((engine) => {
  let database: TestDatabase;
  let store: GrantStore;
  let setting: Setting;
  let others: StoreProcess[];
  beforeAll(async () => {
    others = await processes.startMany(PROCESSES);
  });
  beforeEach(async () => {
    database = await engine.database();
    store = await database.open();
    setting = await createSetting(store);
    for (const each of others) expect(await each.open(database)).not.toHaveProperty('error');
  });
  afterEach(async () => {
    expect(await faultsOf(database)).toEqual([]);
    await store.close();
  });

  /** Makes calls at once: in each of the other processes and in this one. */
  async function race(callsOf: (process: number) => readonly Call[]): Promise<Outcome[]> {
    const elsewhere = others.map((each, process) => each.call(...callsOf(process)));
    const here = callsOf(PROCESSES).map((call) => make(store, call));
    return (await Promise.all([...elsewhere, Promise.all(here)])).flat();
  }
  const raceWith = (call: Call) => race(() => Array.from({ length: IN_EACH }, () => call));

  const grantOf = (...scopes: readonly string[]) => ({
    resource: { name: 'reports' },
    scopes: scopes.map((name) => ({ name })),
  });
  const valuesOf = (outcomes: readonly Outcome[]) => outcomes.filter(({ error }) => error === undefined);
  const errorsOf = (outcomes: readonly Outcome[]) => [...new Set(outcomes.flatMap(({ error }) => error ?? []))].sort();

  test.each<[string, (setting: Setting) => Call]>([
    ['grants.get', ({ applicationAt }) => ['grants.create', applicationAt, grantOf('a', 'b'), context]],
    ['environments.get', () => ['environments.create', newEnvironment('one'), context]],
    ['resources.get', ({ at }) => ['resources.create', at, newResource('one'), context]],
    [
      'scopes.get',
      ({ at, resource: { id } }) => ['scopes.create', { ...at, resourceId: id }, { name: 'one' }, context],
    ],
  ])('creates one %s for twenty concurrent requests and refuses the rest with its id', async (_, call) => {
    const outcomes = await raceWith(call(setting));

    const [made, ...more] = valuesOf(outcomes);
    expect(more).toEqual([]);
    const refused = outcomes.filter(({ error }) => error === 'invalid_data');
    expect(refused).toHaveLength(ALL - 1);
    for (const { details } of refused) {
      expect(details).toMatchObject([
        { code: 'UNIQUENESS_VIOLATION', innerError: { existingId: made?.value.value.id } },
      ]);
    }
  });

  test('applies twenty concurrent requests with one Idempotency-Key once and replays the value', async () => {
    const idempotency = { key: 'k', fingerprint: 'f' };
    const outcomes = await raceWith([
      'applications.create',
      setting.at,
      newApplication('one'),
      { ...context, idempotency },
    ]);

    expect(new Set(outcomes.map(({ value }) => value.value.id)).size).toBe(1);
    expect(outcomes.filter(({ value }) => value.replayed)).toHaveLength(ALL - 1);
    expect((await store.applications.list(setting.at, { limit: 10 }))?.count).toBe(2);
  });

  test('accepts one of several changes to the same version and refuses the rest as stale', async () => {
    const grant = await store.grants.create(setting.applicationAt, grantOf('a'), context);
    const at = { ...setting.applicationAt, grantId: grant.value.id };
    const onlyIf = (...tags: string[]) => ({ ...context, ifMatch: tags });

    const replaced = await raceWith(['grants.replace', at, grantOf('a', 'b'), onlyIf(grant.value.tag)]);
    const renamed = await race((process) =>
      Array.from({ length: IN_EACH }, (_, i) => {
        const data = newApplication(`name ${process} ${i}`);
        return ['applications.replace', setting.applicationAt, data, onlyIf(setting.application.tag)];
      }),
    );
    const latest = await store.grants.get(at);
    const deleted = await raceWith(['grants.delete', at, onlyIf(latest?.tag ?? '')]);

    for (const outcomes of [replaced, renamed]) {
      expect(valuesOf(outcomes)).toMatchObject([{ value: { value: { version: 2 } } }]);
      expect(errorsOf(outcomes)).toEqual(['stale']);
    }
    expect(valuesOf(deleted)).toHaveLength(1);
    expect(errorsOf(deleted)).toEqual(['not_found']);
    const [winner] = valuesOf(renamed);
    expect(await store.applications.get(setting.applicationAt)).toEqual(winner?.value.value);
  });

  test.each<[string, (setting: Setting) => Call, (setting: Setting, name: string) => Call[]]>([
    [
      'an environment',
      ({ environment }) => ['environments.delete', environment.id, context],
      ({ at }, name) => [
        ['applications.create', at, newApplication(name), context],
        ['resources.create', at, newResource(name), context],
      ],
    ],
    [
      'a resource',
      ({ at, resource }) => ['resources.delete', { ...at, resourceId: resource.id }, context],
      ({ at, resource, applicationAt }, name) => [
        ['scopes.create', { ...at, resourceId: resource.id }, { name }, context],
        ['grants.setAll', applicationAt, [grantOf('a')], context],
        ['grants.setAll', applicationAt, [], context],
      ],
    ],
    [
      'an application',
      ({ applicationAt }) => ['applications.delete', applicationAt, context],
      ({ applicationAt }) => [
        ['grants.setAll', applicationAt, [grantOf('a', 'b')], context],
        ['grants.setAll', applicationAt, [], context],
        ['applications.rotateSecret', applicationAt, 'applications.secret', undefined, context],
      ],
    ],
    [
      'a scope',
      ({ at, resource, scopes }) => [
        'scopes.delete',
        { ...at, resourceId: resource.id, scopeId: scopes[0]?.id as string },
        context,
      ],
      ({ applicationAt }) => [
        ['grants.setAll', applicationAt, [grantOf('a')], context],
        ['grants.setAll', applicationAt, [grantOf('b')], context],
      ],
    ],
  ])('leaves no orphan when %s is deleted during changes to its contents', async (_, deletion, changes) => {
    const outcomes = await race((process) => {
      const calls = Array.from({ length: IN_EACH }, (_, i) => changes(setting, `n${process}.${i}`)).flat();
      return process === 1 ? calls.toSpliced(calls.length / 2, 0, deletion(setting)) : calls;
    });

    expect(errorsOf(outcomes).filter((error) => !['not_found', 'invalid_data'].includes(error))).toEqual([]);
    const [again] = [await make(store, deletion(setting))];
    expect(again).toMatchObject({ error: 'not_found' });
  });

  test('numbers changes without a gap, visible at any time during concurrent writes', async () => {
    const tables = await openTables(database); // before the writes, which are over soon
    let isOver = false;
    const writing = race((process) =>
      Array.from({ length: 2 * IN_EACH }, (_, i): Call[] => [
        ['applications.create', setting.at, newApplication(`${process} ${i}`), context],
        ['resources.create', setting.at, newResource(`${i}`), context], // all but one of each name are refused
        ['grants.setAll', setting.applicationAt, [grantOf(i % 2 === 0 ? 'a' : 'b')], context],
      ]).flat(),
    ).finally(() => {
      isOver = true;
    });
    const gaps: unknown[] = [];
    const seen = new Set<number>();
    while (!isOver) {
      const [{ first, last, rows }] = await tables.run(
        'select min(number) as first, max(number) as last, count(*) as rows from changes',
      );
      if (first !== 1 || last !== rows) gaps.push({ first, last, rows });
      seen.add(last);
      await new Promise(setImmediate);
    }
    await tables.close();
    const outcomes = await writing;

    expect(gaps).toEqual([]);
    expect(seen.size).toBeGreaterThan(1);
    expect(errorsOf(outcomes)).toEqual(['invalid_data']);
    const changes = valuesOf(outcomes).reduce((sum, { value }) => sum + value.activities.length, 0);
    const [{ number }] = await runSql(database, 'select number from ledger');
    expect(number).toBe(2 + setting.scopes.length + 1 + changes);
  });

  test('sets the grants of one process or of the other when two set them concurrently', async () => {
    await store.resources.create(setting.at, newResource('bills'), context).then(async ({ value }) => {
      await store.scopes.create({ ...setting.at, resourceId: value.id }, { name: 'pay' }, context);
    });
    const bills = { resource: { name: 'bills' }, scopes: [{ name: 'pay' }] };
    const wishes = [[grantOf('a', 'b'), bills], [grantOf('c')]];
    const namesOf = (grants: readonly Grant[]) => grants.map(({ scopes }) => scopes.map(({ name }) => name).join(' '));

    for (let round = 0; round < 5; round++) {
      const outcomes = await race((process) => [
        ['grants.setAll', setting.applicationAt, wishes[process % 2] ?? [], context],
      ]);

      expect(errorsOf(outcomes)).toEqual([]);
      const names = namesOf((await store.grants.list(setting.applicationAt, { limit: 10 }))?.items ?? []);
      expect([['a b', 'pay'], ['c']]).toContainEqual(names.sort());
    }
  });
});
