import { OPERATIONS } from '../../../lib/admin/operations.js';
import { renderAdminApiPage } from '../fixtures/admin-api-page.js';
import { anchorsOf, brokenLinks, type Page, parseBlocks } from '../fixtures/pages.js';

const text = renderAdminApiPage();
const page: Page = { path: 'docs/admin-api.md', text, blocks: parseBlocks(text) };

test.each(OPERATIONS.map((operation) => ({ ...operation, shown: `\`${operation.method} ${operation.path}\`` })))(
  'the page has $id with its path, summary and permissions',
  ({ id, shown, summary, permissions }) => {
    const [, section = ''] = text.split(`\n### ${id}\n`);

    expect(section).toMatch(/^\n`/);
    expect(section.startsWith(`\n${shown}\n\n${summary}. Permissions: ${permissions.join(', ')}.\n`)).toBe(true);
    expect(anchorsOf(page)).toContain(id.toLowerCase());
  },
);

test('the page shows the members of a body, with types, limits and defaults', () => {
  expect(text).toContain('| `enabled` | boolean | yes |  |');
  expect(text).toMatch(/\| `accessTokenValiditySeconds` \| integer[\w ]* \| {2}\| 300 to 2592000; default `3600` \|/);
  expect(text).toMatch(
    /\| `scopes` \| list of string or object `\{ id, notBefore\?, expiresAt\? \}` or .+ \| yes \| .+ 1 to 1000 items \|/,
  );
});

test('nothing of the description is lost on the way', () => {
  expect(text).not.toMatch(/undefined|\[object/);
});

test('every link inside the page leads somewhere', () => {
  expect(brokenLinks([page])).toEqual([]);
});
