import request from 'supertest';
import { walk } from '../fixtures/responses.js';
import { usePage } from '../fixtures/running-page.js';

const claims = { iss: 'https://sso.acme.example', aud: 'https://api.acme.example/orders', sub: 'alice' };

describe('the page of resource metadata', () => {
  const { page, running } = usePage('docs/resource-metadata.md');
  beforeAll(() => running().importModule(page, 'app.ts'));

  test('the challenge and the document are those that the page shows', async () => {
    expect(await walk(page, running())).toEqual([]);
  });

  test('a token for the resource passes, and one for another API does not', async () => {
    const statusOf = async (over: object) => {
      const token = await running().token(claims.iss, { ...claims, ...over });
      const sent = request(await running().address(3000)).get('/orders');
      return (await sent.set('Authorization', `Bearer ${token}`)).status;
    };

    expect(await statusOf({ scope: 'orders:read' })).toBe(200);
    expect(await statusOf({ scope: 'orders:write' })).toBe(403);
    expect(await statusOf({ scope: 'orders:read', aud: 'https://api.acme.example/invoices' })).toBe(401);
  });
});
