import fc from 'fast-check';
import { type ChangeEvent, type LiveGrants, liveGrants, scopeSet } from 'scopegate';
import type { GrantStore } from 'scopegate/admin';
import { deferred } from '../http/fixtures/domain.js';
import { longRuns } from '../support/property-runs.js';
import { describeEachEngine } from '../support/stores.js';
import { answerOf, type Claims, type Stand } from './fixtures/model.js';
import { observed, PAAS, testClock } from './fixtures/setting.js';
import { ASKED, application, audience, type Command, datedCommand, name, subject, worldOf } from './fixtures/world.js';

jest.setTimeout(60_000); // hooks too: a database is started and ended on a machine that has other things to do

/** Seconds from the last change, or no `iat`; the tokens of the past are the likely ones. */
const issued: fc.Arbitrary<number | undefined> = fc.constantFrom(-10, -1, 0, 3, 4, 5, 6, 7, undefined);
const held = fc.uniqueArray(name, { minLength: 1, maxLength: 3 });
const token = fc.record({ application, issued, subject, audience, held });

/** One change through one of the stores, a check begun before it by each, and what is asked afterwards. */
const step = fc.record({
  through: fc.constantFrom(0, 1),
  command: datedCommand,
  early: token,
  tokens: fc.array(token, { minLength: 1, maxLength: 4 }),
});

const newToken = { held: [PAAS], subject: undefined, audience: undefined, application: 0, issued: 7 };
const oldAndNew = [{ ...newToken, issued: -10 }, newToken];

/** An application that is made again starts with nothing of its namesake's: neither grants nor tokens. */
const madeAgain = (['delete', 'remake', 'grant'] as const).map((what) => ({
  through: 0 as const,
  command: { do: what, application: 0, resource: 0, names: [PAAS], ofGrant: [], ofScope: [] } as unknown as Command,
  early: { ...newToken, issued: -10 },
  tokens: oldAndNew,
}));

/** One decision of each kind, so that no run depends on a lucky seed to be about all of them. */
const eachKind = [
  {
    through: 1 as const,
    command: { do: 'revoke', application: 0, subject: undefined } as Command,
    early: newToken,
    tokens: [...oldAndNew, { ...newToken, held: ['read'] }],
  },
];

/** The kinds of decisions that there were, on either engine. */
const seen = new Set<string>();

describeEachEngine((engine) => {
  const wall = { time: Date.UTC(2026, 0, 1, 12, 0, 0, 250), now: () => wall.time };
  const stores: GrantStore[] = [];
  let runs = 0;

  beforeAll(async () => {
    const database = await engine.database();
    for (let i = 0; i < 2; i++) stores.push(await database.open({ clock: wall }));
  });
  afterAll(() => Promise.all(stores.map((store) => store.close())));

  test('every decision equals that of a model that reads the database after each change', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 14 }), async (steps) => {
        const world = await worldOf(stores[0] as GrantStore, `law ${++runs}`, wall.now);
        const processes = stores.map((store) => processOn(store, wall.now));
        try {
          for (const each of processes) await each.answer(world.ids[0] as string, {}, [PAAS]); // from now on, it watches
          for (const { through, command, early, tokens } of steps) {
            wall.time += 700;
            const [own, other] = (through === 0 ? processes : processes.toReversed()) as [Process, Process];
            const ask = async (process: Process, { application, issued, subject, audience, held }: typeof early) => {
              const iat = issued === undefined ? undefined : Math.floor(wall.time / 1000) + issued;
              const claims = { iat, sub: subject, aud: audience };
              const given = await process.answer(world.ids[application] as string, claims, held);
              return { given, expected: (stand: Stand) => answerOf(stand, claims, held, ASKED, wall.time) };
            };
            const before = world.stands;
            const release = [own, other].map((process) => process.hold());
            const during = [own, other].map((process) => ask(process, early));
            await new Promise(setImmediate);
            await world.apply(own.store, command);
            for (const each of release) each();
            for (const each of during) {
              const { given, expected } = await each;
              const allowed = [before, world.stands].map((stands) => expected(stands[early.application] as Stand));
              expect(allowed).toContainEqual(given);
            }
            for (const token of tokens) {
              const { given, expected } = await ask(own, token);
              const model = world.stands[token.application] as Stand;
              expect({ command, token, given }).toEqual({ command, token, given: expected(model) });
              seen.add(typeof given === 'string' ? given : given.length === 0 ? 'nothing' : 'something');
            }
            await other.hasRead(own.latest);
            for (const token of tokens) {
              const { given, expected } = await ask(other, token);
              const model = world.stands[token.application] as Stand;
              expect({ command, token, given }).toEqual({ command, token, given: expected(model) });
            }
          }
        } finally {
          for (const each of processes) each.close();
        }
      }),
      { numRuns: longRuns(engine.name === 'SQLite' ? 25 : 12), examples: [[madeAgain], [eachKind]] },
    );
  }, 240_000);
});

test('the law was about every kind of decision', () => {
  expect([...seen].toSorted()).toEqual(['application_revoked', 'nothing', 'something']);
});

/** Live grants on one store, which believe what they know for as long as the feed does not say otherwise. */
interface Process {
  readonly store: GrantStore;
  /** The number of the last change that was made through this store. */
  readonly latest: number;
  /** Waits until the feed has been read as far as that. */
  hasRead(number: number): Promise<void>;
  /** What is read from now on is answered only when the function that this returns is called. */
  hold(): () => void;
  answer(id: string, claims: Claims, held: readonly string[]): Promise<readonly string[] | string>;
  close(): void;
}

function processOn(store: GrantStore, now: () => number): Process {
  const asked = observed(store);
  const clock = { ...testClock(), now };
  const grants: LiveGrants = liveGrants({ source: asked, clock, maxStalenessMs: 60_000 });
  let latest = 0;
  const unwatch = store.changes.subscribe((events: readonly ChangeEvent[]) => {
    latest = events.at(-1)?.number ?? latest;
  });
  return {
    store,
    get latest() {
      return latest;
    },
    async hasRead(number) {
      while (asked.readTo < number) await asked.feedRead();
      await new Promise(setImmediate); // what was read has been taken in
    },
    hold() {
      const { promise, resolve } = deferred<void>();
      asked.late = promise;
      return () => {
        asked.late = undefined;
        resolve();
      };
    },
    async answer(id, claims, held) {
      const verdict = await grants.check({ payload: { client_id: id, ...claims }, scopes: scopeSet(held) });
      if (!verdict.ok) return verdict.reason;
      return ASKED.filter((scope) => verdict.scopes.covers(scope));
    },
    close() {
      grants.close();
      unwatch();
    },
  };
}
