import { walk } from '../fixtures/responses.js';
import { usePage } from '../fixtures/running-page.js';

const { page, running } = usePage('docs/usage.md');

const DOMAIN = 'https://idcs-0a1b.identity.oraclecloud.com';
const AUDIENCE = 'https://orders.example/';
const APPLICATION = 'b0d5c2aa-7f0e-4a6b-9b35-6f1d8e2c4a10';

test('two calls are counted, previewed and advised about as the page shows', async () => {
  await running().importModule(page, 'app.ts');
  const claims = { aud: AUDIENCE, scope: 'orders:read', client_id: APPLICATION };
  const headers = { Authorization: `Bearer ${await running().token(DOMAIN, claims)}` };
  for (const id of [1, 2]) {
    expect((await fetch(`${await running().address(3000)}/orders/${id}`, { headers })).status).toBe(200);
  }
  const admin = { aud: AUDIENCE, scope: 'grants:admin', client_id: 'console' };

  expect(await walk(page, running(), { ADMIN_TOKEN: await running().token(DOMAIN, admin) })).toEqual([]);
});
