import { context, describeEachEngine } from '../../support/stores.js';
import { all, contractStore, DAY, HOUR, refused, SECOND } from './fixtures/contract.js';

describeEachEngine((engine) => {
  describe('secret of an application', () => {
    const given = contractStore(engine);

    test('accepts only the secret that was created', async () => {
      const { store, applicationAt } = await given.prepare();
      const { value } = await store.applications.rotateSecret(applicationAt, 'hush', undefined, context);
      expect(value).toEqual({ ...applicationAt, createdAt: given.clock.text() });
      expect(await store.applications.secret(applicationAt)).toEqual(value);
      expect(await store.applications.hasSecret(applicationAt, 'hush')).toBe(true);
      for (const wrong of ['', 'hus', 'hush ', 'Hush', 'hush\0', value.createdAt]) {
        expect(await store.applications.hasSecret(applicationAt, wrong)).toBe(false);
      }
    });

    test('rejects the secret of another application', async () => {
      const [one, other] = [await given.prepare(), await given.prepare()];
      await one.store.applications.rotateSecret(one.applicationAt, 'hush', undefined, context);
      await one.store.applications.rotateSecret(other.applicationAt, 'whisper', undefined, context);
      expect(await one.store.applications.hasSecret(other.applicationAt, 'hush')).toBe(false);
      expect(await one.store.applications.hasSecret(one.applicationAt, 'whisper')).toBe(false);
    });

    test('keeps the previous secret valid for 24 hours by default', async () => {
      const { store, applicationAt } = await given.prepare();
      const { value: first } = await store.applications.rotateSecret(applicationAt, 'hush', undefined, context);
      given.clock.time += SECOND;
      const { value } = await store.applications.rotateSecret(applicationAt, 'still', undefined, context);
      const previous = { createdAt: first.createdAt, expiresAt: given.clock.text(24 * HOUR) };
      expect(value).toEqual({ ...applicationAt, createdAt: given.clock.text(), previous });
      expect(await store.applications.secret(applicationAt)).toEqual(value);
      given.clock.time += 24 * HOUR - 1;
      expect(await store.applications.hasSecret(applicationAt, 'hush')).toBe(true);
      expect(await store.applications.hasSecret(applicationAt, 'still')).toBe(true);
    });

    test('rejects and omits the previous secret from its expiry time on', async () => {
      const { store, applicationAt } = await given.prepare();
      await store.applications.rotateSecret(applicationAt, 'hush', undefined, context);
      const { value } = await store.applications.rotateSecret(applicationAt, 'still', given.clock.text(HOUR), context);
      given.clock.time += HOUR - 1;
      expect(await store.applications.hasSecret(applicationAt, 'hush')).toBe(true);
      const lastUsedAt = given.clock.text();
      const used = { ...value, previous: { ...value.previous, lastUsedAt } };
      expect(await store.applications.secret(applicationAt)).toEqual(used);
      given.clock.time += 1;
      expect(await store.applications.hasSecret(applicationAt, 'hush')).toBe(false);
      expect(await store.applications.secret(applicationAt)).toEqual({ ...applicationAt, createdAt: value.createdAt });
      expect(await store.applications.hasSecret(applicationAt, 'still')).toBe(true);
    });

    test('keeps an earlier secret valid until its own end when a third one is created', async () => {
      const { store, applicationAt } = await given.prepare();
      await store.applications.rotateSecret(applicationAt, 'first', undefined, context);
      await store.applications.rotateSecret(applicationAt, 'second', given.clock.text(30 * DAY), context);
      given.clock.time += SECOND;
      const { value } = await store.applications.rotateSecret(applicationAt, 'third', given.clock.text(HOUR), context);
      expect(value.previous).toEqual({
        createdAt: given.clock.text(-SECOND),
        expiresAt: given.clock.text(HOUR),
      });
      const areValid = () =>
        Promise.all(['first', 'second', 'third'].map((each) => store.applications.hasSecret(applicationAt, each)));
      expect(await areValid()).toEqual([true, true, true]);
      given.clock.time += HOUR;
      expect(await areValid()).toEqual([true, false, true]);
      given.clock.time += 30 * DAY - HOUR - SECOND;
      expect(await areValid()).toEqual([false, false, true]);
    });

    test('the secret of an application is mended by a second rotation when the response of the first was lost', async () => {
      const { store, applicationAt } = await given.prepare();
      await store.applications.rotateSecret(applicationAt, 'in use', undefined, context);
      given.clock.time += SECOND;
      await store.applications.rotateSecret(applicationAt, 'lost', undefined, context);
      given.clock.time += SECOND;
      await store.applications.rotateSecret(applicationAt, 'received', undefined, context);
      for (const secret of ['in use', 'received']) {
        expect(await store.applications.hasSecret(applicationAt, secret)).toBe(true);
      }
      given.clock.time += 24 * HOUR - SECOND;
      expect(await store.applications.hasSecret(applicationAt, 'in use')).toBe(false);
    });

    test('the secret of an application has ten earlier ones at most, of which the one that ends first gives way', async () => {
      const { store, applicationAt } = await given.prepare();
      for (let i = 0; i < 12; i++) {
        await store.applications.rotateSecret(applicationAt, `secret ${i}`, undefined, context);
        given.clock.time += SECOND;
      }
      const valid = await Promise.all(
        Array.from({ length: 12 }, (_, i) => store.applications.hasSecret(applicationAt, `secret ${i}`)),
      );
      expect(valid).toEqual([false, ...Array.from({ length: 11 }, () => true)]);
    });

    test('ends all earlier ones where the previous one is to end at once', async () => {
      const { store, applicationAt } = await given.prepare();
      await store.applications.rotateSecret(applicationAt, 'first', undefined, context);
      await store.applications.rotateSecret(applicationAt, 'second', undefined, context);
      await store.applications.rotateSecret(applicationAt, 'third', given.clock.text(), context);
      expect(await store.applications.hasSecret(applicationAt, 'first')).toBe(false);
      expect(await store.applications.hasSecret(applicationAt, 'second')).toBe(false);
    });

    test.each([
      ['now', 0],
      ['yesterday', -DAY],
    ])('invalidates the previous secret at once when its expiry is %s', async (_, later) => {
      const { store, applicationAt } = await given.prepare();
      await store.applications.rotateSecret(applicationAt, 'hush', undefined, context);
      const { value } = await store.applications.rotateSecret(applicationAt, 'still', given.clock.text(later), context);
      expect(value).not.toHaveProperty('previous');
      expect(await store.applications.secret(applicationAt)).toEqual(value);
      expect(await store.applications.hasSecret(applicationAt, 'hush')).toBe(false);
      expect(await store.applications.hasSecret(applicationAt, 'still')).toBe(true);
    });

    test('keeps the previous secret valid for 30 days at most', async () => {
      const { store, at, applicationAt } = await given.prepare();
      await store.applications.rotateSecret(applicationAt, 'hush', undefined, context);
      const longest = given.clock.text(30 * DAY);
      const tooLong = given.clock.text(30 * DAY + 1);
      expect(
        await refused(store, at, () => store.applications.rotateSecret(applicationAt, 'still', tooLong, context)),
      ).toEqual({
        kind: 'invalid_data',
        details: [{ code: 'OUT_OF_RANGE', target: 'previous.expiresAt', innerError: { rangeMaximumValue: longest } }],
      });
      expect(await store.applications.hasSecret(applicationAt, 'still')).toBe(false);
      const { value } = await store.applications.rotateSecret(applicationAt, 'still', longest, context);
      expect(value.previous?.expiresAt).toBe(longest);
    });

    test('returns the expiry in UTC, whatever offset it was given in', async () => {
      const { store, applicationAt } = await given.prepare();
      await store.applications.rotateSecret(applicationAt, 'hush', undefined, context);
      const elsewhere = given.clock.text(3 * HOUR).replace('Z', '+02:00');
      const { value } = await store.applications.rotateSecret(applicationAt, 'still', elsewhere, context);
      expect(value.previous?.expiresAt).toBe(given.clock.text(HOUR));
      given.clock.time += HOUR;
      expect(await store.applications.hasSecret(applicationAt, 'hush')).toBe(false);
    });

    test('records only the dates of secrets in the history', async () => {
      const { store, at, applicationAt, application } = await given.prepare();
      const { value: first, activities } = await store.applications.rotateSecret(
        applicationAt,
        'hush-hush',
        undefined,
        context,
      );
      expect(activities).toMatchObject([
        { type: 'SECRET.CREATED', targetId: application.id, before: undefined, after: first },
      ]);
      given.clock.time += SECOND;
      const { value: second } = await store.applications.rotateSecret(
        applicationAt,
        'still-still',
        given.clock.text(HOUR),
        context,
      );
      given.clock.time += HOUR;
      const { value: third } = await store.applications.rotateSecret(applicationAt, 'quiet', undefined, context);
      const page = await store.activities.list(at, { applicationId: application.id }, { limit: 2 });
      const { previous: _, ...secondAlone } = second;
      expect(page?.items).toMatchObject([
        { type: 'SECRET.UPDATED', before: secondAlone, after: third },
        { type: 'SECRET.UPDATED', before: first, after: second },
      ]);
      expect(page?.items[0]?.before).toEqual(secondAlone);
      const text = JSON.stringify(await store.activities.list(at, {}, all));
      for (const secret of ['hush-hush', 'still-still', 'quiet']) expect(text).not.toContain(secret);
    });

    // The last, since it leaves the dates of this store ahead of its clock.
    test('expires the previous secret by the clock after a change dated in the future', async () => {
      const { store, applicationAt } = await given.prepare();
      await store.applications.rotateSecret(applicationAt, 'hush', undefined, context);
      given.clock.time += 1000 * DAY;
      await store.applications.rotateSecret(applicationAt, 'whisper', undefined, context);
      given.clock.time -= 1000 * DAY;
      await store.applications.rotateSecret(applicationAt, 'still', undefined, context);
      expect(await store.applications.hasSecret(applicationAt, 'whisper')).toBe(true);
      given.clock.time += 24 * HOUR;
      expect(await store.applications.hasSecret(applicationAt, 'whisper')).toBe(false);
    });
  });
});
