import { REFUSALS } from '../../../lib/enforcement/refusal.js';
import { commandsOf, walk } from '../fixtures/responses.js';
import { usePage } from '../fixtures/running-page.js';

const { page, running } = usePage('docs/live-grants.md');

const [BEFORE, AFTER] = commandsOf(page).map(({ command, shown }) => ({
  ...page,
  blocks: shown === undefined ? [command] : [command, shown],
}));
const APPLICATION = 'b0d5c2aa-7f0e-4a6b-9b35-6f1d8e2c4a10';

/** A token of the domain of the page, for this client. */
function tokenOf(client: string): Promise<string> {
  const claims = { aud: 'https://orders.example/', scope: 'orders:read', client_id: client };
  return running().token('https://idcs-0a1b.identity.oraclecloud.com', claims);
}

async function statusWith(token: string): Promise<number> {
  const headers = { Authorization: `Bearer ${token}` };
  return (await fetch(`${await running().address(3000)}/orders`, { headers })).status;
}

beforeAll(async () => {
  await running().importModule(page, 'app.ts');
  await running().importModule(page, 'seed.ts');
});

test('a token opens the route until another program takes the grant away', async () => {
  const token = await tokenOf(APPLICATION);
  if (BEFORE === undefined || AFTER === undefined) throw new Error('The page has lost its two requests.');

  expect(await walk(BEFORE, running(), { TOKEN: token })).toEqual([]);
  await running().importModule(page, 'revoke.ts');
  while ((await statusWith(token)) === 200);
  expect(await walk(AFTER, running(), { TOKEN: token })).toEqual([]);
});

test('the spelling of an OCI domain is recognised, and another application is not', async () => {
  expect(await statusWith(await tokenOf('5f0c7a51-0000-4000-8000-000000000000'))).toBe(401);
  expect(await statusWith(await tokenOf(APPLICATION.replaceAll('-', '')))).toBe(401); // its grant is gone
});

test('the reasons in the table are those of the code', () => {
  const reasons = [...page.text.matchAll(/reason `(\w+)`/g)].map(([, reason]) => reason as keyof typeof REFUSALS);

  expect(reasons.length).toBeGreaterThan(3);
  for (const reason of reasons) expect(Object.keys(REFUSALS)).toContain(reason);
});
