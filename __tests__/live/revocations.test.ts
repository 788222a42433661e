import { context, newApplication } from '../support/stores.js';
import { liveSetting, PAAS } from './fixtures/setting.js';

/** Half past a second: what was issued in it may have been issued before or after. */
const REVOKED = Date.UTC(2026, 0, 1, 12, 0, 0, 500);
const SECOND = (REVOKED - 500) / 1000;
const DAY = 86_400_000;

/** @param clockTolerance none where the test says nothing: issuer and store go by one clock */
async function revocationSetting(clockTolerance = 0) {
  const wall = { time: REVOKED, now: () => wall.time };
  const setting = await liveSetting({ wall, clockTolerance });
  await setting.grant(PAAS);
  const revoke = (subject?: string) => setting.store.applications.revokeTokens(setting.applicationAt, subject, context);
  return { ...setting, wall, revoke };
}

describe('revocation of all tokens', () => {
  test.each<[string, object, boolean]>([
    ['long before', { iat: SECOND - 3600 }, true],
    ['in the second before', { iat: SECOND - 1 }, true],
    ['in the same second', { iat: SECOND }, true],
    ['a moment before, to a part of a second', { iat: SECOND + 0.499 }, true],
    ['at that moment, to a part of a second', { iat: SECOND + 0.5 }, false],
    ['in the second after', { iat: SECOND + 1 }, false],
    ['at a time that it does not say', {}, true],
    ['at a time that is a text', { iat: String(SECOND + 5) }, true],
    ['at a time that is no number', { iat: Number.NaN }, true],
    ['at null', { iat: null }, true],
    ['at a time in milliseconds', { iat: REVOKED + 3_600_000 }, true],
  ])('decides whether a token issued %s is revoked: %s %s', async (_, claims, isVoid) => {
    const { revoke, outcome } = await revocationSetting();
    expect(await outcome(claims)).toEqual([PAAS]);
    await revoke();
    for (const sub of [undefined, 'u1']) {
      expect(await outcome({ ...claims, sub })).toEqual(isVoid ? 'application_revoked' : [PAAS]);
    }
  });

  test.each<[string, number | undefined, number]>([
    ['five seconds', undefined, 5.5],
    ['a minute', 60, 60.5],
    ['half a second', 0.5, 1],
  ])('revokes tokens issued up to %s later, to allow for different clocks', async (_, clockTolerance, bound) => {
    const wall = { now: () => REVOKED };
    const { grant, store, applicationAt, outcome } = await liveSetting({ wall, clockTolerance });
    await grant(PAAS);
    await store.applications.revokeTokens(applicationAt, undefined, context);
    expect(await outcome({ iat: SECOND + bound - 0.001 })).toBe('application_revoked');
    expect(await outcome({ iat: SECOND + bound })).toEqual([PAAS]);
  });

  test('a revocation of all tokens does not affect other applications', async () => {
    const { store, another, at, resource, revoke, outcome } = await revocationSetting();
    const other = await another('other');
    const otherAt = { ...at, applicationId: other.id };
    await store.grants.create(otherAt, { resource: { id: resource.id }, scopes: [{ name: PAAS }] }, context);
    await revoke();
    expect(await outcome({ client_id: other.id, iat: SECOND - 1 })).toEqual([PAAS]);
  });

  test('advances with a later revocation and persists through other changes', async () => {
    const { wall, revoke, grant, enable, outcome } = await revocationSetting();
    await revoke();
    wall.time += 10_000;
    expect(await outcome({ iat: SECOND + 9 })).toEqual([PAAS]);
    await revoke();
    expect(await outcome({ iat: SECOND + 9 })).toBe('application_revoked');
    await enable(false);
    await enable(true);
    await grant();
    await grant(PAAS);
    expect(await outcome({ iat: SECOND + 9 })).toBe('application_revoked');
    expect(await outcome({ iat: SECOND + 11 })).toEqual([PAAS]);
  });

  test('a revocation of all tokens is not weakened by a later revocation with a clock that is behind', async () => {
    const { wall, revoke, outcome } = await revocationSetting();
    wall.time = REVOKED + 10_000;
    await revoke();
    await revoke('u1');
    wall.time = REVOKED + 5000;
    await revoke();
    await revoke('u1');
    for (const sub of [undefined, 'u1']) {
      expect(await outcome({ sub, iat: SECOND + 7 })).toBe('application_revoked');
      expect(await outcome({ sub, iat: SECOND + 11 })).toEqual([PAAS]);
    }
  });

  test('persists when the application is deleted and created again by a clock that is behind', async () => {
    const { wall, store, at, clientId, grant, remove, revoke, outcome } = await revocationSetting();
    for (const before of [remove, async () => [await revoke(), await remove()]]) {
      wall.time = REVOKED + 10_000;
      await before();
      wall.time = REVOKED + 5000;
      await store.applications.create(at, { ...newApplication('again'), id: clientId }, context);
      await grant(PAAS);
      expect(await outcome({ iat: SECOND + 7 })).toBe('application_revoked');
      expect(await outcome({ iat: SECOND + 11 })).toEqual([PAAS]);
    }
  });

  test('persists although a clock was far ahead for a while', async () => {
    const { wall, revoke, outcome } = await revocationSetting();
    await revoke();
    wall.time = REVOKED + 800 * DAY;
    await revoke('u2');
    wall.time = REVOKED + 1000;
    expect(await outcome({ sub: 'u1', iat: SECOND - 60 })).toBe('application_revoked');
  });

  test('revokes nothing in a dry run', async () => {
    const { store, applicationAt, outcome, atOnce } = await revocationSetting();
    expect(await outcome({ iat: SECOND - 1 })).toEqual([PAAS]);
    await store.applications.revokeTokens(applicationAt, undefined, { ...context, dryRun: true });
    expect(atOnce({ iat: SECOND - 1 })).toEqual([PAAS]);
  });
});

