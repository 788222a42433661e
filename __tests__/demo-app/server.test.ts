import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { type AddressInfo, connect, createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { type BuiltDemo, openBuiltDemo, type RunningServer } from './fixtures/built-demo.js';

jest.setTimeout(60_000);

let demo: BuiltDemo;
let local: RunningServer;

beforeAll(async () => {
  demo = openBuiltDemo();
  local = await demo.run();
});

afterAll(() => demo?.remove());

/** Node 22 */
const OF_NODE = /^\(node:\d+\) ExperimentalWarning: SQLite[^\n]*\n\(Use [^\n]*\n/;

describe('printed output', () => {
  test('introduces itself in five lines', () => {
    const lines = local.output().stdout.split('\n');

    expect(lines.indexOf('Decisions of the gate:')).toBe(4);
    expect(lines[0]).toContain(local.url);
    expect(lines.join('\n')).not.toContain(local.operator.secret);
  });

  test('prints no warnings of its dependencies', () => {
    const { stdout, stderr } = local.output();

    expect(stdout).not.toContain('oidc-provider');
    expect(stderr.replace(OF_NODE, '')).toBe('');
  });

  test('prints a line for each decision', async () => {
    await fetch(`${local.url}/stacks/blue?access_token=hush-hush`, { method: 'DELETE' });
    await local.printed(/^deny · 401 · no_credentials · DELETE · \/stacks\/:name · /m);

    expect(local.output().stdout).not.toContain('hush-hush');
  });
});

describe('failed start', () => {
  test('exits with a message when the port is in use', async () => {
    const port = new URL(local.url).port;
    const second = await demo.run({ PORT: port });

    expect(await second.ended).toBe(1);
    expect(second.output()).toEqual({ stdout: '', stderr: `Port ${port} is busy. Set PORT to another one.\n` });
  });

  test('exits with a message when a setting is missing', async () => {
    const server = await demo.run({ OCI_DOMAIN_URL: 'https://idcs-0a1b.identity.oraclecloud.com' });

    expect(await server.ended).toBe(1);
    expect(server.output().stderr).toMatch(/^OCI_TENANT is missing: [^\n]*\n$/);
  });

  test('exits with the message of the library when it rejects a setting', async () => {
    const server = await demo.run({ OCI_DOMAIN_URL: 'http://idcs.example', OCI_TENANT: 'idcs-0a1b' });

    expect(await server.ended).toBe(1);
    expect(server.output().stderr).toMatch(/^jwtVerifier\(\): "jwksUri" must be an https address[^\n]*\n$/);
  });
});

describe('endpoint for bad tokens', () => {
  test.each(['', 'kind=toString', 'kind=expired&kind=expired'])(
    'rejects an unknown kind of bad token: "%s"',
    async (form) => {
      const headers = { 'content-type': 'application/x-www-form-urlencoded' };
      const answer = await fetch(`${local.url}/bad-tokens`, { method: 'POST', headers, body: form });

      expect(answer.status).toBe(400);
      expect(await answer.json()).toEqual({ error: 'invalid_request', error_description: expect.any(String) });
    },
  );
});

describe('misdirected requests', () => {
  const statusOf = async (path: string, host: string) => {
    const { port } = new URL(local.url);
    const sent = request({ port, host: '127.0.0.1', path, headers: { host } }).end();
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    return { status: answer.statusCode, body: await text(answer) };
  };

  test.each(['evil.example', '127.0.0.1', 'evil.example:3000'])('rejects a request for the host %s', async (host) => {
    const { status, body } = await statusOf('/oauth2/.well-known/openid-configuration', host);

    expect(status).toBe(421);
    expect(body).not.toContain('evil');
  });

  test('rejects a request for an absolute address of another host', async () => {
    const path = 'http://evil.example/oauth2/.well-known/openid-configuration';

    expect((await statusOf(path, new URL(local.url).host)).status).toBe(421);
    expect((await statusOf('/oauth2/.well-known/openid-configuration', new URL(local.url).host)).status).toBe(200);
  });
});

test('exposes no stack trace or local path in a response', async () => {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const answer = await fetch(`${local.url}/bad-tokens`, { method: 'POST', headers, body: 'x'.repeat(3000) });

  expect(answer.status).toBe(413);
  expect(await answer.json()).toEqual({ type: 'about:blank', title: expect.any(String), status: 413 });
});

describe('server with a domain', () => {
  const asDomain = () => domainAt(local);

  test('accepts tokens of the domain and runs no local authorization server', async () => {
    const server = await demo.run(asDomain());
    const headers = { authorization: `Bearer ${await tokenFrom(local, 'urn:opc:resource:consumer:paas::read')}` };
    const reports = await fetch(`${server.url}/reports`, { headers });
    const issuer = await fetch(`${server.url}/oauth2/v1/token`, { method: 'POST' });

    expect(await reports.json()).toEqual({ openedBy: 'urn:opc:resource:consumer:paas::read' });
    expect(issuer.status).toBe(404);
  });

  test('uses the credentials for the key endpoint and never prints them', async () => {
    const { id, secret } = local.operator;
    const server = await demo.run({ ...asDomain(), OCI_CLIENT_ID: id, OCI_CLIENT_SECRET: secret });

    expect(server.output().stdout).not.toContain('answered 503');
    expect(server.output().stdout).not.toContain(secret);
    expect(server.output().stderr.replace(OF_NODE, '')).toBe('');
  });

  test('reports an unavailable domain at start and responds with 503', async () => {
    const server = await demo.run({ ...asDomain(), OCI_DOMAIN_URL: `http://127.0.0.1:${await closedPort()}` });
    const headers = { authorization: `Bearer ${await tokenFrom(local, 'urn:opc:resource:consumer:paas::read')}` };
    const answer = await fetch(`${server.url}/reports`, { headers });

    expect(server.output().stdout).toMatch(/^Requests with a token get a 503 for now\. .*ECONNREFUSED/);
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
    expect((await fetch(`${server.url}/`)).status).toBe(200);
  });
});

describe('stored grants', () => {
  test('keeps the first environment and its contents across a restart', async () => {
    const env = { DATABASE: 'restart.db' };
    const first = await demo.run(env);
    const admin = { authorization: `Bearer ${await tokenFrom(first, 'urn:opc:idm:__myscopes__')}` };
    const [made] = await environmentsOf(first, admin);
    const resources = `/v1/environments/${made?.id}/resources`;
    const headers = { ...admin, 'content-type': 'application/json' };
    const body = JSON.stringify({ name: 'Analytics' });
    const created = await fetch(first.url + resources, { method: 'POST', headers, body });
    first.process.kill('SIGTERM');
    await first.ended;

    const second = await demo.run(env);
    const again = { authorization: `Bearer ${await tokenFrom(second, 'urn:opc:idm:__myscopes__')}` };
    const { _embedded: found } = (await (await fetch(second.url + resources, { headers: again })).json()) as {
      _embedded: { resources: { name: string }[] };
    };

    expect(created.status).toBe(201);
    expect(await environmentsOf(second, again)).toEqual([expect.objectContaining({ id: made?.id, name: 'demo' })]);
    expect(found.resources.map(({ name }) => name)).toEqual(['openid', 'PingOne API', 'Demo', 'Analytics']);
  });

  async function environmentsOf({ url }: RunningServer, headers: Record<string, string>) {
    const answer = (await (await fetch(`${url}/v1/environments`, { headers })).json()) as {
      _embedded: { environments: { id: string; name: string }[] };
    };
    return answer._embedded.environments.map((environment) => ({
      ...environment,
      _links: undefined,
    })) as { id: string; name: string }[];
  }
});

describe('two servers on one database', () => {
  test('refuses a still valid token after another server revokes the grant', async () => {
    const env = { DATABASE: 'shared.db' };
    const one = await demo.run(env);
    const other = await demo.run({ ...env, ...domainAt(one) });
    const authorization = `Bearer ${await tokenFrom(one, 'urn:opc:idm:__myscopes__')}`;
    const send = async (method: string, url: string, body: object) => {
      const headers = { authorization, 'content-type': 'application/json' };
      const answer = await fetch(url, { method, headers, ...(method === 'GET' ? {} : { body: JSON.stringify(body) }) });
      return (answer.status === 204 ? {} : await answer.json()) as HalBody;
    };
    const scope = 'urn:opc:resource:consumer:paas:analytics::read';
    const { _embedded } = await send('GET', `${one.url}/v1/environments`, {});
    const links = _embedded.environments[0]?._links;
    const resource = await send('POST', links?.resources?.href as string, { name: 'Analytics' });
    await send('POST', resource._links.scopes?.href as string, { name: scope });
    const application = await send('POST', links?.applications?.href as string, {
      name: 'Dashboard',
      enabled: true,
      type: 'WORKER',
      protocol: 'OPENID_CONNECT',
      tokenEndpointAuthMethod: 'CLIENT_SECRET_BASIC',
      grantTypes: ['CLIENT_CREDENTIALS'],
      trustScope: 'Account',
    });
    const { secret } = await send('POST', application._links.secret?.href as string, {});
    const grant = await send('POST', application._links.grants?.href as string, {
      resource: { id: resource.id },
      scopes: [scope],
    });
    const token = await tokenFrom(one, scope, { id: application.id, secret });
    const read = () => fetch(`${other.url}/live/reports`, { headers: { authorization: `Bearer ${token}` } });

    expect((await read()).status).toBe(200);
    await send('DELETE', grant._links.self?.href as string, {});
    const revoked = Date.now();
    let status = 200;
    while (status === 200 && Date.now() - revoked < 5000) status = (await read()).status;

    expect(status).toBe(401);
  });
});

interface HalBody {
  readonly id: string;
  readonly secret: string;
  readonly _links: Readonly<Record<string, { readonly href: string }>>;
  readonly _embedded: { readonly environments: readonly HalBody[] };
}

describe('shutdown', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)('exits on %s even with a connection open', async (signal) => {
    const server = await demo.run();
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    await once(socket, 'connect');
    socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await once(socket, 'data');

    server.process.kill(signal);

    expect(await server.ended).toBe(0);
    socket.destroy();
  });
});

/** The settings by which another demo takes the tokens of this one. */
function domainAt({ url }: RunningServer) {
  return { OCI_DOMAIN_URL: `${url}/`, OCI_TENANT: 'idcs-demo', OCI_ISSUER: `${url}/oauth2` };
}

async function tokenFrom({ url, operator }: RunningServer, scope: string, client = operator): Promise<string> {
  const body = new URLSearchParams({ grant_type: 'client_credentials', scope });
  const headers = { authorization: `Basic ${Buffer.from(`${client.id}:${client.secret}`).toString('base64')}` };
  const response = await fetch(`${url}/oauth2/v1/token`, { method: 'POST', headers, body });
  return ((await response.json()) as { access_token: string }).access_token;
}

async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
