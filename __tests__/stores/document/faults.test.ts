import { AdminError, applyDocument, exportDocument, type GrantsDocument } from 'scopegate/admin';
import { describeEachEngine } from '../../support/stores.js';
import { contractStore, leavingAll } from '../contract/fixtures/contract.js';

/** The places of all faults that a document is refused with. */
async function placesOf(applied: Promise<unknown>): Promise<string[]> {
  const error = await applied.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof AdminError) || error.kind !== 'invalid_data') throw error ?? new Error('It was applied.');
  for (const { target, message } of error.details) expect(message).toContain(target || 'The document');
  return error.details.map(({ target }) => target as string);
}

const documentOf = (value: unknown) => value as GrantsDocument;

const repeated = {
  resources: [
    { name: 'Orders', scopes: [{ name: 'a' }, { name: 'b' }, { name: 'a' }] },
    { name: 'Stocks' },
    { name: 'Orders' },
  ],
  applications: [
    {
      name: 'One',
      id: 'AAAAAAAA-0000-4000-8000-000000000001',
      grants: [
        { resource: 'Orders', scopes: ['a', 'b', 'a'] },
        { resource: 'Orders', scopes: ['b'] },
      ],
    },
    { name: 'One', id: 'aaaaaaaa-0000-4000-8000-000000000001' },
  ],
};

const circular: { environment: object; applications: unknown[] } = {
  environment: { name: 'x' },
  applications: [{ name: 'One', grants: [] }],
};
circular.applications.push(circular);
const shared = ['https://shared.example/'];

const CASES: readonly (readonly [string, unknown, readonly string[]])[] = [
  ['no object', 'document', ['']],
  ['a list', [], ['']],
  ['nothing', undefined, ['']],
  ['no environment', {}, ['/environment']],
  [
    'unknown members at every level',
    {
      colour: 1,
      environment: { name: 'x', colour: 1 },
      resources: [
        { name: 'R', 'a/b~c': 1, tags: [{ key: 'k', value: 'v', colour: 1 }], scopes: [{ name: 's', id: 's' }] },
      ],
      applications: [{ name: 'A', secret: 'x', grants: [{ resource: 'R', scopes: ['s'], expires: 1 }] }],
    },
    [
      '/applications/0/grants/0/expires',
      '/applications/0/secret',
      '/colour',
      '/environment/colour',
      '/resources/0/a~1b~0c',
      '/resources/0/scopes/0/id',
      '/resources/0/tags/0/colour',
    ],
  ],
  [
    'values of other types',
    {
      environment: { name: '', type: 'STAGING' },
      resources: {},
      applications: [
        null,
        { name: 'A', redirectUris: ['http://x'], description: null, grants: [{ resource: 'openid', scopes: [] }] },
      ],
    },
    [
      '/applications/0',
      '/applications/1/description',
      '/applications/1/grants/0/scopes',
      '/applications/1/redirectUris/0',
      '/environment/name',
      '/environment/type',
      '/resources',
    ],
  ],
  [
    'names that are there twice',
    { environment: { name: 'x' }, ...repeated },
    [
      '/applications/0/grants/0/scopes/2',
      '/applications/0/grants/1/resource',
      '/applications/1/id',
      '/applications/1/name',
      '/resources/0/scopes/2/name',
      '/resources/2/name',
    ],
  ],
  [
    'names of nothing',
    {
      environment: { name: 'x' },
      resources: [{ name: 'R', scopes: [{ name: 'r' }] }],
      applications: [
        {
          name: 'A',
          grants: [
            { resource: 'Q', scopes: ['q'] },
            { resource: 'R', scopes: ['r', 'R'] },
            { resource: 'openid', scopes: ['profile', 'x'] },
          ],
        },
      ],
    },
    ['/applications/0/grants/0/resource', '/applications/0/grants/1/scopes/1', '/applications/0/grants/2/scopes/1'],
  ],
  [
    'more than the scopes of a built-in resource',
    { environment: { name: 'x' }, resources: [{ name: 'openid', audience: 'x', tags: [], scopes: [] }] },
    ['/resources/0/audience', '/resources/0/tags'],
  ],
  [
    'a faulty form and faulty names together',
    { environment: { name: 'x', colour: 1 }, applications: [{ name: 'A' }, { name: 'A' }] },
    ['/applications/1/name', '/environment/colour'],
  ],
  ['a cycle', circular, ['/applications/1']],
];

describeEachEngine((engine) => {
  const given = contractStore(engine);

  test.each(CASES)(
    'a document with %s changes nothing and lists every fault with its place',
    async (_, document, places) => {
      const environments = async () => (await given.store.environments.list({ limit: 1 })).count;
      const before = await environments();
      expect((await placesOf(applyDocument(given.store, documentOf(document)))).toSorted()).toEqual(places);
      expect(await environments()).toBe(before);
    },
  );

  test('an object that is used in several places is no cycle', async () => {
    const applications = ['A', 'B'].map((name) => ({ name, grantTypes: [], redirectUris: shared }));
    await applyDocument(given.store, { environment: { name: 'shared' }, applications });

    expect((await exportDocument(given.store, 'shared')).applications).toHaveLength(2);
  });

  test('a member named __proto__ is unknown, like any other', async () => {
    const document = JSON.parse('{ "environment": { "name": "proto", "__proto__": { "type": "PRODUCTION" } } }');

    expect(await placesOf(applyDocument(given.store, document))).toEqual(['/environment/__proto__']);
  });

  test('a document may refer to what the environment has, but not to what it prunes', async () => {
    const p = await given.prepare();
    const document = {
      environment: { name: p.environment.name },
      applications: [{ name: 'writer', grants: [{ resource: p.resource.name, scopes: ['c', 'x'] }] }],
    };
    await leavingAll(given.store, p.at, async () => {
      expect(await placesOf(applyDocument(given.store, document))).toEqual(['/applications/0/grants/0/scopes/1']);
      const pruned = applyDocument(given.store, document, { prune: true });
      expect(await placesOf(pruned)).toEqual(['/applications/0/grants/0/resource']);
    });
  });

  test('an id that is not that of the stored object is a fault, and so is that of another application', async () => {
    const p = await given.prepare();
    const id = 'aaaaaaaa-0000-4000-8000-000000000009';
    const document = {
      environment: { name: p.environment.name, id },
      applications: [
        { name: 'reader', id },
        { name: 'writer', id: p.application.id },
      ],
    };
    await leavingAll(given.store, p.at, async () => {
      const places = await placesOf(applyDocument(given.store, document));
      expect(places.toSorted()).toEqual(['/applications/0/id', '/applications/1/id', '/environment/id']);
    });
  });

  test('an option that does not exist is a TypeError', async () => {
    const document = { environment: { name: 'x' } };
    const options = (value: object) => value as never;
    await expect(applyDocument(given.store, document, options({ dryrun: true }))).rejects.toThrow('dryRun');
    await expect(applyDocument(given.store, document, options({ prune: 'no' }))).rejects.toThrow(TypeError);
    await expect(exportDocument(given.store, '')).rejects.toThrow(TypeError);
    await expect(exportDocument(given.store, 'x', options({ id: true }))).rejects.toThrow('ids');
  });
});
