import assert from 'node:assert/strict';
import type { Activity } from '../../grants/model.js';
import type { GrantStore, InEnvironment } from '../../grants/store.js';
import { assertEqual, type Checks, NO_ID } from './prepared.js';

const PERSON = 'mary@example.org';

/** What leaves the history, and whether the store responds. */
export const historyChecks: Checks = {
  'responds to a ping until it is closed': async ({ store }) => {
    await store.ping();
    await store.close();
    await assert.rejects(store.ping(), { name: 'StoreUnavailableError' });
  },

  'exports the whole history of an environment, oldest first': async ({ store, at }) => {
    const page = await store.activities.list(at, {}, { limit: 1000 });
    assertEqual(await collect(store, at), [...(page?.items ?? [])].reverse());
    assertEqual(await collect(store, { environmentId: NO_ID }), []);
  },

  'erases the identifier of a person from the history of one environment': async (p) => {
    const { store, at, context } = p;
    const byPerson = { ...context, actor: { client: 'console', subject: PERSON } };
    const { value: other } = await store.environments.create({ name: `${p.environment.name} 2` }, byPerson);
    await store.applications.create(at, { name: PERSON }, byPerson);
    await store.applications.revokeTokens(p.applicationAt, PERSON, context);
    const status = await store.applicationStatus(p.application.id);
    assert.equal(await store.activities.erase(at, PERSON), 2);
    const latest = (await collect(store, at)).slice(-2);
    assertEqual(
      latest.map(({ actor }) => actor.subject),
      ['erased', context.actor.subject],
    );
    const [created, revoked] = latest.map(({ after }) => after as { name?: unknown; subject?: unknown });
    assertEqual([created?.name, revoked?.subject], [PERSON, 'erased'], 'a name is not an identifier');
    assertEqual(await store.applicationStatus(p.application.id), status, 'a revocation is not in force any more');
    assertEqual((await collect(store, { environmentId: other.id }))[0]?.actor.subject, PERSON);
  },
};

async function collect(store: GrantStore, at: InEnvironment): Promise<Activity[]> {
  const activities: Activity[] = [];
  for await (const activity of store.activities.export(at)) activities.push(activity);
  return activities;
}
