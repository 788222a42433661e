import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { root } from '../../support/sources.js';
import { walk } from '../fixtures/responses.js';
import { usePage } from '../fixtures/running-page.js';

const { page, running } = usePage('docs/authorization-server.md');

beforeAll(() => running().importModule(page, 'authorization-server.ts'));

test('an application gets the responses that the page shows', async () => {
  expect(await walk(page, running())).toEqual([]);
});

async function requestToken(secret: string): Promise<{ status: number; body: Record<string, unknown> }> {
  const basic = Buffer.from(`c2b8e4f6-3d1a-4c7b-8e95-a0d4f7b2c6e1:${secret}`).toString('base64');
  const response = await fetch(`${await running().address(3000)}/token`, {
    method: 'POST',
    headers: { Authorization: `Basic ${basic}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'orders:read' }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

test('the token is for the audience that the page names', async () => {
  const { body } = await requestToken('a-secret-of-your-own');
  const [, payload = ''] = String(body.access_token).split('.');

  expect(JSON.parse(Buffer.from(payload, 'base64url').toString())).toMatchObject({
    aud: 'https://orders.example/',
    scope: 'orders:read',
  });
});

test('a client with another secret gets no token', async () => {
  expect(await requestToken('another-secret')).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
});

test('every file of the demo that the page names exists', () => {
  const linked = [...page.text.matchAll(/`(demo-app\/[\w./-]+)`/g)].map(([, path]) => path as string);

  expect(linked.length).toBeGreaterThan(5);
  expect(linked.filter((path) => !existsSync(resolve(root, path)))).toEqual([]);
});
