import { walk } from '../fixtures/responses.js';
import { usePage } from '../fixtures/running-page.js';

const tenant = 'idcs-0a1b2c3d4e5f60718293a4b5c6d7e8f9';
const resources = [{ audience: 'https://orders.example/', scopes: ['orders:read', 'orders:write'] }];
const client = { CLIENT_ID: 'my-client', CLIENT_SECRET: 'its-secret' };

describe.each(['README.md', 'docs/getting-started.md'])('a new user who follows %s', (path) => {
  const { page, running } = usePage(path, { TENANT: tenant });

  beforeAll(async () => {
    await running().setResources(resources);
    await running().importModule(page, 'app.ts');
  });

  test('a new user reaches 200 and a 403 that names the scope, as the page shows', async () => {
    expect(await walk(page, running(), { ...client, TENANT: tenant })).toEqual([]);
  });

  test('a new user gets the token that the 403 names by requesting what it names', async () => {
    const [challenge] = page.blocks.filter(({ code }) => code.includes('insufficient_scope'));
    const scope = /scope="([^"]+)"/.exec(challenge?.code ?? '')?.[1] as string;
    const commands = page.blocks.filter(({ language, code }) => language === 'sh' && code.includes('curl'));
    const withOtherScope = commands.map((block) => ({
      ...block,
      code: block.code.replace('https://orders.example/orders:read', scope),
    }));
    const outputs = await running().runShell(withOtherScope, { ...client, TENANT: tenant });

    expect(outputs.at(-1)).toMatch(/^HTTP\/1\.1 201 Created/);
  });
});

describe('a page with another response', () => {
  const { page, running } = usePage('README.md');

  test('a response that the page does not show is a difference', async () => {
    await running().setResources(resources);
    await running().importModule(page, 'app.ts');
    const wrong = page.blocks.map((block) => ({
      ...block,
      code: block.code.replace('403 Forbidden', '401 Unauthorized'),
    }));

    expect(await walk({ ...page, blocks: wrong }, running(), client)).toEqual([
      expect.stringContaining('the page shows HTTP/1.1 401 Unauthorized; the response is HTTP/1.1 403 Forbidden'),
    ]);
  });
});
