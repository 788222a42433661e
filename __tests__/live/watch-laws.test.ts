import fc from 'fast-check';
import { type LiveVerdict, liveGrants, scopeSet } from 'scopegate';
import type { GrantStore } from 'scopegate/admin';
import { describeEachEngine } from '../support/stores.js';
import { answerOf, type Stand } from './fixtures/model.js';
import { observed, PAAS, testClock } from './fixtures/setting.js';
import { ASKED, application, audience, type Command, command, name, subject, worldOf } from './fixtures/world.js';

jest.setTimeout(60_000);

/** Seconds from the start, or no `iat`. */
const issued: fc.Arbitrary<number | undefined> = fc.constantFrom(-10, 0, 5, 60, undefined);
const held = fc.uniqueArray(name, { minLength: 1, maxLength: 3 });
const token = fc.record({ application, issued, subject, audience, held });

/** Tried first: a token that is permitted until the tokens of its application are revoked. */
const permitted = { application: 0, issued: 0, subject: undefined, audience: undefined, held: [PAAS] };
const revocation: Command = { do: 'revoke', application: 0, subject: undefined };

describeEachEngine((engine) => {
  const wall = { time: Date.UTC(2026, 0, 1, 12, 0, 0, 250), now: () => wall.time };
  const stores: GrantStore[] = [];
  let runs = 0;

  beforeAll(async () => {
    const database = await engine.database();
    for (let i = 0; i < 2; i++) stores.push(await database.open({ clock: wall }));
  });
  afterAll(() => Promise.all(stores.map((store) => store.close())));

  test('after each change, the last verdict of a watched token is that of a model that reads the database', async () => {
    const steps = fc.array(fc.record({ through: fc.constantFrom(0, 1), command }), { minLength: 3, maxLength: 10 });
    const tokens = fc.array(token, { minLength: 1, maxLength: 4 });
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(tokens, steps, async (watched, changes) => {
        const world = await worldOf(stores[0] as GrantStore, `law ${++runs}`);
        const asked = observed(stores[0] as GrantStore);
        const grants = liveGrants({ source: asked, clock: testClock(), maxStalenessMs: 60_000 });
        const start = Math.floor(wall.time / 1000);
        const open = watched.map(({ application, issued, subject, audience, held }) => {
          const claims = { iat: issued === undefined ? undefined : start + issued, sub: subject, aud: audience };
          const payload = { client_id: world.ids[application], ...claims };
          const watch = {
            application,
            claims,
            held,
            last: undefined as LiveVerdict | undefined,
            end: (): void => undefined,
          };
          watch.end = grants.watch?.({ payload, scopes: scopeSet(held) }, (verdict) => {
            watch.last = verdict;
          }) as () => void;
          return watch;
        });
        const expectModel = async (change: unknown) => {
          await settled(asked);
          for (const { application, claims, held, last } of open) {
            const stand = world.stands[application] as Stand;
            const expected = answerOf(stand, claims, held, ASKED);
            const given = toAnswer(last);
            expect({ change, claims, held, given }).toEqual({ change, claims, held, given: expected });
            seen.add(typeof given === 'string' ? given : 'permit');
          }
        };
        try {
          await expectModel('none');
          for (const { through, command } of changes) {
            wall.time += 700;
            await world.apply(stores[through] as GrantStore, command);
            await asked.feedRead();
            await expectModel(command);
          }
        } finally {
          for (const { end } of open) end();
          grants.close();
        }
      }),
      { numRuns: engine.name === 'SQLite' ? 8 : 4, examples: [[[permitted], [{ through: 1, command: revocation }]]] },
    );
    expect([...seen].toSorted()).toEqual(['application_revoked', 'permit']);
  }, 240_000);
});

/** Waits until every status that was asked for has been taken in. */
async function settled(asked: ReturnType<typeof observed>): Promise<void> {
  for (let quiet = 0; quiet < 5; quiet++) {
    while (asked.read < asked.standings.length) await new Promise(setImmediate);
    await new Promise(setImmediate);
  }
}

function toAnswer(verdict: LiveVerdict | undefined): readonly string[] | string | undefined {
  if (verdict === undefined) return undefined;
  return verdict.ok ? ASKED.filter((scope) => verdict.scopes.covers(scope)) : verdict.reason;
}
