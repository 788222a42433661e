import fc from 'fast-check';
import {
  type ApplicationStatus,
  type ChangeEvent,
  type LivePermission,
  type LiveVerdict,
  liveGrants,
  scopeSet,
} from 'scopegate';
import type { GrantStore } from 'scopegate/admin';
import { type MarkedChange, toEvent, toFeed } from '../../lib/stores/change-feed.js';
import { decodePosition, encodePosition, type FeedPlace } from '../../lib/stores/feed-position.js';
import { longRuns } from '../support/property-runs.js';

/** Milliseconds. */
const STALENESS = 100;
/** How many changes the feed tells at once. */
const PORTION = 3;

const APPLICATIONS = ['0', '1', '2'].map((digit) => `9b2f0c0e-6f0e-4a6b-8a55-0d7b3c1d2e3${digit}`);
/** One query in so many fails. */
const FAILURE = 40;

const application = fc.constantFrom(...APPLICATIONS, ...APPLICATIONS.slice(0, 1));
const of = fc.nat({ max: 5 });

const weighted = <T>(weight: number, arbitrary: fc.Arbitrary<T>) => ({ weight, arbitrary });
const step = fc.oneof(
  weighted(24, fc.record({ do: fc.constant('ask' as const), application, isAgain: fc.boolean() })),
  weighted(
    9,
    fc.record({ do: fc.constant('change' as const), application, isWide: fc.nat({ max: 3 }), isOwn: fc.boolean() }),
  ),
  weighted(
    36,
    fc.record({
      do: fc.constant('move' as const),
      ofFeed: fc.boolean(),
      of,
      isWhole: fc.boolean(),
      fails: fc.nat({ max: FAILURE }),
    }),
  ),
  weighted(12, fc.record({ do: fc.constant('tick' as const) })),
  weighted(4, fc.record({ do: fc.constant('give up' as const) })),
  weighted(3, fc.record({ do: fc.constant('wake' as const) })),
  weighted(
    10,
    fc.record({
      do: fc.constant('wait' as const),
      time: fc.constantFrom(1, 10, 60, 60, 60, STALENESS, STALENESS + 1, 60_001),
    }),
  ),
  weighted(1, fc.record({ do: fc.constant('trim' as const), of })),
  weighted(1, fc.record({ do: fc.constant('back up' as const) })),
  weighted(2, fc.record({ do: fc.constant('restore' as const) })),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const steps = fc.array(step, { minLength: 40, maxLength: 120, size: 'max' });

const ask = (i: number, isAgain = false): Step => ({ do: 'ask', application: APPLICATIONS[i] as string, isAgain });
const changeElsewhere = (i: number): Step => {
  return { do: 'change', application: APPLICATIONS[i] as string, isWide: 1, isOwn: false };
};
/** Makes the query, or answers it where it has been made: by its place among those under way. */
const move = (of = 0): Step => ({ do: 'move', ofFeed: false, of, isWhole: false, fails: 0 });
const load = (of = 0): Step => ({ do: 'move', ofFeed: false, of, isWhole: true, fails: 0 });
const wait = (time: number): Step => ({ do: 'wait', time });
const readFeed: readonly Step[] = [{ do: 'tick' }, { do: 'move', ofFeed: true, of: 0, isWhole: true, fails: 0 }];
/** Makes the query of the feed, or answers it where it has been made. */
const moveFeed: Step = { do: 'move', ofFeed: true, of: 0, isWhole: false, fails: 0 };
const confirmLater = [wait(60), ...readFeed, wait(60)];
const giveUp: Step = { do: 'give up' };

/** Orders that are seldom come upon. */
const SELDOM: readonly (readonly Step[])[] = [
  // A slow answer from before the place where the feed is followed from: nobody would tell of the change.
  [ask(0), move(), changeElsewhere(0), ask(1), load(1), move(), ...confirmLater, ask(0)],
  // The same, asked for before nobody attended, and the database was restored.
  [
    ...[changeElsewhere(0), ask(0), move(), wait(60_001), { do: 'tick' } as const, { do: 'restore' } as const],
    ...[changeElsewhere(0), ask(1), load(1), move(), ...confirmLater, ...confirmLater, ask(0)],
  ],
  // A database that was restored, and has come as far by another way.
  [
    ...[ask(0), load(), changeElsewhere(0), ...readFeed, ask(0), load()],
    ...[{ do: 'restore' } as const, changeElsewhere(0), ...confirmLater, ask(0)],
  ],
  // A slow answer, that a later middleware of the request would go by.
  [ask(1), load(), ask(0), move(), changeElsewhere(0), wait(60), ...readFeed, move(), wait(60), ask(0, true)],
  // An answer that nobody waits for, from before a change that the feed has told: of another application, or of its own.
  ...[1, 0].map((changed) => [
    ...[ask(1), load(), ask(0), move(), giveUp, changeElsewhere(changed), ...confirmLater, move(), wait(20), ask(0)],
  ]),
  // A late answer from a change that a restored database has lost, between the two ends of a query of the feed.
  [
    ...[ask(0), load(), changeElsewhere(1), ask(1), move(), { do: 'restore' } as const, wait(STALENESS + 1)],
    ...[{ do: 'tick' } as const, moveFeed, move(), moveFeed, ask(1)],
  ],
];

/** Everything that a restore brings back. Which change it was that has a number is told by its mark. */
interface State {
  readonly number: number;
  readonly changes: readonly MarkedChange[];
  /** What each application is granted: a number that stands for it. */
  readonly granted: ReadonlyMap<string, number>;
}

/** What an application was granted from one step to another; the times are those of the clock. */
interface Era {
  readonly granted: number;
  endStep: number;
  endTime: number;
}

/** A query that has been asked for. */
interface Query {
  readonly isOfFeed: boolean;
  isMade: boolean;
  make(): void;
  answer(): void;
  fail(): void;
}

/** The mark of the place before the first change. */
const ORIGIN = 'origin';

/** A database, in which a query is made at one step, and answered at that or at a later one. */
class Model {
  time = 1_000_000;
  step = 0;
  restores = 0;
  readonly queries: Query[] = [];
  readonly #watchers = new Set<(events: readonly ChangeEvent[]) => void>();
  /** The steps at which the last changes were acknowledged that were made through the store. */
  readonly acknowledged = new Map<string, number>();
  readonly #eras = new Map<string, Era[]>(APPLICATIONS.map((id) => [id, [newEra(0)]]));
  #state: State = { number: 0, changes: [], granted: new Map(APPLICATIONS.map((id) => [id, 0])) };
  #backup = this.#state;
  #values = 0;

  readonly store: Pick<GrantStore, 'applicationStatus' | 'changes'> = {
    applicationStatus: (id) => this.#query(false, () => this.#standing(id)),
    changes: {
      since: (position) => {
        const read = () => {
          const from = decodePosition(position) as FeedPlace;
          const later = this.#state.changes.filter((change) => change.number >= from.number);
          return toFeed({ origin: ORIGIN, end: this.#end, changes: later.slice(0, PORTION + 1) }, from);
        };
        return this.#query(true, read);
      },
      subscribe: (wake) => {
        this.#watchers.add(wake);
        return () => this.#watchers.delete(wake);
      },
    },
  };

  take(step: Exclude<Step, { do: 'ask' | 'tick' | 'give up' }>): void {
    if (step.do === 'change') this.#change(step.isWide === 0 ? APPLICATIONS : [step.application], step.isOwn);
    else if (step.do === 'move') this.#move(step);
    else if (step.do === 'wake') for (const wake of this.#watchers) wake([]);
    else if (step.do === 'wait') this.time += step.time;
    else if (step.do === 'trim') this.#trim(step.of);
    else if (step.do === 'back up') this.#backup = this.#state;
    else this.#restore();
  }

  /** Makes a query that is under way, or answers it if it has been made; or both. */
  #move({ ofFeed, of, isWhole, fails }: Step & { do: 'move' }): void {
    const candidates = this.queries.filter(({ isOfFeed }) => isOfFeed === ofFeed);
    const query = candidates[of % candidates.length];
    if (query === undefined) return;
    const wasMade = query.isMade;
    if (!wasMade) query.make();
    if (!wasMade && !isWhole) return;
    this.queries.splice(this.queries.indexOf(query), 1);
    if (fails === FAILURE) query.fail();
    else query.answer();
  }

  #change(ids: readonly string[], isOwn: boolean): void {
    const number = this.#state.number + 1;
    const affects = ids.length === 1 ? (ids[0] as string) : 'all';
    const change = { number, mark: `${this.#values + 1}`, environmentId: 'e', affects };
    const granted = new Map(this.#state.granted);
    for (const id of ids) granted.set(id, ++this.#values);
    this.#become({ number, changes: [...this.#state.changes, change], granted });
    if (!isOwn) return;
    for (const wake of this.#watchers) wake([toEvent(change)]);
    for (const id of ids) this.acknowledged.set(id, this.step);
  }

  #trim(of: number): void {
    const { changes } = this.#state;
    const kept = changes.length === 0 ? 0 : 1 + (of % changes.length);
    this.#state = { ...this.#state, changes: changes.slice(changes.length - kept) };
  }

  /** Later changes have the numbers of those that it takes back. */
  #restore(): void {
    this.restores++;
    this.#become(this.#backup);
  }

  /** Whether an application was granted that at some moment within `STALENESS`, and after a step. */
  wasRight(id: string, granted: number, since: number): boolean {
    return (this.#eras.get(id) as Era[]).some((era) => {
      return era.granted === granted && era.endTime >= this.time - STALENESS && era.endStep > since;
    });
  }

  #standing(id: string): ApplicationStatus {
    const scope = `urn:opc:resource:consumer:v${this.#state.granted.get(id)}::read`;
    const end = this.#end;
    return {
      number: end.number,
      position: encodePosition(end),
      state: 'enabled',
      environmentId: 'e',
      grants: [{ audience: 'urn:opc:resource:scope:account', scope }],
      subjectsNotBefore: new Map(),
    };
  }

  get #end(): FeedPlace {
    const last = this.#state.changes.at(-1);
    return { number: this.#state.number, mark: last?.mark ?? ORIGIN };
  }

  #become(state: State): void {
    for (const [id, granted] of state.granted) {
      const eras = this.#eras.get(id) as Era[];
      const latest = eras.at(-1) as Era;
      if (latest.granted === granted) continue;
      Object.assign(latest, { endStep: this.step, endTime: this.time });
      eras.push(newEra(granted));
    }
    this.#state = state;
  }

  #query<T>(isOfFeed: boolean, read: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      let value: T;
      this.queries.push({
        isOfFeed,
        isMade: false,
        make() {
          value = read();
          this.isMade = true;
        },
        answer: () => resolve(value),
        fail: () => reject(new Error('The store is away.')),
      });
    });
  }
}

