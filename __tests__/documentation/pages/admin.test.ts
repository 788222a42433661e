import { PERMISSIONS } from '../../../lib/admin.js';
import { walk } from '../fixtures/responses.js';
import { usePage } from '../fixtures/running-page.js';

const { page, running } = usePage('docs/admin.md');

const ENVIRONMENT = '6b1f0a52-5d3c-4b7e-9a70-2f1f1c3e8d44';
const OPERATOR = '0f3c9a1e-5b7d-4c2f-8a6e-1d3b5c7f9a2e';
const READ_ENVIRONMENT = `/v1/environments/${ENVIRONMENT}`;

beforeAll(async () => {
  await running().setResources([{ audience: 'grants-admin', scopes: ['grants:read', 'grants:write'] }]);
  await running().importModule(page, 'app.ts');
});

test('the operator gets the responses that the page shows', async () => {
  expect(await walk(page, running(), { CLIENT_ID: OPERATOR, CLIENT_SECRET: 'its-secret' })).toEqual([]);
});

/** The status for a caller with these claims, over those of a token of the environment. */
async function statusFor(claims: Record<string, unknown>, method = 'GET', path = READ_ENVIRONMENT): Promise<number> {
  const token = await running().token('https://auth.pingone.com', {
    iss: `https://auth.pingone.com/${ENVIRONMENT}/as`,
    aud: 'grants-admin',
    env: ENVIRONMENT,
    scope: 'grants:read grants:write',
    ...claims,
  });
  const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' };
  const init = method === 'GET' ? { headers } : { method, headers, body: '{ "name": "Other" }' };
  return (await fetch(`${await running().address(3000)}${path}`, init)).status;
}

test('a scope of the example opens what the page says, and nothing else', async () => {
  expect(await statusFor({ client_id: OPERATOR, scope: 'grants:read' })).toBe(200);
  expect(await statusFor({ client_id: OPERATOR, scope: 'grants:read' }, 'POST', '/v1/environments')).toBe(403);
  expect(await statusFor({ client_id: OPERATOR, scope: 'grants:write' })).toBe(403);
});

test('a caller for one environment creates none, and sees no other', async () => {
  const caller = { client_id: 'somebody' };

  expect(await statusFor(caller)).toBe(200);
  expect(await statusFor(caller, 'POST', '/v1/environments')).toBe(403);
  expect(await statusFor(caller, 'GET', '/v1/environments/00000000-0000-4000-8000-000000000000')).toBe(404);
});

test('the map of permissions has all of them, and no other', () => {
  const block = page.blocks.find(({ info }) => info === 'file=permissions.ts');
  const mapped = [...(block?.code ?? '').matchAll(/^ {2}'([a-z:]+)': 'grants:\w+',$/gm)].map(([, name]) => name);

  expect(mapped.sort()).toEqual([...PERMISSIONS].sort());
});
