import request from 'supertest';
import { type RunningPage, startPage, usePage } from '../fixtures/running-page.js';
import { createWorkspace, type Workspace } from '../fixtures/workspace.js';

const issuer = 'https://sso.acme.example/realms/main';

describe('an application that moves from express-oauth2-jwt-bearer', () => {
  const { page, running: moved } = usePage('docs/migrating.md');
  let workspace: Workspace;
  let before: RunningPage;

  beforeAll(async () => {
    workspace = createWorkspace([page]);
    before = await startPage(workspace);
    await before.importModule(page, 'before.ts');
    await moved().importModule(page, 'after.ts');
  });
  afterAll(async () => {
    await before?.stop();
    workspace?.remove();
  });

  /** The response of the page's application to a token with this scope. */
  async function get(running: RunningPage, path: string, scope?: string, claims = {}, place = 'header') {
    const address = await running.address(3000);
    if (scope === undefined) return request(address).get(path);
    const token = await running.token(issuer, {
      iss: issuer,
      aud: 'orders-api',
      tok_type: undefined,
      scope,
      ...claims,
    });
    if (place === 'query') return request(address).get(path).query({ access_token: token });
    return request(address).get(path).set('Authorization', `Bearer ${token}`);
  }

  test.each([
    ['/orders', 'orders:read', 200],
    ['/orders', 'orders:read orders:write', 200],
    ['/orders', 'orders:write', 403],
    ['/orders', undefined, 401],
    ['/reports', 'reports:admin', 200],
    ['/reports', 'orders:read', 403],
  ])('%s with the scope %s has status %i before and after', async (path, scope, status) => {
    expect((await get(before, path, scope)).status).toBe(status);
    expect((await get(moved(), path, scope)).status).toBe(status);
  });

  test('the same claims reach the handler before and after', async () => {
    const responses = [await get(before, '/orders', 'orders:read'), await get(moved(), '/orders', 'orders:read')];

    expect(responses.map(({ body }) => body)).toEqual([{ subject: 'test-client' }, { subject: 'test-client' }]);
  });

  test('a 403 names the missing scope after, with problem details', async () => {
    const { headers, body } = await get(moved(), '/orders', 'orders:write');

    expect(headers['www-authenticate']).toContain('scope="orders:read"');
    expect(body.reason).toBe('insufficient_scope');
  });

  test('a token in the query was accepted before and is ignored after, as the page says', async () => {
    expect((await get(before, '/orders', 'orders:read', {}, 'query')).status).toBe(200);
    expect((await get(moved(), '/orders', 'orders:read', {}, 'query')).status).toBe(401);
  });

  test('an ID token was accepted before and is refused after, as the page says', async () => {
    const idToken = { nonce: 'n-0S6_WzA2Mj', typ: 'ID' };

    expect((await get(before, '/orders', 'orders:read', idToken)).status).toBe(200);
    expect((await get(moved(), '/orders', 'orders:read', idToken)).body.reason).toBe('not_an_access_token');
  });
});
