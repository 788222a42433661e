import request from 'supertest';
import { differences } from '../fixtures/responses.js';
import { type RunningPage, usePage } from '../fixtures/running-page.js';

const SERVER = 'https://sso.acme.example';
const claims = { iss: SERVER, aud: 'https://orders.example', sub: 'alice', scope: 'orders:read' };

/** A token in the opaque form that the endpoint of the tests knows. */
const opaque = async (running: RunningPage, over: object = {}) =>
  (await running.token(SERVER, { ...claims, ...over })).replaceAll('.', '~');

describe('the page of opaque tokens', () => {
  const { page, running } = usePage('docs/opaque-tokens.md');

  const get = async (port: number, token: string) =>
    request(await running().address(port))
      .get('/orders')
      .set('Authorization', `Bearer ${token}`);

  test('the application accepts an active token with the scope, and refuses others', async () => {
    await running().importModule(page, 'app.ts');

    expect((await get(3000, await opaque(running()))).body).toEqual({ customer: 'alice' });
    expect((await get(3000, await opaque(running(), { scope: 'orders:write' }))).status).toBe(403);
    expect((await get(3000, await opaque(running(), { aud: 'https://else.example' }))).body.reason).toBe(
      'audience_mismatch',
    );
  });

  test('a token that is not active gets the response that the page shows', async () => {
    const [command, shown] = page.blocks.filter(({ language }) => language === 'sh' || language === 'http');
    const [printed = ''] = await running().runShell([command as NonNullable<typeof command>]);

    expect(differences(shown?.code ?? '', printed)).toEqual([]);
  });

  test('JWTs and opaque tokens reach the second application, each by its verifier', async () => {
    await running().importModule(page, 'both.ts');

    expect((await get(3001, await running().token(SERVER, claims))).body).toEqual({ isJwt: true });
    expect((await get(3001, await opaque(running()))).body).toEqual({ isJwt: false });
  });
});

describe('the recipe for several issuers', () => {
  const { page, running } = usePage('docs/recipes/several-issuers.md');

  async function get(port: number, url: string, over: object) {
    const token = await running().token(url, { scope: 'orders:read', aud: 'https://orders.example/', ...over });
    return request(await running().address(port))
      .get('/orders')
      .set('Authorization', `Bearer ${token}`);
  }

  test('the tokens of each issuer are accepted, and the handler knows which it was', async () => {
    await running().importModule(page, 'app.ts');
    const environment = '6b1f0a52-5d3c-4b7e-9a70-2f1f1c3e8d44';
    const ping = { iss: `https://auth.pingone.eu/${environment}/as`, env: environment, aud: 'orders-api' };

    expect((await get(3000, 'https://partners.example', { iss: 'https://partners.example' })).body).toEqual({
      isPartner: true,
    });
    expect((await get(3000, 'https://auth.pingone.eu', ping)).body).toEqual({ isPartner: false });
    expect((await get(3000, 'https://else.example', { iss: 'https://else.example' })).status).toBe(401);
  });

  test('the tokens of each OCI domain are accepted, and no domain signs for another', async () => {
    await running().importModule(page, 'domains.ts');
    const [first, second] = ['idcs-0a1b', 'idcs-2c3d'].map((name) => `https://${name}.identity.oraclecloud.com`);

    expect((await get(3001, first as string, {})).body).toEqual({ tenant: 'idcs-0a1b' });
    expect((await get(3001, second as string, {})).body).toEqual({ tenant: 'idcs-2c3d' });
    expect((await get(3001, second as string, { tenant: 'idcs-0a1b' })).status).toBe(401);
  });
});
