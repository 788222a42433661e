import { applyDocument, exportDocument, type GrantStore, type GrantsDocument } from 'scopegate/admin';
import { DASHBOARD, FULL_DOCUMENT } from '../../admin/document/fixtures/documents.js';
import { context, describeEachEngine } from '../../support/stores.js';
import { contentsOf, contractStore, leavingAll, names } from '../contract/fixtures/contract.js';

const NOTHING = { created: [], changed: [], removed: [] };

/** What a list of a plan names, in its order. */
const named = (changes: readonly { type: string; name: string; application?: string; resource?: string }[]) =>
  changes.map(({ type, name, application = '', resource = '' }) => {
    return `${type} ${application || resource ? `${application}${resource}/` : ''}${name}`;
  });

const shop = (name: string, more: Partial<GrantsDocument> = {}): GrantsDocument => ({
  environment: { name },
  resources: [{ name: 'Orders', scopes: [{ name: 'orders:read' }, { name: 'orders:write' }] }],
  applications: [{ name: 'Dashboard', grants: [{ resource: 'Orders', scopes: ['orders:read'] }] }],
  ...more,
});

async function at(store: GrantStore, name: string) {
  const { items } = await store.environments.list({ limit: 1, filter: [{ name }] });
  return { environmentId: items[0]?.id as string };
}

