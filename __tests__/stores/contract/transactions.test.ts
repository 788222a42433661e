import { context, describeEachEngine, newApplication, newEnvironment } from '../../support/stores.js';
import { contentsOf, contractStore, leavingAll } from './fixtures/contract.js';

describeEachEngine((engine) => {
  const given = contractStore(engine);

  test('a transaction makes all of its changes at once, and its reads see them', async () => {
    const p = await given.prepare();
    const { value, activities } = await p.store.transaction(context, async (tx) => {
      const made = await tx.applications.create(p.at, newApplication('writer'));
      await tx.scopes.create(p.resourceAt, { name: 'z' });
      expect(await tx.applications.get({ ...p.at, applicationId: made.id })).toEqual(made);
      const history = await tx.activities.list(p.at, {}, { limit: 2 });
      expect(history?.items.map(({ type }) => type)).toEqual(['SCOPE.CREATED', 'APPLICATION.CREATED']);
      return made.id;
    });
    expect(activities.map(({ type }) => type)).toEqual(['APPLICATION.CREATED', 'SCOPE.CREATED']);
    expect(new Set(activities.map(({ correlationId }) => correlationId))).toEqual(new Set([context.correlationId]));
    expect((await contentsOf(p.store, p.at)).applications.map(({ id }) => id)).toContain(value);
  });

  test('a transaction leaves nothing where one change is refused, even if its error is caught', async () => {
    const p = await given.prepare();
    await leavingAll(p.store, p.at, async () => {
      const made = p.store.transaction(context, async (tx) => {
        await tx.applications.create(p.at, newApplication('writer'));
        await tx.scopes.create(p.resourceAt, { name: 'a' }).catch(() => undefined);
      });
      await expect(made).rejects.toThrow('exists already');
      const stale = p.store.transaction(context, async (tx) => {
        await tx.scopes.create(p.resourceAt, { name: 'z' });
        await tx.scopes.delete(p.scopeAt, { ifMatch: ['7.of-another-scope'] });
      });
      await expect(stale).rejects.toMatchObject({ kind: 'stale' });
      const dry = await p.store.transaction({ ...context, dryRun: true }, (tx) => tx.scopes.delete(p.scopeAt));
      expect(dry.activities.map(({ type }) => type)).toEqual(['SCOPE.DELETED']);
    });
  });

  test('the store refuses calls of its own within a transaction, and calls of a transaction that has ended', async () => {
    const p = await given.prepare();
    let ended: { list: () => Promise<unknown> } | undefined;
    await p.store.transaction(context, async (tx) => {
      ended = { list: () => tx.environments.list({ limit: 1 }) };
      await expect(p.store.environments.create(newEnvironment('outer'), context)).rejects.toThrow(TypeError);
    });
    await expect(ended?.list()).rejects.toThrow(TypeError);
    await p.store.environments.create(newEnvironment(`outer ${engine.name}`), context);
  });
});
