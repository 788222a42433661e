import type { GrantStore } from 'scopegate/admin';
import { context, createSetting, describeEachEngine, newApplication } from '../../support/stores.js';
import { DAY, HOUR, SECOND } from './fixtures/contract.js';

jest.setTimeout(60_000);

const NOON = Date.UTC(2031, 4, 1, 12);
describeEachEngine((engine) => {
  describe('dates of revocations', () => {
    const right = { time: NOON, now: () => right.time };
    const late = { now: () => right.time - 10 * 60 * SECOND };
    const ahead = { now: () => right.time + 400 * DAY };
    const stores: GrantStore[] = [];
    let setting: Awaited<ReturnType<typeof createSetting>>;
    let settings = 0;
    const [onTime, ofLate, ofAhead] = [0, 1, 2].map((i) => () => stores[i] as GrantStore) as [
      () => GrantStore,
      () => GrantStore,
      () => GrantStore,
    ];
    const textOf = (time: number) => new Date(time).toISOString();

    beforeEach(async () => {
      right.time = NOON;
      const database = await engine.database();
      for (const each of [right, late, ahead]) stores.push(await database.open({ clock: each }));
      setting = await createSetting(onTime(), ['a'], `revocations ${++settings}`);
      right.time += HOUR;
    });
    afterEach(() => Promise.all(stores.splice(0).map((store) => store.close())));

    /** A change that dates the store at the present. */
    const touch = () => onTime().applications.create(setting.at, newApplication('another'), context);
    const statusOf = () => onTime().applicationStatus(setting.application.id);

    test('a clock that is late revokes what was issued before the last change', async () => {
      await touch();
      const { value } = await ofLate().applications.revokeTokens(setting.applicationAt, undefined, context);
      expect(value.notBefore).toBe(textOf(right.time));
      expect((await statusOf()).notBefore).toBe(right.time);
    });

    test('a clock that is late revokes the tokens of a subject as well', async () => {
      await touch();
      await ofLate().applications.revokeTokens(setting.applicationAt, 'ada', context);
      expect((await statusOf()).subjectsNotBefore).toEqual(new Map([['ada', right.time]]));
    });

    test('a clock that is late revokes by deleting an application and creating it again', async () => {
      await touch();
      await ofLate().applications.delete(setting.applicationAt, context);
      const again = { ...newApplication('again'), id: setting.application.id };
      await ofLate().applications.create(setting.at, again, context);
      expect((await statusOf()).notBefore).toBe(right.time);
    });

    test('a clock that is late revokes by deleting the environment', async () => {
      await touch();
      await ofLate().environments.delete(setting.at.environmentId, context);
      const other = await createSetting(ofLate(), ['a'], `afterwards ${settings}`);
      await ofLate().applications.create(other.at, { ...newApplication('again'), id: setting.application.id }, context);
      expect((await statusOf()).notBefore).toBe(right.time);
    });

    test.each([undefined, 'ada'])('a revocation far ahead can be corrected, subject %s', async (subject) => {
      await ofAhead().applications.revokeTokens(setting.applicationAt, subject, context);
      const read = async () => {
        const { notBefore, subjectsNotBefore } = await statusOf();
        return subject === undefined ? notBefore : subjectsNotBefore.get(subject);
      };
      expect(await read()).toBe(ahead.now());
      const command = { subject, notBefore: textOf(right.time) };
      const { value } = await onTime().applications.revokeTokens(setting.applicationAt, command, context);
      expect(value.notBefore).toBe(textOf(right.time));
      expect(await read()).toBe(right.time);

      right.time += SECOND; // later revocations follow the clock again
      await onTime().applications.revokeTokens(setting.applicationAt, subject, context);
      expect(await read()).toBe(right.time);
    });

    test('a correction for all tokens corrects those of subjects too', async () => {
      await ofAhead().applications.revokeTokens(setting.applicationAt, 'ada', context);
      const command = { notBefore: textOf(right.time) };
      await onTime().applications.revokeTokens(setting.applicationAt, command, context);
      expect(await statusOf()).toMatchObject({ notBefore: right.time, subjectsNotBefore: new Map() });
    });

    test('a correction of one subject leaves other revocations as they are', async () => {
      await ofAhead().applications.revokeTokens(setting.applicationAt, 'ada', context);
      await ofAhead().applications.revokeTokens(setting.applicationAt, 'bob', context);
      const command = { subject: 'ada', notBefore: textOf(right.time) };
      await onTime().applications.revokeTokens(setting.applicationAt, command, context);
      expect((await statusOf()).subjectsNotBefore).toEqual(
        new Map([
          ['ada', right.time],
          ['bob', ahead.now()],
        ]),
      );
    });

    test('a revocation of the past is not moved to an earlier time', async () => {
      await onTime().applications.revokeTokens(setting.applicationAt, undefined, context);
      const command = { notBefore: textOf(right.time - HOUR) };
      const { value } = await onTime().applications.revokeTokens(setting.applicationAt, command, context);
      expect(value.notBefore).toBe(textOf(right.time));
      expect((await statusOf()).notBefore).toBe(right.time);
    });

    test('a revocation cannot be dated in the future', async () => {
      const command = { notBefore: textOf(right.time + 1) };
      const refused = onTime().applications.revokeTokens(setting.applicationAt, command, context);
      await expect(refused).rejects.toMatchObject({
        kind: 'invalid_data',
        details: [{ code: 'OUT_OF_RANGE', target: 'notBefore' }],
      });
      expect((await statusOf()).notBefore).toBeUndefined();
    });
  });
});
