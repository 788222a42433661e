import { context, describeEachEngine, newApplication, newEnvironment, newResource } from '../../support/stores.js';
import { CHANGES, type Place } from './fixtures/changes.js';
import {
  contentsOf,
  contractStore,
  leavingAll,
  ofNames,
  type Prepared,
  refusalOf,
  refused,
} from './fixtures/contract.js';

/** The changes of what is there already and has a version; `createX`, `setGrants` and `rotateSecret` change no such thing. */
const CONDITIONAL = CHANGES.filter(({ method }) => /^(?:replace|delete|add|remove)/.test(method));

const REPLACING = CHANGES.filter(({ method }) => method.startsWith('replace'));

interface Stored {
  readonly version: number;
  readonly tag: string;
}

/** Makes the object at a place version 2. */
const TOUCH: Readonly<Record<keyof Place, (p: Prepared) => Promise<unknown>>> = {
  at: ({ store, environment }) => {
    return store.environments.replace(
      environment.id,
      { ...newEnvironment(environment.name), type: 'PRODUCTION' },
      context,
    );
  },
  resourceAt: ({ store, resourceAt }) => {
    return store.resources.replace(resourceAt, newResource('reports', { description: 'touched' }), context);
  },
  scopeAt: ({ store, scopeAt }) => store.scopes.replace(scopeAt, { name: 'a', description: 'touched' }, context),
  applicationAt: ({ store, applicationAt }) => {
    return store.applications.replace(applicationAt, newApplication('reader', { enabled: false }), context);
  },
  grantAt: ({ store, grantAt, resource }) => {
    return store.grants.replace(grantAt, ofNames(resource, 'a'), context).then(() => {
      return store.grants.replace(grantAt, ofNames(resource, 'a', 'b'), context);
    });
  },
};

/** The tag of the object at a place. */
async function readTag({ store, ...p }: Prepared, place: keyof Place): Promise<string> {
  const reads = {
    at: () => store.environments.get(p.at.environmentId),
    resourceAt: () => store.resources.get(p.resourceAt),
    scopeAt: () => store.scopes.get(p.scopeAt),
    applicationAt: () => store.applications.get(p.applicationAt),
    grantAt: () => store.grants.get(p.grantAt),
  };
  const found = await reads[place]();
  if (found === undefined) throw new Error(`There is nothing at ${place}.`);
  return found.tag;
}

describeEachEngine((engine) => {
  describe('ifMatch', () => {
    const given = contractStore(engine);

    test.each(CONDITIONAL)('$method is refused when the tag differs', async ({ place, make }) => {
      const p = await given.prepare();
      const old = await readTag(p, place as keyof Place);
      await TOUCH[place as keyof Place](p);
      const current = await readTag(p, place as keyof Place);
      await leavingAll(p.store, p.at, async () => {
        for (const ifMatch of [[old], [], [`${current}x`, '', current.replace(/\..*/, '')]]) {
          expect(await refusalOf(make(p, { ...context, ifMatch }))).toEqual({ kind: 'stale', details: [] });
        }
        expect((await refusalOf(make(p, { ...context, ifMatch: [old], dryRun: true }))).kind).toBe('stale');
      });
      const change = await make(p, { ...context, ifMatch: [current] });
      expect(change.activities).not.toEqual([]);
    });

    test.each(CONDITIONAL)('$method is applied when any tag or one in a list matches', async ({ place, make }) => {
      const p = await given.prepare();
      const told = await make(p, { ...context, ifMatch: '*', dryRun: true });
      expect(told.activities).not.toEqual([]);
      const change = await make(p, { ...context, ifMatch: ['7.x', await readTag(p, place as keyof Place), '9.x'] });
      expect(change.activities).not.toEqual([]);
    });

    test.each(REPLACING)('$method is refused with the tag of a change that was lost', async ({ place, make }) => {
      const p = await given.prepare();
      const lost = (await make(p, { ...context, dryRun: true })).value as Stored; // as after a restore, at the same time
      await TOUCH[place as keyof Place](p);
      const tag = await readTag(p, place as keyof Place);
      if (place !== 'grantAt') expect(tag).toMatch(new RegExp(`^${lost.version}\\.`)); // the number says nothing
      expect((await refused(p.store, p.at, () => make(p, { ...context, ifMatch: [lost.tag] }))).kind).toBe('stale');
    });

    test('matches a set of grants, which has no tag, only by any tag', async () => {
      const p = await given.prepare();
      const set = (ifMatch: '*' | string[]) => () =>
        p.store.grants.setAll(p.applicationAt, [], { ...context, ifMatch });
      for (const ifMatch of [[p.grant.tag], []])
        expect((await refused(p.store, p.at, set(ifMatch))).kind).toBe('stale');
      await expect(set('*')()).resolves.toMatchObject({ value: [] });
    });

    test('refuses a stale change even when it would change nothing', async () => {
      const p = await given.prepare();
      const stale = { ...context, ifMatch: ['2.x'] };
      const same = [
        () => p.store.environments.replace(p.environment.id, newEnvironment(p.environment.name), stale),
        () => p.store.resources.replace(p.resourceAt, newResource('reports'), stale),
        () => p.store.scopes.replace(p.scopeAt, { name: 'a' }, stale),
        () => p.store.applications.replace(p.applicationAt, newApplication('reader'), stale),
        () => p.store.grants.replace(p.grantAt, ofNames(p.resource, 'a', 'b'), stale),
        () => p.store.grants.addScopes(p.grantAt, [{ name: 'a' }], stale),
      ];
      for (const change of same) expect((await refused(p.store, p.at, change)).kind).toBe('stale');
    });

    test('matches the new tag of a grant after one of its scopes is deleted', async () => {
      const p = await given.prepare();
      await p.store.scopes.delete(p.scopeAt, context);
      const add = (tag: string) => () => {
        return p.store.grants.addScopes(p.grantAt, [{ name: 'c' }], { ...context, ifMatch: [tag] });
      };
      expect((await refused(p.store, p.at, add(p.grant.tag))).kind).toBe('stale');
      expect((await add(await readTag(p, 'grantAt'))()).value.version).toBe(3);
    });
  });

  describe('change without effect', () => {
    const given = contractStore(engine);

    test('writes nothing and returns the current state', async () => {
      const p = await given.prepare();
      given.clock.time += 1000;
      const same = [
        [
          () => p.store.environments.replace(p.environment.id, newEnvironment(p.environment.name), context),
          p.environment,
        ],
        [() => p.store.resources.replace(p.resourceAt, newResource('reports'), context), p.resource],
        [() => p.store.scopes.replace(p.scopeAt, { name: 'a' }, context), p.scopes[0]],
        [() => p.store.applications.replace(p.applicationAt, newApplication('reader'), context), p.application],
        [() => p.store.grants.replace(p.grantAt, ofNames(p.resource, 'b', 'a'), context), p.grant],
        [() => p.store.grants.setAll(p.applicationAt, [ofNames(p.resource, 'b', 'a')], context), [p.grant]],
      ] as const;
      for (const [change, value] of same) {
        expect(await leavingAll<unknown>(p.store, p.at, change)).toEqual({ value, activities: [], replayed: false });
      }
    });

    test('returns no changes in a dry run', async () => {
      const p = await given.prepare();
      const dry = { ...context, dryRun: true };
      const change = await p.store.scopes.replace(p.scopeAt, { name: 'a' }, dry);
      expect(change).toEqual({ value: p.scopes[0], activities: [], replayed: false });
      expect((await contentsOf(p.store, p.at)).scopes).toContainEqual(p.scopes[0]);
    });
  });
});
