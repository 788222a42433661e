import { once } from 'node:events';
import { join } from 'node:path';
import { openSqliteStore } from 'scopegate/sqlite';
import { WebSocket } from 'ws';
import { REFUSALS } from '../../../lib/enforcement/refusal.js';
import { context, newApplication, newEnvironment, newResource } from '../../support/stores.js';
import { readPage } from '../fixtures/pages.js';
import { type RunningPage, startPage } from '../fixtures/running-page.js';
import { createWorkspace, type Workspace } from '../fixtures/workspace.js';

const OVERVIEW = 'docs/open-connections.md';
const domains: Readonly<Record<string, string>> = { [OVERVIEW]: 'https://idcs-0a1b.identity.oraclecloud.com' };
const DOMAIN = 'https://idcs-0a1b2c3d4e5f60718293a4b5c6d7e8f9.identity.oraclecloud.com';

/** The program of a page in a process of its own, and its database, which the test opens too. */
function useOpenPage(path: string) {
  const page = readPage(path);
  let workspace: Workspace;
  let running: RunningPage;
  beforeAll(async () => {
    workspace = createWorkspace([page]);
    running = await startPage(workspace);
    await running.importModule(page, 'app.ts');
  });
  afterAll(async () => {
    await running?.stop();
    workspace?.remove();
  });
  return {
    address: () => running.address(3000),
    token: (client: string, scope = 'orders:read') =>
      running.token(domains[path] ?? DOMAIN, { aud: 'https://orders.example/', scope, client_id: client }),
    /** An application that is granted the scopes, and how to take them away. */
    async application(...names: readonly string[]) {
      const store = await openSqliteStore({ file: join(workspace.folderOf(page), 'grants.db') });
      const { value } = await store.transaction(context, async (tx) => {
        const { id: environmentId } = await tx.environments.create(newEnvironment(`Shop ${++shops}`));
        const resource = await tx.resources.create(
          { environmentId },
          newResource('Orders', { audience: 'https://orders.example/' }),
        );
        for (const name of names) await tx.scopes.create({ environmentId, resourceId: resource.id }, { name });
        const { id } = await tx.applications.create({ environmentId }, newApplication('Dashboard'));
        const applicationAt = { environmentId, applicationId: id };
        await tx.grants.create(applicationAt, {
          resource: { id: resource.id },
          scopes: names.map((name) => ({ name })),
        });
        return { id, applicationAt };
      });
      return {
        id: value.id,
        async revoke() {
          await store.grants.setAll(value.applicationAt, [], context);
          await store.close();
        },
      };
    },
  };
}

let shops = 0;

const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });

test('the reasons on the page are those of the code', () => {
  const reasons = [...readPage(OVERVIEW).text.matchAll(/^\| `(\w+)` \|/gm)].map(([, reason]) => reason);
  expect(reasons.length).toBeGreaterThan(4);
  expect(Object.keys(REFUSALS)).toEqual(expect.arrayContaining(reasons));
});

describe('the page about open connections', () => {
  const page = useOpenPage(OVERVIEW);

  test('a response that is under way is cut when its grant is revoked', async () => {
    const { id, revoke } = await page.application('orders:read');
    const response = await fetch(`${await page.address()}/export`, { headers: bearer(await page.token(id)) });
    expect(response.status).toBe(200);
    await revoke();
    await expect(response.text()).rejects.toThrow();
  });
});

describe('the recipe for server-sent events', () => {
  const page = useOpenPage('docs/recipes/server-sent-events.md');

  test('a stream has the events until its grant is revoked, and then ends with the reason', async () => {
    const { id, revoke } = await page.application('orders:read', 'orders:write');
    const headers = bearer(await page.token(id));
    const response = await fetch(`${await page.address()}/events`, { headers });
    expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
    const created = await fetch(`${await page.address()}/orders/7`, {
      method: 'POST',
      headers: bearer(await page.token(id, 'orders:write')),
    });
    expect(created.status).toBe(201);
    await revoke();
    expect(await response.text()).toBe('data: {"id":"7"}\n\nevent: ended\ndata: application_revoked\n\n');
    expect((await fetch(`${await page.address()}/events`, { headers })).status).toBe(401);
  });
});

describe('the recipe for WebSockets', () => {
  const page = useOpenPage('docs/recipes/websocket.md');

  async function connect(token?: string): Promise<WebSocket> {
    const address = (await page.address()).replace('http', 'ws');
    const socket = new WebSocket(address, { headers: token === undefined ? {} : bearer(token) });
    socket.on('error', () => undefined);
    return socket;
  }

  async function refusalOf(socket: WebSocket): Promise<{ status?: number; challenge?: string }> {
    const [, response] = await once(socket, 'unexpected-response');
    return { status: response.statusCode, challenge: response.headers['www-authenticate'] };
  }

  test('a socket echoes until its grant is revoked, and is then closed with 1008 and the reason', async () => {
    const { id, revoke } = await page.application('orders:read');
    const socket = await connect(await page.token(id));
    await once(socket, 'open');
    socket.send('hello');
    expect(String((await once(socket, 'message'))[0])).toBe(`${id}: hello`);
    const closed = once(socket, 'close');
    await revoke();
    const [code, reason] = await closed;
    expect([code, String(reason)]).toEqual([1008, 'application_revoked']);
  });

  test('an upgrade without a good token gets the response of the gate', async () => {
    expect(await refusalOf(await connect())).toEqual({ status: 401, challenge: 'Bearer realm="api"' });
    const { id, revoke } = await page.application('orders:read', 'orders:write');
    const narrow = await connect(await page.token(id, 'orders:write'));
    expect(await refusalOf(narrow)).toMatchObject({ status: 403, challenge: expect.stringContaining('orders:read') });
    await revoke();
  });
});
