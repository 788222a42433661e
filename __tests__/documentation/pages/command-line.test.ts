import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { COMMANDS } from '../../../lib/cli/commands.js';
import { runCommand } from '../../cli/fixtures/terminal.js';
import { readPage } from '../fixtures/pages.js';

const page = readPage('docs/command-line.md');
const directory = mkdtempSync(join(tmpdir(), 'scopegate-page-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** What the reader of the page has: a token, a document, and an issuer whose keys are protected. */
const READER = {
  files: {
    'token.txt': `${part({ alg: 'RS256' })}.${part({ sub: 'ada', scope: 'orders:read' })}.${part({})}`,
    'production.json': JSON.stringify({
      environment: { name: 'Production' },
      resources: [{ name: 'Orders', audience: 'https://orders.example/', scopes: [{ name: 'orders:read' }] }],
    }),
  },
  fetch: async () => new Response('', { status: 401 }),
};

const commands = page.blocks
  .filter(({ language }) => language === 'sh')
  .map(
    ({ code }) => [code.trim(), page.blocks[page.blocks.findIndex((each) => each.code === code) + 1]?.code] as const,
  );

test.each(commands)('%s prints what the page shows', async (command, shown) => {
  const args = command.replace('grants.db', join(directory, 'grants.db')).split(' ');
  expect(args.slice(0, 2)).toEqual(['npx', 'scopegate']);
  expect((await runCommand(args.slice(2), READER)).out.trimEnd()).toBe(shown?.trimEnd());
});

test('the page names every command', () => {
  expect(commands.length).toBeGreaterThan(5);
  for (const name of Object.keys(COMMANDS))
    expect(page.text).toMatch(new RegExp(`\`(?:npx scopegate )?${name}\\b|scopegate ${name} `));
});
