import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { walk } from '../fixtures/responses.js';
import { usePage } from '../fixtures/running-page.js';

const ISSUER = 'https://sso.acme.example';

describe('the recipe for MCP servers', () => {
  const { page, running } = usePage('docs/recipes/mcp.md');
  beforeAll(() => running().importModule(page, 'app.ts'));

  const tokenWith = (scope: string) =>
    running().token(ISSUER, { iss: ISSUER, aud: 'https://notes.acme.example/mcp', client_id: 'c1', scope });

  test('the challenges are those that the page shows', async () => {
    expect(await walk(page, running(), { TOKEN: await tokenWith('notes:read') })).toEqual([]);
  });

  test('a client of the SDK calls the tools that its token covers', async () => {
    const authorization = `Bearer ${await tokenWith('notes:read notes:write')}`;
    const url = new URL('/mcp', await running().address(3000));
    const transport = new StreamableHTTPClientTransport(url, { requestInit: { headers: { authorization } } });
    const client = new Client({ name: 'test', version: '1.0.0' });
    await client.connect(transport as Transport);
    const textOf = async (name: string, args = {}) =>
      ((await client.callTool({ name, arguments: args })).content as { text: string }[])[0]?.text;

    expect(await textOf('list_notes')).toBe('The notes of client c1');
    expect(await textOf('add_note', { text: 'milk' })).toBe('Added: milk');
    await client.close();
  });
});
