import fc from 'fast-check';
import type { Activity } from 'scopegate/admin';
import { longRuns } from '../../support/property-runs.js';
import { context, describeEachEngine, newEnvironment } from '../../support/stores.js';
import { contentsOf, contractStore, refusalOf, SECOND } from './fixtures/contract.js';
import { type Command, command, stepOf } from './fixtures/law-commands.js';
import { viewOf, worldOf } from './fixtures/model.js';
import { inOrder, replay } from './fixtures/replay.js';

describeEachEngine((engine) => {
  describe('any sequence of commands', () => {
    const given = contractStore(engine);
    let environments = 0;

    test('leaves the store equal to a simple model and to its own history', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(command, { minLength: 5, maxLength: 12 }), async (commands) => {
          const { store, clock } = given;
          const { value } = await store.environments.create(newEnvironment(`law ${++environments}`), context);
          const at = { environmentId: value.id };
          const beginning = await contentsOf(store, at);
          let world = worldOf(beginning);
          const told: Activity[] = [];
          const furniture: Command[] = [
            { do: 'createApplication' },
            { do: 'createResource', name: 'a' },
            { do: 'createResource', name: 'b' },
            { do: 'createScope', resource: 0, name: 'a' },
            { do: 'createScope', resource: 1, name: 'a' },
            { do: 'createScope', resource: 0, name: 'b' },
            { do: 'createScope', resource: 1, name: 'c' },
            { do: 'createGrant', application: 0, resource: 0, scopes: [0, 1] },
            { do: 'createGrant', application: 0, resource: 1, scopes: [0] }, // the name `a` again
          ];
          for (const each of [...furniture, ...commands]) {
            clock.time += SECOND;
            const step = stepOf(store, at, world, each);
            if (step === undefined) continue;
            const change = await step.made.catch(() => undefined);
            const after = step.after(change?.value);
            if (change === undefined) expect((await refusalOf(step.made)).kind).toMatch(/^(?:invalid_data|not_found)$/);
            expect({ each, isMade: change !== undefined }).toEqual({ each, isMade: after !== undefined });
            expect({ each, changes: (change?.activities.length ?? 0) > 0 }).toEqual({
              each,
              changes: JSON.stringify(viewOf(after ?? world)) !== JSON.stringify(viewOf(world)),
            });
            told.push(...(change?.activities ?? []));
            world = after ?? world;
          }

          const { resources, scopes, applications, grants, activities } = await contentsOf(store, at);
          const lists = { resources, scopes, applications, grants };
          expect(viewOf(worldOf(lists))).toEqual(viewOf(world));
          expect(activities?.slice(0, -1)).toEqual(told.toReversed());
          expect(inOrder(told.reduce(replay, beginning))).toEqual(lists);
        }),
        { numRuns: longRuns(60) },
      );
    }, 600_000);
  });
});