function newEra(granted: number): Era {
  return { granted, endStep: Number.POSITIVE_INFINITY, endTime: Number.POSITIVE_INFINITY };
}

/** Timers ring when a step says so: those of intervals, and those that end the wait of requests. */
function useBells() {
  const bells = new Set<() => void>();
  const patience = new Set<() => void>();
  beforeEach(() => {
    jest.spyOn(globalThis, 'setInterval').mockImplementation(((ring: () => void) => {
      bells.add(ring);
      return Object.assign(ring, { unref: () => ring });
    }) as never);
    jest.spyOn(globalThis, 'clearInterval').mockImplementation(((ring: () => void) => bells.delete(ring)) as never);
    jest.spyOn(globalThis, 'setTimeout').mockImplementation(((ring: () => void) => {
      patience.add(ring);
      return ring;
    }) as never);
    jest.spyOn(globalThis, 'clearTimeout').mockImplementation(((ring: () => void) => patience.delete(ring)) as never);
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });
  return { bells, patience };
}

const { bells, patience } = useBells();

/** Every request that waits gives up. @returns how many timers rang */
function giveUpAll(): number {
  const all = [...patience];
  patience.clear();
  for (const ring of all) ring();
  return all.length;
}

test('whatever comes first, what is let through was right within `maxStalenessMs`, and since what its own store acknowledged', async () => {
  const seen = { atOnce: 0, late: 0, again: 0, refused: 0, givenUp: 0, restores: 0 };
  const bounds = fc.record({
    maxApplications: fc.integer({ min: 2, max: 4 }),
    maxQueries: fc.integer({ min: 1, max: 4 }),
  });
  await fc.assert(
    fc.asyncProperty(steps, bounds, async (steps, bounds) => {
      const model = new Model();
      const clock = { monotonic: () => model.time, now: () => model.time };
      bells.clear();
      patience.clear();
      const live = liveGrants({ source: model.store, clock, maxStalenessMs: STALENESS, ...bounds });
      const wrong: string[] = [];
      const requests = new Map<string, { readonly since: number; readonly permission: LivePermission }>();
      const tokens = new Map(
        APPLICATIONS.map((id) => [
          id,
          { payload: { client_id: id }, scopes: scopeSet('urn:opc:resource:consumer::all') },
        ]),
      );

      const check = ({ application, isAgain }: Step & { do: 'ask' }) => {
        const request = isAgain ? requests.get(application) : undefined;
        const since = request?.since ?? model.acknowledged.get(application) ?? 0;
        const asked = model.step;
        const answered = (verdict: LiveVerdict) => {
          if (!verdict.ok) {
            seen.refused++;
            return;
          }
          requests.set(application, { since, permission: verdict });
          const [scope = ''] = verdict.scopes;
          const granted = Number(/:v(\d+):/.exec(scope)?.[1]);
          if (!model.wasRight(application, granted, since))
            wrong.push(`asked at step ${asked}, answered at ${model.step}`);
        };
        const verdict = live.check(tokens.get(application) as never, request?.permission);
        if (verdict instanceof Promise) {
          seen.late++;
          verdict.then(answered);
        } else {
          seen[request === undefined ? 'atOnce' : 'again']++;
          answered(verdict);
        }
      };

      const take = (step: Step): void => {
        if (step.do === 'ask') check(step);
        else if (step.do === 'tick') for (const ring of [...bells]) ring();
        else if (step.do === 'give up') seen.givenUp += giveUpAll();
        else model.take(step);
      };

      for (const step of steps) {
        model.step++;
        take(step);
        await new Promise(setImmediate);
      }
      live.close();
      seen.restores += model.restores;
      expect(wrong).toEqual([]);
    }),
    { numRuns: longRuns(1200), examples: SELDOM.map((steps) => [[...steps], { maxApplications: 4, maxQueries: 4 }]) },
  );
  expect(Math.min(...Object.values(seen))).toBeGreaterThan(longRuns(50)); // or the law would have been about nothing
}, 240_000);
