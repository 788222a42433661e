import type { ChangeContext } from 'scopegate/admin';
import { context, describeEachEngine, newApplication } from '../../support/stores.js';
import { CHANGES } from './fixtures/changes.js';
import { contentsOf, contractStore, HOUR, leavingAll, names, refusalOf, refused } from './fixtures/contract.js';

let keys = 0;
const keyed = (key = `key ${++keys}`, fingerprint = 'as it is'): ChangeContext => {
  return { ...context, idempotency: { key, fingerprint } };
};

describeEachEngine((engine) => {
  describe('repetition with the same key', () => {
    const given = contractStore(engine);

    test.each(CHANGES)('returns the first value of $method and changes nothing', async ({ method, make }) => {
      const p = await given.prepare();
      const once = keyed();
      const first = await make(p, once);
      expect(first.replayed).toBe(false);
      expect(first.activities).not.toEqual([]);
      const repeat = () => make(p, once);
      const again = await (method === 'deleteEnvironment' ? repeat() : leavingAll(p.store, p.at, repeat));
      expect(again).toEqual({ value: first.value, activities: [], replayed: true });
    });

    test('a repetition with the same key is refused when the request differs', async () => {
      const p = await given.prepare();
      const { idempotency } = keyed();
      await p.store.applications.create(p.at, newApplication('writer'), { ...context, idempotency });
      const other = keyed(idempotency?.key, 'otherwise');
      const change = () => p.store.applications.create(p.at, newApplication('other'), other);
      expect(await refused(p.store, p.at, change)).toEqual({ kind: 'key_reused', details: [] });
    });

    test('returns the first value even when the object is deleted', async () => {
      const p = await given.prepare();
      const once = keyed();
      const { value } = await p.store.applications.create(p.at, newApplication('writer'), once);
      await p.store.applications.delete({ ...p.at, applicationId: value.id }, context);
      const again = await p.store.applications.create(p.at, newApplication('writer'), once);
      expect(again).toEqual({ value, activities: [], replayed: true });
      expect(names((await contentsOf(p.store, p.at)).applications)).toEqual(['reader']);
    });

    test('returns the first value even when the change has made its own condition false', async () => {
      const p = await given.prepare();
      const once = { ...keyed(), ifMatch: [p.grant.tag] };
      const { value } = await p.store.grants.addScopes(p.grantAt, [{ name: 'c' }], once);
      const again = await p.store.grants.addScopes(p.grantAt, [{ name: 'c' }], once);
      expect(again).toEqual({ value, activities: [], replayed: true });
    });

    test('returns the first value even when the first request changed nothing', async () => {
      const p = await given.prepare();
      const once = keyed();
      const first = await leavingAll(p.store, p.at, () => p.store.scopes.replace(p.scopeAt, { name: 'a' }, once));
      expect(first).toEqual({ value: p.scopes[0], activities: [], replayed: false });
      await p.store.scopes.replace(p.scopeAt, { name: 'z' }, context);
      const again = await leavingAll(p.store, p.at, () => p.store.scopes.replace(p.scopeAt, { name: 'a' }, once));
      expect(again).toEqual({ ...first, replayed: true });
    });

    test('a repetition with the same key is applied when the first request was refused', async () => {
      const p = await given.prepare();
      const once = keyed();
      const create = () => p.store.scopes.create(p.secondAt, { name: 'd' }, once);
      expect((await refusalOf(create())).kind).toBe('invalid_data');
      await p.store.scopes.delete({ ...p.secondAt, scopeId: p.secondScopes[1]?.id as string }, context);
      expect(await create()).toMatchObject({ value: { name: 'd' }, replayed: false });
    });

    test('a repetition with the same key is applied when the first request was a dry run', async () => {
      const p = await given.prepare();
      const once = keyed();
      const create = (more: object) => p.store.scopes.create(p.resourceAt, { name: 'z' }, { ...once, ...more });
      const told = await create({ dryRun: true });
      const made = await create({});
      expect(made.replayed).toBe(false);
      expect(made.value.id).not.toBe(told.value.id);
    });
  });

  describe('idempotency key', () => {
    const given = contractStore(engine);

    test('an idempotency key is stored for 24 hours, even when the store is reopened', async () => {
      const p = await given.prepare();
      const once = keyed();
      const { value } = await p.store.applications.create(p.at, newApplication('writer'), once);
      given.clock.time += 24 * HOUR;
      const store = await given.database.open({ clock: given.clock });
      const again = await store.applications.create(p.at, newApplication('writer'), once);
      await store.close();
      expect(again).toEqual({ value, activities: [], replayed: true });
    });

    test.each(['as it is', 'otherwise'])('expires after 24 hours, for a request %s', async (fingerprint) => {
      const p = await given.prepare();
      const once = keyed();
      const { value } = await p.store.applications.create(p.at, newApplication('writer'), once);
      given.clock.time += 24 * HOUR + 1;
      const later = keyed(once.idempotency?.key, fingerprint);
      const anew = await p.store.applications.create(p.at, newApplication('writer'), later);
      expect(anew.replayed).toBe(false);
      expect(anew.value.id).not.toBe(value.id);
      expect(await p.store.applications.create(p.at, newApplication('writer'), later)).toMatchObject({
        value: anew.value,
        replayed: true,
      });
    });

    test('an idempotency key can be used for another request after it expires', async () => {
      const p = await given.prepare();
      const once = keyed();
      await p.store.applications.create(p.at, newApplication('writer'), once);
      given.clock.time += 24 * HOUR + 1;
      await p.store.applications.create(p.at, newApplication('between'), keyed());
      const other = keyed(once.idempotency?.key, 'otherwise');
      const { replayed } = await p.store.applications.create(p.at, newApplication('other'), other);
      expect(replayed).toBe(false);
      expect(names((await contentsOf(p.store, p.at)).applications)).toEqual(['reader', 'writer', 'between', 'other']);
    });

    test('an idempotency key is independent of other keys', async () => {
      const p = await given.prepare();
      const [one, other] = [keyed(), keyed()];
      const first = await p.store.applications.create(p.at, newApplication('writer'), one);
      const second = await p.store.applications.create(p.at, newApplication('writer'), other);
      expect(second.replayed).toBe(false);
      const again = await p.store.applications.create(p.at, newApplication('writer'), one);
      expect(again.value).toEqual(first.value);
    });
  });
});
