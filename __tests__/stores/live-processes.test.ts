import { type IssuedToken, type LiveGrants, type LiveGrantsOptions, liveGrants } from 'scopegate';
import type { GrantStore } from 'scopegate/admin';
import { createIdGenerator } from '../../lib/grants/ids.js';
import { loadDatabase } from '../../lib/stores/sqlite/driver.js';
import type { Call } from '../support/call-results.js';
import type { LiveProcessOptions } from '../support/live-process.js';
import { type StoreProcess, useProcesses } from '../support/processes.js';
import {
  context,
  createSetting,
  describeEachEngine,
  newApplication,
  type Setting,
  type TestDatabase,
} from '../support/stores.js';
import { AGELESS, answerOf, ask, BOUND, EVENTUALLY, tokenOf } from './fixtures/live-answers.js';

jest.setTimeout(60_000);

/** A staleness with which the feed is asked every second, and a slow database has three to answer. */
const ASKED_OFTEN = 3000;

/** A setting whose application is granted `a` and `b`, but not `c`. */
type GrantedSetting = Setting & { readonly grantAt: Setting['applicationAt'] & { readonly grantId: string } };

const processes = useProcesses(afterAll);

describeEachEngine((engine) => {
  let database: TestDatabase;
  let store: GrantStore;
  let child: StoreProcess;
  let setting: GrantedSetting;
  const opened: LiveGrants[] = [];
  beforeAll(async () => {
    database = await engine.database();
    store = await database.open();
    child = await storeProcess();
  });
  beforeEach(async () => {
    setting = await granted();
  });
  afterEach(() => {
    for (const each of opened.splice(0)) each.close();
  });
  afterAll(async () => {
    await store?.close();
    await child?.end();
  });

  let settings = 0;
  async function granted(): Promise<GrantedSetting> {
    const bare = await createSetting(store, ['a', 'b', 'c'], `test ${++settings}`);
    const scopes = bare.scopes.slice(0, 2).map(({ id }) => ({ id }));
    const command = { resource: { id: bare.resource.id }, scopes };
    const { value } = await store.grants.create(bare.applicationAt, command, context);
    return { ...bare, grantAt: { ...bare.applicationAt, grantId: value.id } };
  }

  function live(options: Partial<LiveGrantsOptions>): LiveGrants {
    const made = liveGrants({ source: store, ...options });
    opened.push(made);
    return made;
  }

  async function storeProcess(): Promise<StoreProcess> {
    const started = await processes.start();
    expect(await started.open(database)).not.toHaveProperty('error');
    return started;
  }

  /** The moment when the process has said that it made the change. */
  async function acknowledgementOf(from: StoreProcess, call: Call): Promise<number> {
    const [outcome] = await from.call(call);
    const acknowledged = performance.now();
    expect(outcome).toEqual({ value: expect.objectContaining({ activities: [expect.anything()] }) });
    return acknowledged;
  }

  const scopeAt = ({ at, resource, scopes }: Setting, index: number) => {
    return { ...at, resourceId: resource.id, scopeId: scopes[index]?.id as string };
  };

  const CASES: readonly (readonly [name: string, after: string, change: (own: GrantedSetting) => Call])[] = [
    [
      'a scope of the grant is removed',
      'a',
      (own) => ['grants.removeScope', own.grantAt, scopeAt(own, 1).scopeId, context],
    ],
    ['the grant is widened', 'a b c', (own) => ['grants.addScopes', own.grantAt, [{ name: 'c' }], context]],
    [
      'the grant is replaced',
      'c',
      (own) => ['grants.replace', own.grantAt, { resource: { id: own.resource.id }, scopes: [{ name: 'c' }] }, context],
    ],
    ['the grant is deleted', 'application_revoked', (own) => ['grants.delete', own.grantAt, context]],
    ['there are no grants any more', 'application_revoked', (own) => ['grants.setAll', own.applicationAt, [], context]],
    [
      'the application is disabled',
      'application_revoked',
      (own) => ['applications.replace', own.applicationAt, newApplication('reader', { enabled: false }), context],
    ],
    ['the application is deleted', 'application_revoked', (own) => ['applications.delete', own.applicationAt, context]],
    ['a scope is deleted', 'a', (own) => ['scopes.delete', scopeAt(own, 1), context]],
    ['a scope is renamed', 'a', (own) => ['scopes.replace', scopeAt(own, 1), { name: 'z' }, context]],
    [
      'the resource is deleted',
      'application_revoked',
      (own) => ['resources.delete', { ...own.at, resourceId: own.resource.id }, context],
    ],
    [
      'the environment is deleted',
      'application_revoked',
      (own) => ['environments.delete', own.environment.id, context],
    ],
    [
      'all tokens are revoked',
      'application_revoked',
      (own) => ['applications.revokeTokens', own.applicationAt, undefined, context],
    ],
    [
      'a subject’s are',
      'application_revoked',
      (own) => ['applications.revokeTokens', own.applicationAt, 'somebody', context],
    ],
  ];

  /** One that never believes anything for more than a second, and one that hears of changes by the feed's calls only. */
  function bothKinds(): readonly [bounded: LiveGrants, told: LiveGrants] {
    return [live({ maxStalenessMs: BOUND }), live({ maxStalenessMs: AGELESS })];
  }

  /** Fails unless both kinds give the answer before and then, once the process has made the change, the one after. */
  async function expectFelt(
    [bounded, told]: ReturnType<typeof bothKinds>,
    token: IssuedToken,
    [before, after]: readonly [string, string],
    call: Call,
    from = child,
  ): Promise<void> {
    for (const each of [bounded, told]) expect(await answerOf(each, token)).toBe(before);
    expect(bounded.check(token)).not.toBeInstanceOf(Promise);

    const acknowledged = acknowledgementOf(from, call);

    const [story, toldStory] = await Promise.all([
      ask(bounded, token, after, acknowledged),
      ask(told, token, after, acknowledged, EVENTUALLY),
    ]);
    expect(story.answers).toEqual([before, after]);
    expect(story.lastOther).toBeLessThanOrEqual(BOUND);
    expect(toldStory.answers).toEqual([before, after]);
  }

  describe('change by another process', () => {
    test.each(CASES)('takes effect within a second: %s', async (_name, after, change) => {
      await expectFelt(bothKinds(), tokenOf(setting), ['a b', after], change(setting));
    });

    test('takes effect when an unknown application is created and gets a grant', async () => {
      const kinds = bothKinds();
      const id = createIdGenerator()(Date.now());
      const at = { ...setting.at, applicationId: id };
      const token = tokenOf({ application: { ...setting.application, id } });
      const application = { ...newApplication('late'), id };
      const grant = { resource: { id: setting.resource.id }, scopes: [{ name: 'c' }] };
      const create: Call = ['applications.create', setting.at, application, context];

      await expectFelt(kinds, token, ['application_unknown', 'application_revoked'], create);
      await expectFelt(kinds, token, ['application_revoked', 'c'], ['grants.create', at, grant, context]);
    });
  });

  test('leaves other subjects and other applications valid when one subject is revoked', async () => {
    const [, told] = bothKinds();
    const other = await granted();
    const [own, anothers, elsewhere] = [tokenOf(setting), tokenOf(setting, 'another'), tokenOf(other)];
    for (const token of [own, anothers, elsewhere]) expect(await answerOf(told, token)).toBe('a b');

    const acknowledged = acknowledgementOf(child, [
      'applications.revokeTokens',
      setting.applicationAt,
      'somebody',
      context,
    ]);

    const story = await ask(told, own, 'application_revoked', acknowledged, EVENTUALLY);
    expect(story.answers).toEqual(['a b', 'application_revoked']);
    expect(await answerOf(told, anothers)).toBe('a b');
    expect(told.check(elsewhere)).not.toBeInstanceOf(Promise);
    expect(await answerOf(told, elsewhere)).toBe('a b');
  });

  test('applies the last of alternating changes by two processes', async () => {
    const kinds = bothKinds();
    const token = tokenOf(setting);
    const another = await storeProcess();
    const remove: Call = ['grants.removeScope', setting.grantAt, setting.scopes[2]?.id as string, context];
    for (let round = 0; round < 3; round++) {
      await expectFelt(kinds, token, ['a b', 'a b c'], ['grants.addScopes', setting.grantAt, [{ name: 'c' }], context]);
      await expectFelt(kinds, token, ['a b c', 'a b'], remove, another);
    }
  });

  test('takes effect within a second by reading the feed when no notification arrives', async () => {
    const deaf = { ...store, watch: () => () => undefined };
    const bounded = live({ source: deaf, maxStalenessMs: BOUND });
    const token = tokenOf(setting);
    expect(await answerOf(bounded, token)).toBe('a b');

    const acknowledged = acknowledgementOf(child, ['grants.delete', setting.grantAt, context]);

    const story = await ask(bounded, token, 'application_revoked', acknowledged);
    expect(story.answers).toEqual(['a b', 'application_revoked']);
    expect(story.lastOther).toBeLessThanOrEqual(BOUND);
  });

  test('invalidates only the applications that the feed names', async () => {
    const { value: neighbour } = await store.applications.create(setting.at, newApplication('neighbour'), context);
    const elsewhere = await granted();
    const applicationStatus = jest.fn(store.applicationStatus);
    const deaf = { ...store, applicationStatus, changes: { ...store.changes, subscribe: () => () => undefined } };
    const timeless = live({ source: deaf, maxStalenessMs: ASKED_OFTEN, clock: { monotonic: () => 0 } });
    const [own, ...others] = [tokenOf(setting), tokenOf({ application: neighbour }), tokenOf(elsewhere)] as const;
    const before: string[] = [];
    for (const token of [own, ...others]) before.push(await answerOf(timeless, token));
    expect(before).toEqual(['a b', 'application_revoked', 'a b']);

    const acknowledged = acknowledgementOf(child, ['grants.delete', setting.grantAt, context]);

    const story = await ask(timeless, own, 'application_revoked', acknowledged, EVENTUALLY);
    expect(story.answers).toEqual(['a b', 'application_revoked']);
    for (const token of others) expect(timeless.check(token)).not.toBeInstanceOf(Promise);
    expect(applicationStatus).toHaveBeenCalledTimes(4);
  });

  if (engine.name === 'SQLite') {
    test('takes effect within a second in a process that was blocked during the change', async () => {
      const looking = (await loadDatabase())(database.address);
      const grants = looking.prepare('select id from grants where id = ?');
      const [bounded, told] = bothKinds();
      const token = tokenOf(setting);
      for (const each of [bounded, told]) expect(await answerOf(each, token)).toBe('a b');

      looking.exec('begin immediate'); // the other process has to wait with its change
      const made = acknowledgementOf(child, ['grants.delete', setting.grantAt, context]);
      await new Promise(setImmediate); // the command is on its way
      const begun = performance.now();
      looking.exec('rollback');
      let committed: number | undefined;
      while (committed === undefined || performance.now() - begun < 300) {
        if (performance.now() - begun > EVENTUALLY) break;
        if (grants.all([setting.grantAt.grantId]).length === 0) committed ??= performance.now();
      }
      looking.close();

      const change = Promise.resolve(committed as number);
      const [story, toldStory] = await Promise.all([
        ask(bounded, token, 'application_revoked', change),
        ask(told, token, 'application_revoked', change, EVENTUALLY),
      ]);
      expect(story.answers.at(-1)).toBe('application_revoked');
      expect(story.lastOther).toBeLessThanOrEqual(BOUND);
      expect(toldStory.answers.at(-1)).toBe('application_revoked');
      expect(await made).toBeGreaterThan(begun);
    });
  }

  /** What each process says and how it ends, which has checked once and then closed so much. */
  async function endings(closings: readonly LiveProcessOptions['close'][]): Promise<string[]> {
    const started = await processes.startMany(closings.length);
    return Promise.all(
      started.map(async (each, index) => {
        const options = { opening: database.opening, applicationId: setting.application.id, close: closings[index] };
        await each.open({ ...database, opening: { entry: './live-process.js', creator: 'checkOnce', options } });
        return each.end();
      }),
    );
  }

  const closings: LiveProcessOptions['close'][] = [['live grants', 'store'], ['store'], ['live grants'], []];

  test('live grants keep no process alive, whatever is still open', async () => {
    const checked = '{"scopes":["a"]}, exit 0';
    expect(await endings(closings)).toEqual(closings.map(() => checked));
  }, 20_000);
});
