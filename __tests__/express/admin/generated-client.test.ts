import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { transformSync } from 'esbuild';
import express from 'express';
import { MY_SCOPES } from 'scopegate';
import type { GrantStore } from 'scopegate/admin';
import { openSqliteStore } from 'scopegate/sqlite';
import { bearer, issuer } from '../../http/fixtures/domain.js';
import { root } from '../../support/sources.js';
import { routerOf } from './fixtures/admin-api.js';

/** The methods of the client that swagger-typescript-api makes: ids, body, query. */
type Client = Readonly<Record<string, (...args: readonly unknown[]) => Promise<{ readonly data: Body }>>>;
interface Body {
  readonly id: string;
  readonly size: number;
  readonly secret: string;
  readonly scopes: readonly { readonly id: string; readonly name?: string }[];
  readonly _embedded: Readonly<Record<string, readonly { readonly id: string; readonly type: string }[]>>;
}

let store: GrantStore;
let server: Server;
let folder: string;
let client: Client;

beforeAll(async () => {
  store = await openSqliteStore({ file: ':memory:' });
  server = createServer(express().use('/v1', routerOf({ store })));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  folder = mkdtempSync(join(tmpdir(), 'scopegate-client-'));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  client = await generateClient(address);
});
afterAll(async () => {
  server?.close().closeAllConnections();
  await store?.close();
  rmSync(folder, { recursive: true, force: true });
});

const GENERATE = `
  import { readFileSync, writeFileSync } from 'node:fs';
  import { generateApi } from 'swagger-typescript-api';
  const spec = JSON.parse(readFileSync(process.argv[1], 'utf8'));
  const { files } = await generateApi({ spec, output: false, silent: true, generateClient: true, httpClientType: 'fetch' });
  writeFileSync(process.argv[2], files[0].fileContent);
`;

async function generateClient(address: string): Promise<Client> {
  const [description, code] = [join(folder, 'openapi.json'), join(folder, 'client.ts')];
  writeFileSync(description, await (await fetch(`${address}/openapi.json`)).text());
  const flags = ['--input-type=module', '--eval', GENERATE, description, code];
  const { status, stderr } = spawnSync(process.execPath, flags, { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Error(`The client cannot be generated:\n${stderr}`);
  const compiled = transformSync(readFileSync(code, 'utf8'), { loader: 'ts', format: 'cjs', target: 'node20' });
  const module = { exports: {} as { Api: new (config: object) => { readonly environments: Client } } };
  new Function('module', 'exports', compiled.code)(module, module.exports);
  const authorization = bearer(issuer.token({ scope: MY_SCOPES, env: '*', client_id: 'admin-console', sub: 'ada' }));
  const api = new module.exports.Api({
    baseUrl: address,
    securityWorker: () => ({ headers: { authorization } }),
    baseApiParams: { secure: true, format: 'json' },
  });
  return api.environments;
}

/** Calls a method of the client, which rejects with the response unless it is a success. */
async function call(method: string, ...args: readonly unknown[]): Promise<Body> {
  const run = client[method];
  if (run === undefined) throw new Error(`The client has no method ${method}.`);
  return (await run(...args)).data;
}

test('a client that is generated from the description drives the whole life of a grant', async () => {
  const { id: env } = await call('createEnvironment', { name: 'Shop' });
  const { id: resource } = await call('createResource', env, { name: 'Orders', audience: 'https://orders.example/' });
  for (const name of ['orders:read', 'orders:write']) await call('createScope', env, resource, { name });
  const { id: application } = await call('createApplication', env, {
    name: 'Dashboard',
    enabled: true,
    type: 'WORKER',
    protocol: 'OPENID_CONNECT',
    tokenEndpointAuthMethod: 'CLIENT_SECRET_BASIC',
    grantTypes: ['CLIENT_CREDENTIALS'],
  });
  expect((await call('rotateApplicationSecret', env, application, {})).secret).toEqual(expect.any(String));

  const created = { resource: { id: resource }, scopes: ['orders:read'] };
  expect(await call('createGrant', env, application, created, { dryRun: 'true' })).not.toHaveProperty('id');
  const { id: grant } = await call('createGrant', env, application, created);
  await call('addGrantScopes', env, application, grant, { scopes: ['orders:write'] });
  const { scopes } = await call('readGrant', env, application, grant, { expand: 'scopes' });
  expect(scopes.map(({ name }) => name).toSorted()).toEqual(['orders:read', 'orders:write']);
  const write = scopes.find(({ name }) => name === 'orders:write');
  await call('removeGrantScope', env, application, grant, write?.id);
  await call('replaceGrant', env, application, grant, { ...created, scopes: ['orders:write'] });
  await call('patchGrant', env, application, grant, { scopes: ['orders:read'] });
  expect((await call('readGrantsOfResource', env, resource))._embedded.grants).toMatchObject([{ id: grant }]);

  await call('deleteGrant', env, application, grant);
  await expect(call('readGrant', env, application, grant)).rejects.toMatchObject({
    status: 404,
    error: { code: 'NOT_FOUND' },
  });
  const { size } = await call('readActivities', env, { application });
  expect(size).toBeGreaterThanOrEqual(7);
});