describeEachEngine((engine) => {
  const given = contractStore(engine);

  test('a document creates an environment with all that it names, and the plan lists it', async () => {
    const { store } = given;
    const plan = await applyDocument(store, FULL_DOCUMENT);

    expect(named(plan.created)).toEqual([
      'ENVIRONMENT Shop',
      'RESOURCE Orders',
      'SCOPE Orders/orders:read',
      'SCOPE Orders/orders:write',
      'SCOPE openid/groups',
      'APPLICATION Dashboard',
      'GRANT Dashboard/Orders',
      'GRANT Dashboard/openid',
      'APPLICATION Reports',
    ]);
    expect({ ...plan, created: [] }).toEqual(NOTHING);
    expect(plan.created[2]).toEqual({
      type: 'SCOPE',
      name: 'orders:read',
      resource: 'Orders',
      after: { name: 'orders:read', description: 'See orders' },
    });
    const { id: environmentId, ...environment } = FULL_DOCUMENT.environment;
    const { id: applicationId, grants: _, ...application } = DASHBOARD;
    expect(await store.environments.get(environmentId)).toMatchObject(environment);
    expect(await store.applications.get({ environmentId, applicationId })).toMatchObject(application);
  });

  test('a document that is applied again changes nothing, with prune or without', async () => {
    const { store } = given;
    const document = shop('again');
    await applyDocument(store, document);

    await leavingAll(store, await at(store, 'again'), async () => {
      expect(await applyDocument(store, document)).toEqual(NOTHING);
      expect(await applyDocument(store, document, { prune: true })).toEqual(NOTHING);
    });
  });

  test('a changed document changes what differs, and keeps ids', async () => {
    const { store } = given;
    await applyDocument(store, shop('changed'));
    const before = await contentsOf(store, await at(store, 'changed'));
    const plan = await applyDocument(
      store,
      shop('changed', {
        environment: { name: 'changed', description: 'New' },
        resources: [
          {
            name: 'Orders',
            audience: 'https://orders.example/',
            scopes: [{ name: 'orders:read', description: 'See' }],
          },
        ],
        applications: [
          { name: 'Dashboard', trustScope: 'Account', grants: [{ resource: 'Orders', scopes: ['orders:write'] }] },
        ],
      }),
    );

    expect({ ...plan, changed: [] }).toEqual(NOTHING);
    expect(named(plan.changed)).toEqual([
      'ENVIRONMENT changed',
      'RESOURCE Orders',
      'SCOPE Orders/orders:read',
      'APPLICATION Dashboard',
      'GRANT Dashboard/Orders',
    ]);
    expect(plan.changed.at(-1)).toMatchObject({
      before: { resource: 'Orders', scopes: ['orders:read'] },
      after: { resource: 'Orders', scopes: ['orders:write'] },
    });
    const after = await contentsOf(store, await at(store, 'changed'));
    for (const list of ['resources', 'scopes', 'applications', 'grants'] as const) {
      expect(after[list].map(({ id }) => id)).toEqual(before[list].map(({ id }) => id));
    }
    expect(names(after.grants[0]?.scopes ?? [])).toEqual(['orders:write']);
  });

  test('what a document does not name is left alone, and removed with prune', async () => {
    const { store } = given;
    await applyDocument(store, {
      environment: { name: 'pruned' },
      resources: [
        { name: 'Orders', scopes: [{ name: 'orders:read' }, { name: 'orders:write' }, { name: 'orders:old' }] },
        { name: 'Old', scopes: [{ name: 'old' }] },
        { name: 'openid', scopes: [{ name: 'groups' }] },
      ],
      applications: [
        {
          name: 'Dashboard',
          grants: [
            { resource: 'Orders', scopes: ['orders:read'] },
            { resource: 'Old', scopes: ['old'] },
            { resource: 'openid', scopes: ['profile'] },
          ],
        },
        { name: 'Gone', grants: [{ resource: 'Orders', scopes: ['orders:old'] }] },
      ],
    });
    const pruned = await at(store, 'pruned');

    await leavingAll(store, pruned, async () => expect(await applyDocument(store, shop('pruned'))).toEqual(NOTHING));
    const plan = await applyDocument(store, shop('pruned'), { prune: true });

    expect({ ...plan, removed: [] }).toEqual(NOTHING);
    expect(named(plan.removed).toSorted()).toEqual([
      'APPLICATION Gone',
      'GRANT Dashboard/Old',
      'GRANT Dashboard/openid',
      'GRANT Gone/Orders',
      'RESOURCE Old',
      'SCOPE Old/old',
      'SCOPE Orders/orders:old',
      'SCOPE openid/groups',
    ]);
    const contents = await contentsOf(store, pruned);
    expect(names(contents.resources)).toEqual(['openid', 'PingOne API', 'Orders']);
    expect(names(contents.applications)).toEqual(['Dashboard']);
    expect(contents.grants).toHaveLength(1);
    expect(await exportDocument(store, 'pruned')).toEqual(shop('pruned'));
  });

  test('with prune, the initial scopes of a built-in resource come back where no entry names it', async () => {
    const { store } = given;
    await applyDocument(
      store,
      shop('built-in', { resources: [{ name: 'openid', scopes: [{ name: 'openid' }] }], applications: [] }),
      { prune: true },
    );
    expect((await exportDocument(store, 'built-in')).resources).toEqual([
      { name: 'openid', scopes: [{ name: 'openid' }] },
    ]);

    const { created } = await applyDocument(store, shop('built-in'), { prune: true });
    expect(named(created)).toEqual(expect.arrayContaining(['SCOPE openid/profile', 'SCOPE openid/offline_access']));
  });

  test('a dry run returns the plan and changes nothing', async () => {
    const { store } = given;
    await applyDocument(store, shop('dry'));
    const document = shop('dry', {
      applications: [{ name: 'Reports', grants: [{ resource: 'Orders', scopes: ['orders:read'] }] }],
    });
    const plan = await leavingAll(store, await at(store, 'dry'), () => {
      return applyDocument(store, document, { dryRun: true, prune: true });
    });

    expect(named(plan.removed)).toEqual(['APPLICATION Dashboard', 'GRANT Dashboard/Orders']);
    expect(await applyDocument(store, document, { prune: true })).toEqual(plan);
    expect(await applyDocument(store, shop('dry new'), { dryRun: true })).toMatchObject({ changed: [], removed: [] });
    expect((await at(store, 'dry new')).environmentId).toBeUndefined();
  });

  test('a renamed application is a new one, and a new id with it', async () => {
    const { store } = given;
    await applyDocument(store, shop('renamed'));
    const renamed = shop('renamed', { applications: [{ name: 'Board' }] });
    const plan = await applyDocument(store, renamed, { prune: true });

    expect(named(plan.created)).toEqual(['APPLICATION Board']);
    expect(named(plan.removed)).toEqual(['APPLICATION Dashboard', 'GRANT Dashboard/Orders']);
  });

  test('activities and change events are those of single changes', async () => {
    const { store } = given;
    await applyDocument(store, shop('events', { applications: [] }));
    const events = await at(store, 'events');
    const { position } = await store.changes.since('');
    const heard: unknown[] = [];
    const unsubscribe = store.changes.subscribe((published) => heard.push(...published));
    const actor = { client: 'deployment', subject: 'pipeline' };
    await applyDocument(store, shop('events'), {
      actor,
      correlationId: context.correlationId,
      transactionId: 'build 7',
    });
    unsubscribe();

    const activities = (await store.activities.list(events, {}, { limit: 2 }))?.items ?? [];
    const [application] = (await store.applications.list(events, { limit: 1 }))?.items ?? [];
    expect(activities.map(({ type }) => type)).toEqual(['GRANT.CREATED', 'APPLICATION.CREATED']);
    expect(activities[0]).toMatchObject({ actor, correlationId: context.correlationId, transactionId: 'build 7' });
    const feed = (await store.changes.since(position)).events;
    expect(feed.map(({ affects }) => affects)).toEqual([application?.id, application?.id]);
    expect(heard).toEqual(feed);
  });

  test('a grant that the store refuses leaves nothing of the document', async () => {
    const { store } = given;
    await applyDocument(store, shop('own'));
    const own = await at(store, 'own');
    const [{ id: client } = { id: '' }] = (await store.applications.list(own, { limit: 1 }))?.items ?? [];
    const document = shop('own', {
      resources: [{ name: 'New', scopes: [{ name: 'new' }] }],
      applications: [{ name: 'Dashboard', grants: [{ resource: 'New', scopes: ['new'] }] }],
    });
    await leavingAll(store, own, async () => {
      await expect(applyDocument(store, document, { actor: { client } })).rejects.toMatchObject({
        kind: 'forbidden',
        details: [{ target: '/applications/0/grants/0' }],
      });
    });
  });

  test('an id counts at creation, and one that another environment has is refused with its place', async () => {
    const { store } = given;
    const p = await given.prepare();
    const { id } = p.application;
    const refused = applyDocument(store, {
      environment: { name: 'ids' },
      applications: [{ name: 'one' }, { id, name: 'two' }],
    });

    await expect(refused).rejects.toMatchObject({ kind: 'invalid_data', details: [{ target: '/applications/1/id' }] });
    expect((await at(store, 'ids')).environmentId).toBeUndefined();
  });

  test('documents that are applied at the same time take turns, also from two processes', async () => {
    const other = await given.database.open({ clock: given.clock });
    try {
      const plans = await Promise.all([
        applyDocument(given.store, shop('turns')),
        applyDocument(given.store, shop('turns')),
        applyDocument(other, shop('turns')),
      ]);
      expect(plans.map(({ created }) => created.length).toSorted()).toEqual([0, 0, 6]);
    } finally {
      await other.close();
    }
  });

  test('an export with ids makes the same clients in an empty database', async () => {
    const p = await given.prepare();
    const document = await exportDocument(given.store, p.environment.name, { ids: true });
    const other = await (await engine.database()).open();
    try {
      await applyDocument(other, document);
      const copied = await other.applications.get(p.applicationAt);
      expect(copied).toMatchObject({ id: p.application.id, name: 'reader' });
      expect(await exportDocument(other, p.environment.name, { ids: true })).toEqual(document);
    } finally {
      await other.close();
    }
  });

  test('two applications of one name are reported by name, and pruned where no entry names them', async () => {
    const p = await given.prepare();
    await given.store.applications.create(p.at, { name: 'reader' }, context);
    const name = p.environment.name;

    await expect(exportDocument(given.store, name)).rejects.toMatchObject({
      kind: 'invalid_data',
      details: [{ message: expect.stringContaining('reader') }],
    });
    await expect(
      applyDocument(given.store, { environment: { name }, applications: [{ name: 'reader' }] }),
    ).rejects.toMatchObject({ details: [{ target: '/applications/0/name' }] });
    const plan = await applyDocument(given.store, { environment: { name } }, { prune: true });
    expect(named(plan.removed).filter((each) => each.startsWith('APPLICATION'))).toHaveLength(2);
  });

  test('an environment that is not there cannot be exported', async () => {
    await expect(exportDocument(given.store, 'nowhere')).rejects.toMatchObject({ kind: 'not_found' });
  });
});
