import { context, describeEachEngine } from '../../support/stores.js';
import { all, contractStore, DAY, HOUR, listed, type Prepared, refused, SECOND } from './fixtures/contract.js';

const MINUTE = 60 * SECOND;

describeEachEngine((engine) => {
  describe('secrets of an application', () => {
    const given = contractStore(engine);

    const create = ({ store, applicationAt }: Prepared, name: string, secret: string, expiresAt?: string) =>
      store.secrets.create(applicationAt, { name, expiresAt }, secret, context);
    const areValid = ({ store, applicationAt }: Prepared, ...secrets: readonly string[]) =>
      Promise.all(secrets.map((each) => store.applications.hasSecret(applicationAt, each)));
    const list = ({ store, applicationAt }: Prepared) => listed(store.secrets.list(applicationAt, all));

    test('are valid beside the one that is rotated, each on its own', async () => {
      const p = await given.prepare();
      await p.store.applications.rotateSecret(p.applicationAt, 'main', undefined, context);
      const { value: blue, activities } = await create(p, 'blue', 'sky');
      await create(p, 'green', 'grass');
      expect(blue).toEqual({ ...p.applicationAt, id: blue.id, name: 'blue', createdAt: given.clock.text() });
      expect(activities).toMatchObject([{ type: 'SECRET.CREATED', targetId: blue.id, after: blue }]);
      expect(activities[0]).not.toHaveProperty('before.id');
      expect(await areValid(p, 'main', 'sky', 'grass', 'Sky', 'sky ', '')).toEqual([
        ...[true, true, true],
        ...[false, false, false],
      ]);
      expect((await list(p)).map(({ name }) => name)).toEqual([undefined, 'blue', 'green']);
    });

    test('are not ended by a rotation that ends all earlier ones, and are not what is rotated', async () => {
      const p = await given.prepare();
      await create(p, 'blue', 'sky');
      expect(await p.store.applications.secret(p.applicationAt)).toBeUndefined();
      const { activities } = await p.store.applications.rotateSecret(p.applicationAt, 'one', undefined, context);
      expect(activities).toMatchObject([{ type: 'SECRET.CREATED' }]);
      const { value } = await p.store.applications.rotateSecret(p.applicationAt, 'two', given.clock.text(), context);
      expect(value).not.toHaveProperty('previous');
      expect(await areValid(p, 'sky', 'one', 'two')).toEqual([true, false, true]);
      expect((await list(p))[0]).not.toHaveProperty('expiresAt');
      given.clock.time += 365 * DAY;
      expect(await areValid(p, 'sky', 'two')).toEqual([true, true]);
    });

    test('end when they expire, and are gone from then on', async () => {
      const p = await given.prepare();
      const { value } = await create(p, 'blue', 'sky', given.clock.text(HOUR).replace('Z', '+00:00'));
      expect(value.expiresAt).toBe(given.clock.text(HOUR));
      const secretAt = { ...p.applicationAt, secretId: value.id };
      given.clock.time += HOUR - 1;
      expect(await areValid(p, 'sky')).toEqual([true]);
      expect(await p.store.secrets.get(secretAt)).toMatchObject(value);
      given.clock.time += 1;
      expect(await areValid(p, 'sky')).toEqual([false]);
      expect(await p.store.secrets.get(secretAt)).toBeUndefined();
      expect(await list(p)).toEqual([]);
      expect(await refused(p.store, p.at, () => p.store.secrets.delete(secretAt, context))).toMatchObject({
        kind: 'not_found',
      });
      await create(p, 'blue', 'sea'); // the name is free again
      expect(await areValid(p, 'sky', 'sea')).toEqual([false, true]);
    });

    test.each([0, -1, -DAY])('must expire in the future: in %i ms is refused', async (later) => {
      const p = await given.prepare();
      const expiresAt = given.clock.text(later);
      expect(await refused(p.store, p.at, () => create(p, 'blue', 'sky', expiresAt))).toEqual({
        kind: 'invalid_data',
        details: [{ code: 'OUT_OF_RANGE', target: 'expiresAt', innerError: { rangeMinimumValue: given.clock.text() } }],
      });
    });

    test('are refused a second time by one name, and in another application not', async () => {
      const p = await given.prepare();
      const { value } = await create(p, 'blue', 'sky');
      expect(await refused(p.store, p.at, () => create(p, 'blue', 'sea'))).toEqual({
        kind: 'invalid_data',
        details: [{ code: 'UNIQUENESS_VIOLATION', target: 'name', innerError: { existingId: value.id } }],
      });
      const other = await given.prepare();
      await create(other, 'blue', 'lake');
      expect(await areValid(p, 'sky', 'sea', 'lake')).toEqual([true, false, false]);
      const there = { ...other.applicationAt, secretId: value.id };
      expect(await p.store.secrets.get(there)).toBeUndefined();
      expect(await refused(p.store, other.at, () => p.store.secrets.delete(there, context))).toMatchObject({
        kind: 'not_found',
      });
    });

    test('are ten at most by name; those that have expired do not count', async () => {
      const p = await given.prepare();
      const soon = given.clock.text(HOUR);
      for (let i = 0; i < 10; i++) await create(p, `${i}`, `secret ${i}`, i < 2 ? soon : undefined);
      expect(await refused(p.store, p.at, () => create(p, 'more', 'secret'))).toEqual({
        kind: 'invalid_data',
        details: [{ code: 'SIZE_LIMIT_EXCEEDED', target: 'name', innerError: { maximumValue: 10 } }],
      });
      given.clock.time += HOUR;
      await create(p, 'more', 'secret');
      expect((await list(p)).map(({ name }) => name)).toEqual(['2', '3', '4', '5', '6', '7', '8', '9', 'more']);
    });

    test('are no longer valid once they are deleted, the one that is rotated too', async () => {
      const p = await given.prepare();
      await p.store.applications.rotateSecret(p.applicationAt, 'main', undefined, context);
      await create(p, 'blue', 'sky');
      const [main, blue] = await list(p);
      for (const [secret, rest] of [
        [blue, [true, false]],
        [main, [false, false]],
      ] as const) {
        const secretAt = { ...p.applicationAt, secretId: secret?.id as string };
        const { activities } = await p.store.secrets.delete(secretAt, context);
        expect(activities).toMatchObject([
          { type: 'SECRET.DELETED', targetId: secret?.id, before: { id: secret?.id } },
        ]);
        expect(await areValid(p, 'main', 'sky')).toEqual(rest);
      }
      expect(await p.store.applications.secret(p.applicationAt)).toBeUndefined();
      expect(await list(p)).toEqual([]);
    });

    test('are listed page by page, in the order of their creation', async () => {
      const p = await given.prepare();
      for (const name of ['c', 'a', 'b']) await create(p, name, name);
      const first = await p.store.secrets.list(p.applicationAt, { limit: 2 });
      expect([first?.count, first?.items.map(({ name }) => name)]).toEqual([3, ['c', 'a']]);
      const second = await p.store.secrets.list(p.applicationAt, { limit: 2, position: first?.next });
      expect([second?.next, second?.items.map(({ name }) => name)]).toEqual([undefined, ['b']]);
      const back = await p.store.secrets.list(p.applicationAt, { limit: 2, position: second?.previous });
      expect(back?.items).toEqual(first?.items);
    });

    test('end with all earlier ones of the rotation on request; those with a name stay', async () => {
      const p = await given.prepare();
      const end = () => p.store.applications.endPreviousSecrets(p.applicationAt, context);
      for (const secret of ['one', 'two', 'three']) {
        await p.store.applications.rotateSecret(p.applicationAt, secret, undefined, context);
      }
      await create(p, 'blue', 'sky', given.clock.text(HOUR));
      const { activities } = await end();
      expect(activities).toMatchObject([
        { type: 'SECRET.UPDATED', targetId: p.application.id, before: { previous: {} } },
      ]);
      expect(activities[0]?.after).toEqual(await p.store.applications.secret(p.applicationAt));
      expect(activities[0]?.after).not.toHaveProperty('previous');
      expect(await areValid(p, 'one', 'two', 'three', 'sky')).toEqual([false, false, true, true]);
      expect(await refused(p.store, p.at, end)).toMatchObject({ kind: 'not_found' });
    });

    test('show when each was used last, to the minute, and not in the history', async () => {
      const p = await given.prepare();
      await create(p, 'blue', 'sky');
      await create(p, 'green', 'grass');
      const history = await p.store.activities.list(p.at, {}, all);
      const uses = async () => (await list(p)).map(({ lastUsedAt }) => lastUsedAt);
      const first = given.clock.text();
      await areValid(p, 'grass', 'wrong');
      expect(await uses()).toEqual([undefined, first]);
      given.clock.time += MINUTE - 1;
      await areValid(p, 'grass');
      expect(await uses()).toEqual([undefined, first]);
      given.clock.time += 1;
      await areValid(p, 'grass', 'sky');
      expect(await uses()).toEqual([given.clock.text(), given.clock.text()]);
      expect(await p.store.activities.list(p.at, {}, all)).toEqual(history);
    });

    test('note a use again after a clock that was ahead is set back', async () => {
      const p = await given.prepare();
      await create(p, 'blue', 'sky');
      given.clock.time += 1000 * DAY;
      await areValid(p, 'sky');
      given.clock.time -= 1000 * DAY;
      await areValid(p, 'sky');
      expect(await list(p)).toMatchObject([{ lastUsedAt: given.clock.text() }]);
    });

    test('are valid within the transaction that creates them, which notes no use', async () => {
      const p = await given.prepare();
      await p.store.transaction(context, async (tx) => {
        await tx.secrets.create(p.applicationAt, { name: 'blue' }, 'sky');
        expect(await tx.applications.hasSecret(p.applicationAt, 'sky')).toBe(true);
      });
      expect((await list(p))[0]).not.toHaveProperty('lastUsedAt');
    });

    test('are nowhere in what the store gives, as text or digest', async () => {
      const p = await given.prepare();
      const { value, activities } = await create(p, 'blue', 'hush-hush');
      const secretAt = { ...p.applicationAt, secretId: value.id };
      const shown = [value, activities, await p.store.secrets.get(secretAt), await list(p)];
      await p.store.secrets.delete(secretAt, context);
      const text = JSON.stringify([shown, await p.store.activities.list(p.at, {}, all)]);
      expect(text).toContain('blue');
      expect(text).not.toMatch(/hush|hash|encrypted/);
    });
  });
});
