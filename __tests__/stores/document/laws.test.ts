import fc from 'fast-check';
import { applyDocument, exportDocument, type GrantsDocument } from 'scopegate/admin';
import { completeApplication, completeEnvironment, completeResource } from '../../../lib/grants/defaults.js';
import { BUILT_IN_RESOURCES } from '../../../lib/grants/model.js';
import { documents } from '../../admin/document/fixtures/arbitraries.js';
import { longRuns } from '../../support/property-runs.js';
import { describeEachEngine } from '../../support/stores.js';
import { contentsOf, contractStore, leavingAll } from '../contract/fixtures/contract.js';

const NOTHING = { created: [], changed: [], removed: [] };

const byName = (one: { name: string }, other: { name: string }) => (one.name < other.name ? -1 : 1);

const toObject = (scope: string | { readonly name: string }) => (typeof scope === 'string' ? { name: scope } : scope);

/** What a document means: every member there, and lists of objects in an order that does not depend on how they are given. */
function normalize({ environment, resources = [], applications = [] }: GrantsDocument) {
  const builtIn = BUILT_IN_RESOURCES.map(({ name, scopes }) => ({
    name,
    scopes: scopes.map((scope) => ({ name: scope })),
  }));
  const names = new Set(resources.map(({ name }) => name));
  return {
    environment: completeEnvironment(environment),
    resources: [...resources, ...builtIn.filter(({ name }) => !names.has(name))]
      .map(({ scopes = [], ...resource }) => ({ ...completeResource(resource), scopes: [...scopes].sort(byName) }))
      .sort(byName),
    applications: applications
      .map(({ grants = [], ...application }) => ({
        ...completeApplication(application),
        grants: grants
          .map(({ resource: name, scopes, ...dates }) => ({
            name,
            scopes: scopes.map(toObject).sort(byName),
            ...dates,
          }))
          .sort(byName),
      }))
      .sort(byName),
  };
}

describeEachEngine((engine) => {
  const given = contractStore(engine);

  test('whatever was there, an environment has after a document with prune what the document says', async () => {
    let environments = 0;
    const two = fc.constant(0).chain(() => {
      const name = `law ${++environments}`;
      return fc.tuple(documents(name), documents(name));
    });
    await fc.assert(
      fc.asyncProperty(two, async ([first, second]) => {
        const { store } = given;
        await applyDocument(store, first, { prune: true });
        const planned = await applyDocument(store, second, { prune: true, dryRun: true });
        expect(await applyDocument(store, second, { prune: true })).toEqual(planned);

        const { name } = second.environment;
        const exported = await exportDocument(store, name);
        expect(normalize(exported)).toEqual(normalize(second));
        const { items } = await store.environments.list({ limit: 1, filter: [{ name }] });
        const at = { environmentId: items[0]?.id as string };
        await contentsOf(store, at); // the kept counts are those of the lists
        await leavingAll(store, at, async () => {
          expect(await applyDocument(store, exported, { prune: true })).toEqual(NOTHING);
          expect(await applyDocument(store, second, { prune: true })).toEqual(NOTHING);
        });
      }),
      { numRuns: longRuns(20) },
    );
  });

  test('a document without prune removes nothing, and what it names is as it says', async () => {
    let environments = 0;
    const two = fc.constant(0).chain(() => {
      const name = `keeping law ${++environments}`;
      return fc.tuple(documents(name), documents(name));
    });
    await fc.assert(
      fc.asyncProperty(two, async ([first, second]) => {
        const { store } = given;
        await applyDocument(store, first);
        const plan = await applyDocument(store, second);
        expect(plan.removed).toEqual([]);
        expect(await applyDocument(store, second)).toEqual(NOTHING);

        const { resources, applications } = normalize(await exportDocument(store, second.environment.name));
        const named = ({ resources: some = [], applications: others = [] }: GrantsDocument) => {
          return [...some, ...others].map(({ name }) => name);
        };
        const present = [...resources, ...applications].map(({ name }) => name);
        expect(present).toEqual(expect.arrayContaining([...named(first), ...named(second)]));
        for (const { grants, name } of normalize(second).applications) {
          const held = applications.find((each) => each.name === name)?.grants;
          expect(held).toEqual(expect.arrayContaining(grants));
        }
      }),
      { numRuns: longRuns(10) },
    );
  });
});
