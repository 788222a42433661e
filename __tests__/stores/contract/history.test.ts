import type { Activity, ActivityFilter, Change, ChangeContext } from 'scopegate/admin';
import { context, describeEachEngine, newApplication, newResource } from '../../support/stores.js';
import { CHANGES } from './fixtures/changes.js';
import { all, contractStore, ids, NOBODY, names, ofNames, type Prepared, SECOND } from './fixtures/contract.js';

const said = (activities: readonly Activity[]) => activities.map(({ type }) => type);

describeEachEngine((engine) => {
  describe('history', () => {
    const given = contractStore(engine);
    const read = async (p: Prepared, filter: ActivityFilter = {}) => {
      const page = await p.store.activities.list(p.at, filter, all);
      expect(page).not.toHaveProperty('count');
      return page?.items ?? [];
    };

    test.each(CHANGES.filter(({ method }) => !/Environment/.test(method)))(
      'lists what $method returned, newest first',
      async ({ make }) => {
        const p = await given.prepare();
        const before = await read(p);
        given.clock.time += SECOND;
        const by: ChangeContext = {
          actor: { client: 'console', subject: 'somebody' },
          correlationId: '11111111-1111-4111-8111-111111111111',
          transactionId: 'ticket 7',
        };
        const { activities } = await make(p, by);
        const items = await read(p);
        expect(items).toEqual([...activities.toReversed(), ...before]);
        for (const activity of items.slice(0, activities.length)) {
          expect(activity).toMatchObject({ ...by, environmentId: p.environment.id, recordedAt: given.clock.text() });
          expect(activity.id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
        }
      },
    );

    test('records objects before and after each change', async () => {
      const p = await given.prepare();
      const [created] = (await p.store.scopes.create(p.resourceAt, { name: 'e' }, context)).activities;
      const scopeAt = { ...p.resourceAt, scopeId: created?.targetId as string };
      const first = await p.store.scopes.get(scopeAt);
      await p.store.scopes.replace(scopeAt, { name: 'f', description: 'described' }, context);
      const second = await p.store.scopes.get(scopeAt);
      await p.store.scopes.delete(scopeAt, context);
      const items = (await read(p)).slice(0, 3);
      expect(items.map(({ targetId }) => targetId)).toEqual([first?.id, first?.id, first?.id]);
      expect(items.map(({ before, after }) => ({ before, after }))).toEqual([
        { before: second, after: undefined },
        { before: first, after: second },
        { before: undefined, after: first },
      ]);
      expect(said(items)).toEqual(['SCOPE.DELETED', 'SCOPE.UPDATED', 'SCOPE.CREATED']);
    });

    test('omits the actor and transaction id when they are not given', async () => {
      const p = await given.prepare();
      await p.store.grants.delete(p.grantAt, context);
      const [activity] = await read(p);
      expect(activity?.actor).toStrictEqual({});
      expect(Object.keys(activity as Activity)).not.toContain('transactionId');
      expect(Object.keys(activity as Activity)).not.toContain('after');
    });

    test('filters by application: changes to it and to its grants', async () => {
      const p = await given.prepare();
      const scopeAt = (i: number) => ({ ...p.resourceAt, scopeId: p.scopes[i]?.id as string });
      const { value: other } = await p.store.applications.create(p.at, newApplication('writer'), context);
      const otherAt = { ...p.at, applicationId: other.id };
      const changes: (readonly [concerned: string, change: Promise<Change<unknown>>])[] = [];
      const make = async (concerned: string, change: Promise<Change<unknown>>) => {
        changes.push([concerned, change]);
        await change;
      };
      await make('reader', p.store.applications.rotateSecret(p.applicationAt, 'hush', undefined, context));
      await make('nobody', p.store.scopes.create(p.resourceAt, { name: 'e' }, context));
      await make('writer', p.store.grants.create(otherAt, ofNames(p.resource, 'b', 'c'), context));
      await make('nobody', p.store.scopes.replace(scopeAt(1), { name: 'b', description: 'described' }, context));
      await make('reader, writer', p.store.scopes.replace(scopeAt(1), { name: 'z' }, context));
      await make('writer', p.store.scopes.replace(scopeAt(2), { name: 'y' }, context));
      await make(
        'reader',
        p.store.grants.setAll(p.applicationAt, [ofNames(p.resource, 'z'), ofNames(p.second, 'd')], context),
      );
      await make('nobody', p.store.scopes.delete(scopeAt(0), context));
      await make('reader, writer', p.store.scopes.delete(scopeAt(1), context));
      const { audience } = p.second;
      await make('nobody', p.store.resources.replace(p.secondAt, newResource('stores', { audience }), context));
      await make('reader', p.store.resources.replace(p.secondAt, newResource('stores'), context));
      await make('reader', p.store.resources.delete(p.secondAt, context));
      await make('reader', p.store.applications.replace(p.applicationAt, newApplication('reader 2'), context));
      await make('reader', p.store.applications.delete(p.applicationAt, context));

      for (const [name, { id }, made] of [
        ['reader', p.application, 2], // the application and its grant, in the beginning
        ['writer', other, 1],
      ] as const) {
        const concerning = changes.filter(([concerned]) => concerned.includes(name)).map(([, change]) => change);
        const told = (await Promise.all(concerning)).flatMap(({ activities }) => activities);
        const items = await read(p, { applicationId: id });
        expect(ids(items.slice(0, -made))).toEqual(ids(told).toReversed());
        expect(said(items.slice(-made)).at(-1)).toBe('APPLICATION.CREATED');
      }
      expect(await read(p, { applicationId: NOBODY })).toEqual([]);
    });

    test('filters by actor, as client or as subject', async () => {
      const p = await given.prepare();
      const by = (actor: object): ChangeContext => ({ ...context, actor });
      const make = (name: string, actor: object) => p.store.applications.create(p.at, newApplication(name), by(actor));
      await make('one', { client: 'x', subject: 'y' });
      await make('two', { client: 'y' });
      await make('three', { subject: 'x' });
      await make('four', { client: 'x', subject: 'x' });
      await make('five', { client: 'X', subject: 'xx' });
      const doneBy = async (actor: string) =>
        names((await read(p, { actor })).map(({ after }) => after as { name: string }));
      expect(await doneBy('x')).toEqual(['four', 'three', 'one']);
      expect(await doneBy('y')).toEqual(['two', 'one']);
      expect(await doneBy('nobody')).toEqual([]);
      expect(await doneBy('')).toEqual([]);
    });

    test('filters by time from a start up to an exclusive end', async () => {
      const p = await given.prepare();
      const start = given.clock.time;
      for (const name of ['one', 'two', 'three']) {
        given.clock.time += SECOND;
        await p.store.applications.create(p.at, newApplication(name), context);
      }
      const at = (seconds: number, milliseconds = 0) => new Date(start + seconds * SECOND + milliseconds).toISOString();
      const during = async (from: string | undefined, to: string | undefined) => {
        const made = (await read(p, { from, to })).map(({ after }) => (after as { name: string }).name);
        return made.filter((name) => ['one', 'two', 'three'].includes(name));
      };
      expect(await during(at(1), at(3))).toEqual(['two', 'one']);
      expect(await during(at(1, 1), at(3, 1))).toEqual(['three', 'two']);
      expect(await during(at(2), undefined)).toEqual(['three', 'two']);
      expect(await during(undefined, at(2))).toEqual(['one']);
      expect(await during(at(2), at(2))).toEqual([]);
      expect(await during(at(3), at(1))).toEqual([]);
      expect(await during(at(4), undefined)).toEqual([]);
      expect(await during(at(4), at(5))).toEqual([]);
      expect(await during(undefined, at(4))).toEqual(['three', 'two', 'one']);
      expect(await read(p, { to: at(-3600) })).toEqual([]);
      expect(await read(p, { from: at(-3600), to: at(3600) })).toEqual(await read(p));
    });

    test('combines all filters', async () => {
      const p = await given.prepare();
      const by: ChangeContext = { ...context, actor: { client: 'console' } };
      const from = given.clock.text();
      await p.store.grants.addScopes(p.grantAt, [{ name: 'c' }], by);
      await p.store.applications.create(p.at, newApplication('writer'), by);
      await p.store.grants.removeScope(p.grantAt, p.scopeAt.scopeId, context);
      given.clock.time += SECOND;
      const to = given.clock.text();
      await p.store.grants.delete(p.grantAt, by);
      const filter = { applicationId: p.application.id, actor: 'console' };
      expect(said(await read(p, { ...filter, from, to }))).toEqual(['GRANT.UPDATED']);
      expect(said(await read(p, filter))).toEqual(['GRANT.DELETED', 'GRANT.UPDATED']);
    });

    test('the history is separate for each environment', async () => {
      const [p, other] = [await given.prepare(), await given.prepare()];
      const before = await read(other);
      await p.store.grants.delete(p.grantAt, { ...context, actor: { client: 'console' } });
      expect(await read(other)).toEqual(before);
      expect(before.every(({ environmentId }) => environmentId === other.environment.id)).toBe(true);
      expect(await read(other, { actor: 'console' })).toEqual([]);
      expect(await read(other, { applicationId: p.application.id })).toEqual([]);
    });
  });
});
