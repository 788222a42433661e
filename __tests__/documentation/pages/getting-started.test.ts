import { walk } from '../responses.js';
import { usePage } from '../running-page.js';

const { page, running } = usePage('docs/getting-started.md');

test('a new user gets the responses that the page shows', async () => {
  await running().setResources([{ audience: 'https://orders.example/', scopes: ['orders:read', 'orders:write'] }]);
  await running().importModule(page, 'app.ts');

  expect(await walk(page, running(), { CLIENT_ID: 'my-client', CLIENT_SECRET: 'its-secret' })).toEqual([]);
});
