import { AdminError, applyDocument, exportDocument, type GrantsDocument } from 'scopegate/admin';
import { describeEachEngine } from '../../support/stores.js';
import { contractStore } from '../contract/fixtures/contract.js';

const NOTHING = { created: [], changed: [], removed: [] };

type Grant = NonNullable<NonNullable<GrantsDocument['applications']>[number]['grants']>[number];

const documentOf = (name: string, grant: Omit<Grant, 'resource'>): GrantsDocument => ({
  environment: { name },
  resources: [{ name: 'Orders', scopes: [{ name: 'a' }, { name: 'b' }] }],
  applications: [{ name: 'Dashboard', grants: [{ resource: 'Orders', ...grant }] }],
});

describeEachEngine((engine) => {
  const given = contractStore(engine);

  test('a document has the dates of a grant and of its scopes, and the export has them in UTC', async () => {
    const scopes = [{ name: 'b', notBefore: '2031-01-01T01:00:00+01:00', expiresAt: '2032-01-01T00:00:00Z' }, 'a'];
    const document = documentOf('dates', { scopes, expiresAt: '2033-01-01T00:00:00Z' });
    await applyDocument(given.store, document);
    const exported = await exportDocument(given.store, 'dates');

    expect(exported).toEqual(
      documentOf('dates', {
        scopes: ['a', { name: 'b', notBefore: '2031-01-01T00:00:00.000Z', expiresAt: '2032-01-01T00:00:00.000Z' }],
        expiresAt: '2033-01-01T00:00:00.000Z',
      }),
    );
    for (const each of [document, exported]) {
      expect(await applyDocument(given.store, each, { prune: true })).toEqual(NOTHING);
    }
  });

  test('a date that a document leaves out is removed from the grant', async () => {
    await applyDocument(given.store, documentOf('ends', { scopes: ['a'], expiresAt: '2033-01-01T00:00:00Z' }));
    const plan = await applyDocument(given.store, documentOf('ends', { scopes: ['a'] }));

    expect(plan.changed).toMatchObject([
      { before: { expiresAt: '2033-01-01T00:00:00.000Z' }, after: { scopes: ['a'] } },
    ]);
    expect(await exportDocument(given.store, 'ends')).toEqual(documentOf('ends', { scopes: ['a'] }));
  });

  test('faults of dates and of scopes with dates are listed with their places', async () => {
    const scopes: unknown[] = [
      { name: 'a', expires: 'soon' },
      { name: 'a' },
      { name: 'x', expiresAt: 'soon' },
      { name: 'b', notBefore: '2032-01-01T00:00:00Z', expiresAt: '2031-01-01T00:00:00Z' },
      7,
    ];
    const document = documentOf('faults', { scopes: scopes as string[], notBefore: '2031-02-30T00:00:00Z' });
    const error: unknown = await applyDocument(given.store, document).catch((thrown: unknown) => thrown);

    expect(error).toBeInstanceOf(AdminError);
    expect((error as AdminError).details.map(({ target }) => target).toSorted()).toEqual(
      [
        'notBefore',
        'scopes/0/expires',
        'scopes/1/name',
        'scopes/2/expiresAt',
        'scopes/2/name',
        'scopes/3/expiresAt',
        'scopes/4',
      ].map((place) => `/applications/0/grants/0/${place}`),
    );
  });
});
