import assert from 'node:assert/strict';
import { assertEqual, assertRefused, assertUnchanged, type Checks, NO_ID, type Prepared } from './prepared.js';

const HOUR_MS = 3_600_000;
const [BLUE, GREEN, ROTATED] = ['a blue secret', 'a green secret', 'a secret that is rotated'] as const;

/** Secrets with names, beside the one that is rotated. */
export const secretChecks: Checks = {
  'accepts each secret of an application until it is deleted': async (p) => {
    const { applications, secrets } = p.store;
    await applications.rotateSecret(p.applicationAt, ROTATED, undefined, p.context);
    const { value: blue } = await secrets.create(p.applicationAt, { name: 'blue' }, BLUE, p.context);
    await secrets.create(p.applicationAt, { name: 'green' }, GREEN, p.context);
    assertEqual(await readValidity(p), [true, true, true]);
    await secrets.delete({ ...p.applicationAt, secretId: blue.id }, p.context);
    assertEqual(await readValidity(p), [false, true, true]);
    await applications.rotateSecret(p.applicationAt, 'the next one', new Date(0).toISOString(), p.context);
    assertEqual(await readValidity(p), [false, true, false]);
  },

  'lists the secrets of an application with their names and dates, without the secrets': async (p) => {
    const { applications, secrets, activities } = p.store;
    const expiresAt = new Date(Date.now() + HOUR_MS).toISOString();
    await applications.rotateSecret(p.applicationAt, ROTATED, undefined, p.context);
    const { value } = await secrets.create(p.applicationAt, { name: 'blue', expiresAt }, BLUE, p.context);
    assertEqual([value.name, value.expiresAt, value.applicationId], ['blue', expiresAt, p.application.id]);
    const secretAt = { ...p.applicationAt, secretId: value.id };
    assertEqual(await secrets.get(secretAt), value);
    const page = await secrets.list(p.applicationAt, { limit: 10 });
    assertEqual([page?.count, page?.items.map(({ name }) => name)], [2, [undefined, 'blue']]);
    const shown = [value, page, await secrets.get(secretAt), await activities.list(p.at, {}, { limit: 100 })];
    for (const secret of [BLUE, ROTATED]) assert.equal(JSON.stringify(shown).includes(secret), false);
    assert.equal(await secrets.list({ ...p.applicationAt, applicationId: NO_ID }, { limit: 10 }), undefined);
    assert.equal(await secrets.get({ ...p.applicationAt, secretId: NO_ID }), undefined);
  },

  'refuses a second secret of one name, and one that has expired': async (p) => {
    const { secrets } = p.store;
    await secrets.create(p.applicationAt, { name: 'blue' }, BLUE, p.context);
    const past = new Date(Date.now() - HOUR_MS).toISOString();
    await assertUnchanged(p, async () => {
      await assertRefused(secrets.create(p.applicationAt, { name: 'blue' }, GREEN, p.context), 'invalid_data');
      const expired = { name: 'green', expiresAt: past };
      await assertRefused(secrets.create(p.applicationAt, expired, GREEN, p.context), 'invalid_data');
      await assertRefused(secrets.delete({ ...p.applicationAt, secretId: NO_ID }, p.context), 'not_found');
    });
    assertEqual(await readValidity(p), [true, false, false]);
  },

  'notes when a secret was used': async (p) => {
    const { applications, secrets } = p.store;
    const { value } = await secrets.create(p.applicationAt, { name: 'blue' }, BLUE, p.context);
    const secretAt = { ...p.applicationAt, secretId: value.id };
    await applications.hasSecret(p.applicationAt, GREEN);
    assertEqual((await secrets.get(secretAt))?.lastUsedAt, undefined);
    await applications.hasSecret(p.applicationAt, BLUE);
    assert.ok((await secrets.get(secretAt))?.lastUsedAt, 'a use is not noted');
  },

  'ends the previous secret on request': async (p) => {
    const { applications } = p.store;
    await applications.rotateSecret(p.applicationAt, BLUE, undefined, p.context);
    await applications.rotateSecret(p.applicationAt, ROTATED, undefined, p.context);
    await applications.endPreviousSecrets(p.applicationAt, p.context);
    assertEqual(await readValidity(p), [false, false, true]);
    await assertRefused(applications.endPreviousSecrets(p.applicationAt, p.context), 'not_found');
  },
};

function readValidity({ store, applicationAt }: Prepared): Promise<boolean[]> {
  return Promise.all([BLUE, GREEN, ROTATED].map((secret) => store.applications.hasSecret(applicationAt, secret)));
}
