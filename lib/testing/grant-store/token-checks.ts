import assert from 'node:assert/strict';
import { assertEqual, type Checks, NO_ID, toGrantCommand } from './prepared.js';

const HOUR_MS = 3_600_000;
const SECRETS = ['a first secret', 'a second secret', 'a third secret'] as const;

/** Secrets, revocations, and the status that live grants read. */
export const tokenChecks: Checks = {
  'accepts the current secret of an application, and no other': async (p) => {
    const { applications } = p.store;
    assert.equal(await applications.secret(p.applicationAt), undefined);
    assert.equal(await applications.hasSecret(p.applicationAt, SECRETS[0]), false);
    await applications.rotateSecret(p.applicationAt, SECRETS[0], undefined, p.context);
    assert.equal(await applications.hasSecret(p.applicationAt, SECRETS[0]), true);
    assert.equal(await applications.hasSecret(p.applicationAt, SECRETS[1]), false);
    assert.equal(await applications.hasSecret({ ...p.applicationAt, applicationId: NO_ID }, SECRETS[0]), false);
  },

  'accepts the previous secret until it expires': async (p) => {
    const { applications } = p.store;
    const later = new Date(Date.now() + HOUR_MS).toISOString();
    const past = new Date(Date.now() - HOUR_MS).toISOString();
    await applications.rotateSecret(p.applicationAt, SECRETS[0], undefined, p.context);
    const { value } = await applications.rotateSecret(p.applicationAt, SECRETS[1], later, p.context);
    assert.equal(value.previous?.expiresAt, later);
    assert.equal(await applications.hasSecret(p.applicationAt, SECRETS[0]), true);
    await applications.rotateSecret(p.applicationAt, SECRETS[2], past, p.context);
    assert.equal(await applications.hasSecret(p.applicationAt, SECRETS[1]), false, 'an expired secret is accepted');
    assert.equal(await applications.hasSecret(p.applicationAt, SECRETS[2]), true);
  },

  'never shows a secret': async (p) => {
    const { value, activities } = await p.store.applications.rotateSecret(
      p.applicationAt,
      SECRETS[0],
      undefined,
      p.context,
    );
    const state = await p.store.applications.secret(p.applicationAt);
    assertEqual(state, value);
    const history = await p.store.activities.list(p.at, {}, { limit: 100 });
    const shown = JSON.stringify([value, activities, state, history]);
    assert.equal(shown.includes(SECRETS[0]), false);
  },

  'revokes the tokens of one subject, and those of all': async (p) => {
    const { store, applicationAt, context } = p;
    const readStatus = () => store.applicationStatus(p.application.id);
    const one = await store.applications.revokeTokens(applicationAt, 'alice', context);
    const first = await readStatus();
    assertEqual(first.subjectsNotBefore, new Map([['alice', Date.parse(one.value.notBefore)]]));
    assert.equal(first.notBefore, undefined);
    const all = await store.applications.revokeTokens(applicationAt, undefined, context);
    assert.equal((await readStatus()).notBefore, Date.parse(all.value.notBefore));
  },

  'keeps a revocation when the application is deleted and created again': async (p) => {
    const { store, application, applicationAt, context } = p;
    const { value } = await store.applications.revokeTokens(applicationAt, undefined, context);
    await store.applications.delete(applicationAt, context);
    assert.equal((await store.applicationStatus(application.id)).state, 'gone');
    await store.applications.create(p.at, { id: application.id, name: 'again' }, context);
    const { state, notBefore = 0 } = await store.applicationStatus(application.id);
    assert.equal(state, 'enabled');
    assert.ok(notBefore >= Date.parse(value.notBefore), 'tokens of the deleted application are good again');
  },

  'names the audience of each granted scope': async (p) => {
    await p.store.grants.create(p.applicationAt, toGrantCommand(p, 'a', 'b'), p.context);
    const { grants } = await p.store.applicationStatus(p.application.id);
    assertEqual(grants.map(({ audience, scope }) => `${audience} ${scope}`).sort(), ['reports a', 'reports b']);
  },
};
