import express from 'express';
import { createGate, jwtVerifier, ociDomain } from 'scopegate';
import { scopeModelLaws, testIssuer } from 'scopegate/testing';
import request from 'supertest';
import { readPage } from '../fixtures/pages.js';
import { differences, walk } from '../fixtures/responses.js';
import { usePage } from '../fixtures/running-page.js';

const domain = 'https://idcs-0a1b2c3d4e5f60718293a4b5c6d7e8f9.identity.oraclecloud.com';
const CONSUMER = 'urn:opc:resource:consumer';

describe('the application on the page of the gate', () => {
  const { page, running } = usePage('docs/gate.md');
  beforeAll(() => running().importModule(page, 'app.ts'));

  async function send(method: 'get' | 'delete', path: string, scope?: string) {
    const sent = request(await running().address(3000))[method](path);
    if (scope === undefined) return sent;
    const token = await running().token(domain, { aud: 'https://orders.example/', scope });
    return sent.set('Authorization', `Bearer ${token}`);
  }

  test.each<['get' | 'delete', string, string | undefined, number]>([
    ['get', '/orders', 'orders:read', 200],
    ['get', '/orders', 'orders:delete', 403],
    ['delete', '/orders/1', 'orders:read orders:delete', 200],
    ['delete', '/orders/1', 'orders:delete', 403],
    ['get', '/reports', 'reports:read', 200],
    ['get', '/reports', 'orders:read invoices:read', 200],
    ['get', '/reports', 'orders:read', 403],
    ['get', '/me', '', 200],
    ['get', '/me', undefined, 401],
    ['get', '/catalogue', undefined, 200],
    ['get', '/catalogue', 'orders:read', 200],
  ])('%s %s with the scopes %s has status %i', async (method, path, scope, status) => {
    expect((await send(method, path, scope)).status).toBe(status);
  });

  test('an optional gate refuses bad credentials, as the page says', async () => {
    const address = await running().address(3000);
    const { status } = await request(address).get('/catalogue').set('Authorization', 'Bearer bad');

    expect(status).toBe(401);
    expect((await send('get', '/catalogue')).body).toEqual({ isKnown: false });
    expect((await send('get', '/catalogue', 'a')).body).toEqual({ isKnown: true });
  });
});

test('every declaration that the page says to throw is a TypeError', () => {
  const { text } = readPage('docs/gate.md');
  const [, table = ''] = text.split('<!-- table: declarations -->');
  const declarations = [...(table.split('<!-- /table -->')[0] as string).matchAll(/^\| `(.+?)` \|/gm)];
  const { url, tenant } = testIssuer();
  const gate = createGate({ verifier: jwtVerifier(ociDomain({ url, tenant })) });

  expect(declarations).toHaveLength(9);
  for (const [, declaration] of declarations) {
    const declare = new Function('gate', 'app', `return ${declaration};`);
    expect(() => declare(gate, express())).toThrow(expect.objectContaining({ name: 'TypeError' }));
  }
});

describe('the route of the page that requires a sign-in', () => {
  const { page, running } = usePage('docs/gate.md');
  const now = Math.floor(Date.now() / 1000);

  beforeAll(() => running().importModule(page, 'payments.ts'));

  const tokenOf = (claims: object) =>
    running().token(domain, { aud: 'https://orders.example/', scope: 'payments:write', ...claims });

  test('a token of a password gets the challenge that the page shows', async () => {
    expect(await walk(page, running(), { TOKEN: await tokenOf({ acr: 'pwd', auth_time: now }) })).toEqual([]);
  });

  test('a token of a recent strong sign-in passes', async () => {
    const token = await tokenOf({ acr: 'urn:example:mfa', auth_time: now });
    const sent = request(await running().address(3000)).post('/payments');

    expect((await sent.set('Authorization', `Bearer ${token}`)).status).toBe(201);
  });
});

describe('the page of refusals', () => {
  const { page, running } = usePage('docs/gate.md');

  test('an expired token gets the response that the page shows', async () => {
    await running().importModule(page, 'app.ts');
    const claims = { aud: 'https://orders.example/', scope: 'orders:read' };
    const token = await running().token(domain, claims, { isExpired: true });
    const command = `curl -i http://localhost:3000/orders -H 'Authorization: Bearer ${token}'`;
    const [printed = ''] = await running().runShell([{ language: 'sh', info: '', code: command, line: 1 }]);
    const [shown] = readPage('docs/refusals.md').blocks;

    expect(differences(shown?.code ?? '', printed)).toEqual([]);
    expect(differences((shown?.code ?? '').replace('no-store', 'public'), printed)).toHaveLength(1);
  });
});

describe('the application on the page of scopes', () => {
  const { page, running } = usePage('docs/scopes.md');
  beforeAll(() => running().importModule(page, 'app.ts'));

  test.each([
    ['https://orders.example/', 'orders:read', 200],
    ['https://orders.example/', 'orders:write', 403],
    ['urn:opc:resource:scope:account', `${CONSUMER}:paas::read`, 200],
    ['urn:opc:resource:scope:account', `${CONSUMER}::all`, 200],
    ['urn:opc:resource:scope:account', `${CONSUMER}:paas:orders::write`, 403],
  ])('a token for %s with %s has status %i', async (aud, scope, status) => {
    const token = await running().token(domain, { aud, scope });
    const address = await running().address(3000);

    expect((await request(address).get('/orders').set('Authorization', `Bearer ${token}`)).status).toBe(status);
  });
});

describe('the scope model on the page of scopes', () => {
  const { page, running } = usePage('docs/scopes.md');
  beforeAll(() => running().importModule(page, 'models.ts'));

  test.each([
    ['ledger:read', 200],
    ['ledger:write', 200],
    ['ledger:admin', 200],
    ['ledger', 403],
  ])('a token with %s has status %i', async (scope, status) => {
    const token = await running().token(domain, { aud: 'https://orders.example/', scope });
    const address = await running().address(3000);

    expect((await request(address).get('/ledger').set('Authorization', `Bearer ${token}`)).status).toBe(status);
  });

  test('the function of the page keeps the laws', async () => {
    expect(scopeModelLaws((required) => [required, `${required.split('.')[0]}.owner`], ['a.read', 'a.owner'])).toEqual(
      [],
    );
  });
});

describe('the application on the page of issuers', () => {
  const { page, running } = usePage('docs/issuers.md');

  test('a token of the tenant passes, and one of another tenant does not', async () => {
    await running().importModule(page, 'app.ts');
    const address = await running().address(3000);
    const statusOf = async (claims: object) => {
      const token = await running().token(domain, { aud: 'https://orders.example/', ...claims });
      return (await request(address).get('/orders').set('Authorization', `Bearer ${token}`)).status;
    };

    expect(await statusOf({ scope: 'orders:read' })).toBe(200);
    expect(await statusOf({ scp: ['orders:read', 'orders:write'] })).toBe(200);
    expect(await statusOf({ scope: 'orders:read', tenant: 'idcs-other' })).toBe(401);
  });
});
