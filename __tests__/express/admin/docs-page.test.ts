import type { GrantStore } from 'scopegate/admin';
import { openSqliteStore } from 'scopegate/sqlite';
import request from 'supertest';
import { renderDocsPage } from '../../../lib/admin/docs-page.js';
import { OPERATIONS } from '../../../lib/admin/operations.js';
import { appOf } from './fixtures/admin-api.js';

let store: GrantStore;
beforeAll(async () => {
  store = await openSqliteStore({ file: ':memory:' });
});
afterAll(() => store.close());

test('the page of the description is served only where docs is true', async () => {
  for (const path of ['/v1/docs', '/v1/docs.css']) {
    expect((await request(appOf({ store })).get(path)).status).toBe(404);
    expect((await request(appOf({ store, docs: true })).get(path)).status).toBe(200);
  }
});

test('docs must be true or false', () => {
  expect(() => appOf({ store, docs: '/docs' as unknown as boolean })).toThrow(
    'grantsRouter(): "docs" must be true or false',
  );
});

test('the page shows every operation with its path, permissions and summary', async () => {
  const { text } = await request(appOf({ store, docs: true })).get('/v1/docs');
  for (const { id, method, path, summary, permissions } of OPERATIONS) {
    const [, section = ''] = text.split(`<details id="${id}">`);
    expect(section.startsWith(`<summary><b>${method}</b> <code>${path}</code> ${summary}</summary>`)).toBe(true);
    expect(section).toContain(permissions.map((name) => `<code>${name}</code>`).join(', '));
  }
  expect(text).not.toMatch(/undefined|\[object/);
});

test('the page has no scripts, no styles of its own and no foreign host, and its policy forbids them', async () => {
  const { text, headers } = await request(appOf({ store, docs: true })).get('/v1/docs');
  expect(headers['content-type']).toBe('text/html; charset=utf-8');
  expect(headers['x-content-type-options']).toBe('nosniff');
  expect(headers['content-security-policy']).toBe(
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  );
  expect(text).not.toMatch(/<script|<style|<iframe|<img| style=| on\w+=|(?:src|href)="(?!#|\.\.?\/)/i);
});

test('the links of the page lead to the style sheet and the document, with and without a slash at its end', async () => {
  const app = appOf({ store, docs: true });
  for (const path of ['/v1/docs', '/v1/docs/']) {
    const { text } = await request(app).get(path);
    const links = [...text.matchAll(/href="(\.[^"]*)"/g)].map(([, link = '']) => new URL(link, `http://x${path}`));
    expect(links.map(({ pathname }) => pathname)).toEqual(['/v1/docs.css', '/v1/openapi.json']);
  }
  expect((await request(app).get('/v1/docs.css')).headers['content-type']).toBe('text/css; charset=utf-8');
});

test('text of the description cannot become markup', () => {
  const page = renderDocsPage(
    {
      info: { title: '<script>1</script>', version: '"&' },
      tags: [],
      paths: {},
      components: { schemas: { X: { description: '</pre><b>' } } },
    },
    './',
  );
  expect(page).not.toMatch(/<script|<\/pre><b>/);
  expect(page).toContain('&lt;script&gt;1&lt;/script&gt; <small>&quot;&amp;</small>');
});

test('code spans of a description are shown as code, and what is in them cannot become markup', () => {
  const info = { title: 'API', version: '1', description: '`true` and `<b>`' };
  const page = renderDocsPage({ info, tags: [], paths: {}, components: { schemas: {} } }, './');

  expect(page).toContain('<p><code>true</code> and <code>&lt;b&gt;</code></p>');
});
