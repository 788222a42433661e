import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { assertEqual, assertRefused, assertUnchanged, type Checks, toGrantCommand } from './prepared.js';

/** Conditions of changes, dry runs, repetitions, and transactions. */
export const changeChecks: Checks = {
  'applies a change only to an object with a tag that the change names': async (p) => {
    const { store, context, application } = p;
    const { value } = await store.applications.replace(p.applicationAt, { ...application, name: 'new' }, context);
    const again = { ...application, name: 'newer' };
    const replace = (...tags: string[]) => {
      return store.applications.replace(p.applicationAt, again, { ...context, ifMatch: tags });
    };
    await assertUnchanged(p, async () => {
      for (const tags of [[application.tag], [], ['unknown']]) await assertRefused(replace(...tags), 'stale');
    });
    await replace('unknown', value.tag);
    await store.applications.delete(p.applicationAt, { ...context, ifMatch: '*' });
  },

  'gives two states with the same version two tags': async (p) => {
    const rename = (name: string, dryRun: boolean) => {
      return p.store.applications.replace(p.applicationAt, { ...p.application, name }, { ...p.context, dryRun });
    };
    const { value: lost } = await rename('lost', true);
    const { value: kept } = await rename('kept', false);
    assert.equal(lost.version, kept.version);
    assert.notEqual(lost.tag, kept.tag, 'after a restore, a condition would match another state');
  },

  'has no tag for a new object or a set of grants': async (p) => {
    const conditional = { ...p.context, ifMatch: [p.application.tag] };
    await assertUnchanged(p, async () => {
      await assertRefused(p.store.applications.create(p.at, { name: 'new' }, conditional), 'stale');
      await assertRefused(p.store.grants.setAll(p.applicationAt, [], conditional), 'stale');
    });
  },

  'reports what a dry run would change, and changes nothing': async (p) => {
    const dryRun = { ...p.context, dryRun: true };
    const { activities } = await assertUnchanged(p, () => p.store.applications.delete(p.applicationAt, dryRun));
    assertEqual(
      activities.map(({ type }) => type),
      ['APPLICATION.DELETED'],
    );
  },

  'gives a repetition with the same idempotency key the first value': async ({ store, at, context }) => {
    const key = randomUUID();
    const create = (name: string, fingerprint: string) => {
      return store.applications.create(at, { name }, { ...context, idempotency: { key, fingerprint } });
    };
    const first = await create('once', 'one request');
    const again = await create('once', 'one request');
    assertEqual([again.value, again.replayed, again.activities], [first.value, true, []]);
    await assertRefused(create('twice', 'another request'), 'key_reused');
  },

  'forbids an application to change its own grants': async (p) => {
    const own = { ...p.context, actor: { client: p.application.id } };
    await assertUnchanged(p, async () => {
      await assertRefused(p.store.grants.create(p.applicationAt, toGrantCommand(p, 'a'), own), 'forbidden');
      await assertRefused(p.store.applications.delete(p.applicationAt, own), 'forbidden');
    });
  },

  'stores all changes of a transaction as one change': async ({ store, at, context }) => {
    const { value, activities } = await store.transaction(context, async (tx) => {
      const resource = await tx.resources.create(at, { name: 'orders' });
      const path = { ...at, resourceId: resource.id };
      const scope = await tx.scopes.create(path, { name: 'read' });
      assertEqual(await tx.scopes.get({ ...path, scopeId: scope.id }), scope, 'tx does not see its own changes');
      return { path, scope };
    });
    assertEqual(await store.scopes.get({ ...value.path, scopeId: value.scope.id }), value.scope);
    const types = activities.map(({ type }) => type);
    assertEqual(types, ['RESOURCE.CREATED', 'SCOPE.CREATED']);
  },

  'stores nothing of a transaction that throws': async (p) => {
    await assertUnchanged(p, async () => {
      const work = p.store.transaction(p.context, async (tx) => {
        await tx.applications.create(p.at, { name: 'never' });
        throw new RangeError('the work failed');
      });
      await assert.rejects(work, { name: 'RangeError', message: 'the work failed' });
    });
  },

  'stores nothing of a transaction with a refused change, even if the refusal is caught': async (p) => {
    await assertUnchanged(p, async () => {
      const work = p.store.transaction(p.context, async (tx) => {
        await tx.applications.create(p.at, { name: 'never' });
        await tx.scopes.create(p.resourceAt, { name: 'a' }).catch(() => undefined);
      });
      await assertRefused(work, 'invalid_data');
    });
  },

  'throws a TypeError for a call of the store within its own transaction': async (p) => {
    await p.store.transaction(p.context, async () => {
      await assert.rejects(p.store.applications.get(p.applicationAt), TypeError);
      await assert.rejects(p.store.applications.delete(p.applicationAt, p.context), TypeError);
    });
    assertEqual(await p.store.applications.get(p.applicationAt), p.application);
  },

  'throws a TypeError for a call of a transaction that has ended': async (p) => {
    const { value } = await p.store.transaction(p.context, async (tx) => ({ tx }));
    await assert.rejects(value.tx.applications.delete(p.applicationAt), TypeError);
    assertEqual(await p.store.applications.get(p.applicationAt), p.application);
  },
};
