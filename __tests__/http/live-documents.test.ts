import { applyDocument, exportDocument, type GrantsDocument } from 'scopegate/admin';
import { testClock } from '../live/fixtures/setting.js';
import { PAAS, STACK } from './fixtures/domain.js';
import { liveGate } from './fixtures/live-gate.js';

const HOUR_MS = 3_600_000;

type Application = NonNullable<GrantsDocument['applications']>[number];

/** A gate with live grants, and the document of what its application is granted. */
async function documentedGate() {
  const wall = { time: Date.now() };
  const made = await liveGate({}, { clock: { ...testClock(), now: () => wall.time } });
  await made.grant(PAAS, STACK);
  const document = await exportDocument(made.store, 'test', { ids: true });
  /** The document with other members of the application. */
  const documentWith = (members: Partial<Application>): GrantsDocument => ({
    ...document,
    applications: document.applications?.map((application) => ({ ...application, ...members })),
  });
  const status = async () => (await made.send('/require', { scope: `${PAAS} ${STACK}` })).status;
  expect(await status()).toBe(200);
  return { ...made, wall, document, documentWith, status };
}

const inAnHour = () => new Date(Date.now() + HOUR_MS).toISOString();
const anHourAgo = () => new Date(Date.now() - HOUR_MS).toISOString();

test.each<[string, () => Partial<Application>, number]>([
  ['has no grant of the application', () => ({ grants: [] }), 401],
  ['takes the scope from the grant', () => ({ grants: [{ resource: 'reports', scopes: [STACK] }] }), 403],
  [
    'gives the grant an end that is past',
    () => ({ grants: [{ resource: 'reports', scopes: [PAAS, STACK], expiresAt: anHourAgo() }] }),
    401,
  ],
  [
    'gives the scope an end that is past',
    () => ({ grants: [{ resource: 'reports', scopes: [{ name: PAAS, expiresAt: anHourAgo() }, STACK] }] }),
    403,
  ],
  ['disables the application', () => ({ enabled: false }), 401],
])('a document that %s takes effect at a live gate at once', async (_, change, refused) => {
  const { store, document, documentWith, status } = await documentedGate();
  const changed = documentWith(change());

  await applyDocument(store, changed, { prune: true, dryRun: true });
  expect(await status()).toBe(200);
  await applyDocument(store, changed, { prune: true });
  expect(await status()).toBe(refused);
  await applyDocument(store, document, { prune: true });
  expect(await status()).toBe(200);
});

test('a document that leaves the application out takes it away at a live gate only with prune', async () => {
  const { store, document, status } = await documentedGate();

  await applyDocument(store, { ...document, applications: [] });
  expect(await status()).toBe(200);
  await applyDocument(store, { ...document, applications: [] }, { prune: true });
  expect(await status()).toBe(401);
});

test('a grant ends at a live gate at the moment that a document gave it', async () => {
  const { store, wall, documentWith, status } = await documentedGate();
  const expiresAt = inAnHour();
  await applyDocument(store, documentWith({ grants: [{ resource: 'reports', scopes: [PAAS, STACK], expiresAt }] }));

  wall.time = Date.parse(expiresAt) - 1;
  expect(await status()).toBe(200);
  wall.time += 1;
  expect(await status()).toBe(401);
});

test('a document with a fault changes nothing at a live gate', async () => {
  const { store, documentWith, status } = await documentedGate();
  const faulty = documentWith({ grants: [{ resource: 'reports', scopes: [STACK, 'unknown'] }] });

  await expect(applyDocument(store, faulty, { prune: true })).rejects.toThrow('/applications/0/grants/0/scopes/1');
  expect(await status()).toBe(200);
});
