import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MY_SCOPES } from 'scopegate';
import { bearer, issuer } from '../../http/fixtures/domain.js';
import { appOf, describeRouter } from './fixtures/admin-api.js';

/** The members of published bodies that this client knows; it looks at no other. */
interface Entity {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly protocol: string;
  readonly resource: { readonly id: string };
  readonly scopes: readonly { readonly id: string }[];
}
interface Collection {
  readonly _links: { readonly next?: { readonly href: string } };
  readonly _embedded: Readonly<Record<string, readonly Entity[]>>;
}

/** A client in the manner of PingOne's own: JSON by `fetch`, pages by `_links.next`, errors by status and code. */
function pingOneClient(api: string, environmentId: string, token: string) {
  async function call(method: string, address: string, body?: unknown) {
    const answer = await fetch(address, {
      method,
      headers: { Authorization: token, Accept: 'application/json', 'Content-Type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (text !== '' && !answer.headers.get('Content-Type')?.startsWith('application/json')) {
      throw new Error(`undefined response type ${answer.headers.get('Content-Type')}`);
    }
    return { status: answer.status, body: text === '' ? undefined : JSON.parse(text) };
  }
  const at = (path: string) => `${api}/environments/${environmentId}/${path}`;

  return {
    call: (method: string, path: string, body?: unknown) => call(method, at(path), body),
    async create(path: string, body: unknown): Promise<Entity> {
      const answer = await call('POST', at(path), body);
      if (answer.status !== 201) throw new Error(`${answer.status} ${answer.body.code}`);
      return answer.body;
    },
    async *list(path: string, name: string): AsyncGenerator<Entity> {
      let next: string | undefined = at(path);
      while (next !== undefined) {
        const { body }: { body: Collection } = await call('GET', next);
        yield* body._embedded[name] as readonly Entity[];
        next = body._links.next?.href;
      }
    },
  };
}

describeRouter((on) => {
  let server: Server;
  let client: ReturnType<typeof pingOneClient>;
  beforeAll(async () => {
    server = createServer({ keepAliveTimeout: 0 }, appOf({ store: on.store })).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { body } = await on.api.post('/environments', { name: 'for a client' });
    const token = bearer(issuer.token({ scope: MY_SCOPES, env: body.id, client_id: 'terraform' }));
    client = pingOneClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, body.id, token);
  });
  afterAll(async () => {
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  });

  const ids = (entities: readonly { readonly id: string }[]) => entities.map(({ id }) => id).sort();
  async function all(path: string, name: string): Promise<Entity[]> {
    const entities: Entity[] = [];
    for await (const entity of client.list(path, name)) entities.push(entity);
    return entities;
  }

  test('a generic PingOne client administers grants', async () => {
    const resource = await client.create('resources', {
      name: 'Invoices API',
      description: 'What customers owe',
      audience: 'https://invoices.example',
      accessTokenValiditySeconds: 3600,
      introspectEndpointAuthMethod: 'CLIENT_SECRET_BASIC',
    });
    const scopesPath = `resources/${resource.id}/scopes`;
    const created: Entity[] = [];
    for (const name of ['invoices:read', 'invoices:write', 'invoices:delete', 'invoices:export', 'invoices:send']) {
      created.push(await client.create(scopesPath, { name }));
    }
    const application = await client.create('applications', {
      name: 'Billing',
      enabled: true,
      type: 'WORKER',
      protocol: 'OPENID_CONNECT',
      grantTypes: ['CLIENT_CREDENTIALS'],
      tokenEndpointAuthMethod: 'CLIENT_SECRET_BASIC',
    });
    expect([application.type, application.protocol]).toEqual(['WORKER', 'OPENID_CONNECT']);

    // The built-in resource is found by its type, as clients do; the scopes by their names.
    const builtIn = (await all('resources?limit=1', 'resources')).find(({ type }) => type === 'OPENID_CONNECT');
    expect(builtIn?.name).toBe('openid');
    const listed = await all(`${scopesPath}?limit=2`, 'scopes');
    expect(listed.map(({ name }) => name)).toEqual(created.map(({ name }) => name));
    const idOf = (name: string) => listed.find((scope) => scope.name === name)?.id as string;

    const grantsPath = `applications/${application.id}/grants`;
    const wanted = ['invoices:read', 'invoices:write'].map((name) => ({ id: idOf(name) }));
    const grant = await client.create(grantsPath, { resource: { id: resource.id }, scopes: wanted });
    const ofOpenid = await all(`resources/${builtIn?.id}/scopes`, 'scopes');
    const email = ofOpenid.find(({ name }) => name === 'email')?.id;
    const other = await client.create(grantsPath, { resource: { id: builtIn?.id }, scopes: [{ id: email }] });
    const listedGrants = await all(`${grantsPath}?limit=1`, 'grants');
    expect(ids(listedGrants)).toEqual(ids([grant, other]));
    expect(ids(listedGrants.find(({ id }) => id === grant.id)?.scopes ?? [])).toEqual(ids(wanted));

    const path = `${grantsPath}/${grant.id}`;
    const replacement = { ...grant, scopes: [{ id: idOf('invoices:export') }] };
    expect((await client.call('PUT', path, replacement)).status).toBe(200);
    const read = await client.call('GET', path);
    expect([read.status, read.body.id, read.body.scopes]).toEqual([200, grant.id, replacement.scopes]);

    const duplicate = await client.call('POST', grantsPath, { resource: { id: resource.id }, scopes: wanted });
    expect([duplicate.status, duplicate.body.code]).toEqual([400, 'INVALID_DATA']);
    expect(duplicate.body.details[0].code).toBe('UNIQUENESS_VIOLATION');

    expect((await client.call('DELETE', path)).status).toBe(204);
    const gone = await client.call('GET', path);
    expect([gone.status, gone.body.code, gone.body.message]).toEqual([
      404,
      'NOT_FOUND',
      'The request could not be completed. The requested resource was not found.',
    ]);
    expect(ids(await all(grantsPath, 'grants'))).toEqual([other.id]);

    for (const last of [
      `applications/${application.id}`,
      `${scopesPath}/${created[0]?.id}`,
      `resources/${resource.id}`,
    ]) {
      expect((await client.call('DELETE', last)).status).toBe(204);
      expect((await client.call('GET', last)).status).toBe(404);
    }
  });

  test('refuses requests as the tests of the PingOne client expect', async () => {
    const { status, body } = await client.call('PATCH', 'applications', {});
    expect([status, body.code]).toEqual([405, 'INVALID_REQUEST']);
    const missing = await client.call('POST', 'applications', { name: 'x' });
    expect(missing.body).toMatchObject({ code: 'INVALID_DATA', details: expect.any(Array) });
    const foreign = await client.call('GET', `../${issuer.tenant}`);
    expect(foreign.status).toBe(404);
    const withoutToken = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/environments`);
    expect([withoutToken.status, ((await withoutToken.json()) as { code: string }).code]).toEqual([
      401,
      'ACCESS_FAILED',
    ]);
  });
});
