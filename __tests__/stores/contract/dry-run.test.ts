import { context, describeEachEngine } from '../../support/stores.js';
import { CHANGES } from './fixtures/changes.js';
import { contractStore, leavingAll, NOBODY, ofNames, type Prepared, refused, SECOND } from './fixtures/contract.js';

const dry = { ...context, dryRun: true };

describeEachEngine((engine) => {
  describe('dry run', () => {
    const given = contractStore(engine);

    test.each(CHANGES)('returns the changes of $method without applying them', async ({ method, types, make }) => {
      const p = await given.prepare();
      given.clock.time += SECOND;
      const told = await leavingAll(p.store, p.at, () => make(p, dry));
      expect(told.activities.map(({ type }) => type)).toEqual(types);
      if (method === 'createEnvironment') {
        expect(await p.store.environments.get((told.value as { id: string }).id)).toBeUndefined();
      }
      const done = await make(p, context);
      expect(withoutNewIds(told, p)).toEqual(withoutNewIds(done, p));
    });

    test('returns a new id that no object gets', async () => {
      const { store, applicationAt, second } = await given.prepare();
      const told = await store.grants.create(applicationAt, ofNames(second, 'd'), dry);
      const made = await store.grants.create(applicationAt, ofNames(second, 'd'), context);
      expect(await store.grants.get({ ...applicationAt, grantId: told.value.id })).toBeUndefined();
      expect(await store.grants.get({ ...applicationAt, grantId: made.value.id })).toEqual(made.value);
    });

    test('a dry run is refused like the change itself', async () => {
      const p = await given.prepare();
      const refusals = [
        () => p.store.scopes.create(p.resourceAt, { name: 'a' }, dry),
        () => p.store.grants.create(p.applicationAt, ofNames(p.second, 'missing'), dry),
        () => p.store.applications.delete({ ...p.at, applicationId: NOBODY }, dry),
      ];
      const kinds = [];
      for (const change of refusals) kinds.push((await refused(p.store, p.at, change)).kind);
      expect(kinds).toEqual(['invalid_data', 'invalid_data', 'not_found']);
    });
  });
});

/** What a change came to, with the ids that it gave out, and the tags that depend on them, made alike. */
function withoutNewIds(change: unknown, p: Prepared): unknown {
  const known = JSON.stringify(p);
  const text = JSON.stringify(change).replace(/[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f-]{21}/g, (id) => {
    return known.includes(id) ? id : 'new';
  });
  return JSON.parse(text, (member, value) => (member === 'tag' ? 'tag' : value));
}