test('a conditional revocation is stale, since revocations have no tag', async () => {
  const { store, applicationAt, outcome } = await revocationSetting();
  await expect(
    store.applications.revokeTokens(applicationAt, undefined, { ...context, ifMatch: ['7.x'] }),
  ).rejects.toMatchObject({
    kind: 'stale',
  });
  expect(await outcome({ iat: SECOND - 60 })).toEqual([PAAS]);
});

describe('revocation of one subject', () => {
  test('revokes only earlier tokens of that subject', async () => {
    const { revoke, outcome } = await revocationSetting();
    await revoke('u1');
    expect(await outcome({ sub: 'u1', iat: SECOND - 1 })).toBe('application_revoked');
    expect(await outcome({ sub: 'u1', iat: SECOND })).toBe('application_revoked');
    expect(await outcome({ sub: 'u1' })).toBe('application_revoked');
    expect(await outcome({ sub: 'u1', iat: SECOND + 1 })).toEqual([PAAS]);
    for (const sub of ['u2', 'U1', 'u1 ', '', undefined, 7, ['u1']]) {
      expect(await outcome({ sub, iat: SECOND - 1 })).toEqual([PAAS]);
      expect(await outcome({ sub })).toEqual([PAAS]);
    }
  });

  test('applies the latest revocation of the subject or of everything', async () => {
    const { wall, revoke, outcome } = await revocationSetting();
    await revoke('u1');
    wall.time += 10_000;
    await revoke('u2');
    expect(await outcome({ sub: 'u1', iat: SECOND + 5 })).toEqual([PAAS]);
    expect(await outcome({ sub: 'u2', iat: SECOND + 5 })).toBe('application_revoked');
    wall.time += 10_000;
    await revoke();
    expect(await outcome({ sub: 'u1', iat: SECOND + 15 })).toBe('application_revoked');
    expect(await outcome({ iat: SECOND + 15 })).toBe('application_revoked');
    wall.time += 10_000;
    await revoke('u1');
    expect(await outcome({ sub: 'u1', iat: SECOND + 25 })).toBe('application_revoked');
    expect(await outcome({ sub: 'u2', iat: SECOND + 25 })).toEqual([PAAS]);
  });

  test('persists for a year, the longest life of a token, despite other revocations', async () => {
    const { wall, revoke, outcome } = await revocationSetting();
    await revoke('u1');
    wall.time = REVOKED + 364 * DAY;
    await revoke('u2');
    expect(await outcome({ sub: 'u1', iat: SECOND - 60 })).toBe('application_revoked');
    wall.time = REVOKED + 367 * DAY;
    await revoke('u2');
    expect(await outcome({ sub: 'u1', iat: SECOND - 60 })).toEqual([PAAS]); // which has expired
  });

  test('becomes a revocation of everything when there are too many subjects', async () => {
    const { revoke, store, clientId, outcome } = await revocationSetting();
    for (let i = 0; i < 500; i++) await revoke(`subject ${i}`);
    expect((await revoke('subject 0')).value).toMatchObject({ subject: 'subject 0' }); // not one more
    expect((await store.applicationStatus(clientId)).subjectsNotBefore.size).toBe(500);
    expect(await outcome({ sub: 'nobody', iat: SECOND - 60 })).toEqual([PAAS]);
    const { value, activities } = await revoke('one more');
    expect(value).not.toHaveProperty('subject');
    expect(activities).toMatchObject([{ type: 'REVOCATION.CREATED', after: value }]);
    for (const sub of ['one more', 'subject 7', 'nobody', undefined]) {
      expect(await outcome({ sub, iat: SECOND - 60 })).toBe('application_revoked');
    }
    expect((await store.applicationStatus(clientId)).subjectsNotBefore.size).toBe(0);
    expect((await revoke('one more')).value).toMatchObject({ subject: 'one more' });
  });

  test('accepts a subject with the name of an object property', async () => {
    const { revoke, outcome } = await revocationSetting();
    expect(await outcome({ sub: 'constructor', iat: SECOND - 1 })).toEqual([PAAS]);
    await revoke('__proto__');
    expect(await outcome({ sub: '__proto__', iat: SECOND - 1 })).toBe('application_revoked');
    expect(await outcome({ sub: 'constructor', iat: SECOND - 1 })).toEqual([PAAS]);
  });
});
