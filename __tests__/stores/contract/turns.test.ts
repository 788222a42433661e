import { StoreUnavailableError } from 'scopegate';
import type { GrantStore } from 'scopegate/admin';
import { context, describeEachEngine, newApplication, newEnvironment } from '../../support/stores.js';
import { CHANGES } from './fixtures/changes.js';
import { contentsOf, contractStore, HOUR, ids, names, refusalOf, SECOND, StandingClock } from './fixtures/contract.js';
import { READS } from './fixtures/reads.js';

describeEachEngine((engine) => {
  describe('two stores on one database', () => {
    const given = contractStore(engine);
    let other: GrantStore;
    beforeAll(async () => {
      other = await given.database.open({ clock: given.clock });
    });
    afterAll(() => other?.close());
    const both = () => [given.store, other] as const;

    test('applies all concurrent changes without losing any', async () => {
      const p = await given.prepare();
      const scopeNames = Array.from({ length: 12 }, (_, i) => `more-${i}`);
      await Promise.all(
        scopeNames.map((name, i) => (both()[i % 2] as GrantStore).scopes.create(p.resourceAt, { name }, context)),
      );
      const changes = await Promise.all(
        scopeNames.map((name, i) => (both()[i % 2] as GrantStore).grants.addScopes(p.grantAt, [{ name }], context)),
      );
      const grant = await p.store.grants.get(p.grantAt);
      expect(names(grant?.scopes ?? []).sort()).toEqual(['a', 'b', ...scopeNames].sort());
      expect(changes.map(({ value }) => value.version).sort((a, b) => a - b)).toEqual(scopeNames.map((_, i) => i + 2));
      await contentsOf(p.store, p.at);
    });

    test('makes changes visible to the other store at once', async () => {
      const p = await given.prepare();
      const { value } = await other.applications.create(p.at, newApplication('writer'), context);
      expect(await given.store.applications.get({ ...p.at, applicationId: value.id })).toEqual(value);
      await given.store.environments.delete(p.environment.id, context);
      expect(await other.environments.get(p.environment.id)).toBeUndefined();
    });

    test('accepts a name from only one of two stores', async () => {
      const p = await given.prepare();
      const made = await Promise.allSettled(
        [...both(), ...both()].map((store) => store.scopes.create(p.resourceAt, { name: 'z' }, context)),
      );
      expect(made.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected', 'rejected', 'rejected']);
      expect(names((await contentsOf(p.store, p.at)).scopes).filter((name) => name === 'z')).toHaveLength(1);
    });

    test('accepts only one of two replacements of the same version', async () => {
      const p = await given.prepare();
      const made = await Promise.allSettled(
        [...both(), ...both()].map((store, i) => {
          const data = { name: p.environment.name, description: `by ${i}`, type: 'SANDBOX' } as const;
          return store.environments.replace(p.environment.id, data, { ...context, ifMatch: [p.environment.tag] });
        }),
      );
      expect(made.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected', 'rejected', 'rejected']);
      expect((await p.store.environments.get(p.environment.id))?.version).toBe(2);
    });

    test('applies two changes with the same idempotency key once', async () => {
      const p = await given.prepare();
      const once = { ...context, idempotency: { key: 'at once', fingerprint: 'x' } };
      const made = await Promise.all(
        [...both(), ...both()].map((store) => store.applications.create(p.at, newApplication('writer'), once)),
      );
      expect(made.map(({ replayed }) => replayed).sort()).toEqual([false, true, true, true]);
      expect(new Set(made.map(({ value }) => value.id)).size).toBe(1);
      expect(names((await contentsOf(p.store, p.at)).applications).sort()).toEqual(['reader', 'writer']);
    });
  });

  describe('dates', () => {
    const given = contractStore(engine);

    test('never run backwards although the clock does, in any process', async () => {
      const p = await given.prepare();
      given.clock.time += HOUR;
      const late = given.clock.text();
      await p.store.scopes.replace(p.scopeAt, { name: 'z' }, context);
      given.clock.time -= 2 * HOUR;
      const { value: made } = await p.store.applications.create(p.at, newApplication('writer'), context);
      expect(made).toMatchObject({ createdAt: late, updatedAt: late });
      const slow = await given.database.open({ clock: new StandingClock(given.clock.time - 24 * HOUR) });
      const { value: changed } = await slow.scopes.replace(p.scopeAt, { name: 'y' }, context);
      const { value: secret } = await slow.applications.rotateSecret(p.applicationAt, 'hush', undefined, context);
      await slow.close();
      expect([changed.updatedAt, secret.createdAt]).toEqual([late, late]);
      const { activities } = await contentsOf(p.store, p.at);
      const times = activities?.map(({ recordedAt }) => recordedAt) ?? [];
      expect(times).toEqual([...times].sort().reverse());
      expect(times.slice(0, 4)).toEqual([late, late, late, late]);

      given.clock.time += 3 * HOUR;
      const { value: later } = await p.store.applications.create(p.at, newApplication('writer'), context);
      expect(later.createdAt).toBe(given.clock.text());
    });

    test('do not affect the order of lists, which is the order of creation', async () => {
      const p = await given.prepare();
      const made: string[] = [];
      for (let i = 0; i < 4; i++) {
        given.clock.time -= SECOND;
        made.push((await p.store.applications.create(p.at, newApplication(`${i}`), context)).value.id);
      }
      expect(ids((await contentsOf(p.store, p.at)).applications)).toEqual([p.application.id, ...made]);
    });
  });

  describe('a store', () => {
    const given = contractStore(engine);

    test('makes ids by its own clock, whatever the clocks of other stores say', async () => {
      const time = Date.UTC(2024, 0);
      const other = await (await engine.database()).open({ clock: { now: () => time } });
      await given.prepare(); // in 2031
      const { value } = await other.environments.create(newEnvironment(), context);
      expect(Number.parseInt(value.id.replace('-', '').slice(0, 12), 16)).toBe(time);
      await other.close();
    });

    test('finds all data after it is reopened', async () => {
      const p = await given.prepare();
      await p.store.applications.rotateSecret(p.applicationAt, 'hush', undefined, context);
      const before = await contentsOf(p.store, p.at);
      const again = await given.database.open({ clock: given.clock });
      expect(await contentsOf(again, p.at)).toEqual(before);
      expect(await again.applications.hasSecret(p.applicationAt, 'hush')).toBe(true);
      await again.close();
    });

    test('rejects every call with an outage after it is closed', async () => {
      const prepared = await given.prepare();
      const store = await given.database.open();
      await store.close();
      await store.close();
      const p = { ...prepared, store };
      const calls = [
        ...CHANGES.map(({ make }) => make(p, context)),
        ...READS.map(({ read }) => read(p)),
        store.environments.list({ limit: 1 }),
        store.applications.hasSecret(p.applicationAt, 'hush'),
        store.scopes.holders(p.at, { scopeNames: ['a'] }, { limit: 1 }),
      ];
      const settled = await Promise.allSettled(calls);
      expect(settled).toEqual(calls.map(() => ({ status: 'rejected', reason: expect.any(StoreUnavailableError) })));
    });

    test('completes or rejects the changes in progress when it is closed', async () => {
      const store = await given.database.open();
      const made = ['under way 1', 'under way 2', 'under way 3'].map((name) => {
        return store.environments.create(newEnvironment(name), context).then(
          () => name,
          (error) => expect(error).toBeInstanceOf(StoreUnavailableError),
        );
      });
      await store.close();
      const acknowledged = (await Promise.all(made)).filter((name) => name !== undefined);
      const { items } = await given.store.environments.list({ limit: 100 });
      expect(names(items).filter((name) => name.startsWith('under way'))).toEqual(acknowledged);
    });

    test('continues after a refusal in the middle of a change', async () => {
      const p = await given.prepare();
      const refusal = await refusalOf(p.store.scopes.create(p.resourceAt, { name: 'a' }, context));
      expect(refusal.kind).toBe('invalid_data');
      await expect(p.store.scopes.create(p.resourceAt, { name: 'z' }, context)).resolves.toBeDefined();
      await contentsOf(p.store, p.at);
    });
  });
});
