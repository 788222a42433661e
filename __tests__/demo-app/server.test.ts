import { execFile, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { parseWalkthrough } from '../../demo-app/walkthrough.js';
import { readText } from '../support/sources.js';
import { expectForetold } from './answer.js';
import { type BuiltDemo, buildDemo, type RunningServer } from './built-demo.js';

jest.setTimeout(60_000);

let demo: BuiltDemo;
let local: RunningServer;

beforeAll(async () => {
  demo = buildDemo();
  local = await demo.run();
});

afterAll(() => demo?.remove());

const { steps } = parseWalkthrough(readText('demo-app/walkthrough.http'));

describe('what it prints', () => {
  const curl = spawnSync('curl', ['--version']);
  if (curl.error) process.stderr.write(`Not checked, the curl commands: ${curl.error.message}\n`);
  const whenCurl = curl.error ? test.skip : test;

  /** The answers that commands keep in variables of the shell. */
  const variables: Record<string, string> = {};

  whenCurl.each(steps.map((step) => [step.title, step] as const))('a command that works: %s', async (title, step) => {
    const lines = local.output().stdout.split('\n');
    const functions = lines.filter((line) => /^ {2}\w+\(\) \{/.test(line)).join('\n');
    const at = lines.indexOf(`${title} → ${step.status} ${step.expected}`.trimEnd());
    const command = lines[at + 1];

    const shell = await promisify(execFile)('sh', ['-c', `${functions}\n${command}`], {
      env: { ...variables, PATH: `${dirname(process.execPath)}:${process.env.PATH}`, no_proxy: '127.0.0.1' },
    });

    if (step.name !== undefined) variables[step.name] = shell.stdout.trimEnd();
    expectForetold(parseAnswer(shell.stdout), step);
  });

  test('no step that is not in walkthrough.http', () => {
    expect(local.output().stdout.match(/^ {2}(?:\w+=\$\()?curl/gm)).toHaveLength(steps.length);
  });

  test('that the local issuer gives tokens to anybody', () => {
    expect(local.output().stdout).toMatch(/WARNING: .*ANYBODY/);
  });

  test('a line for each decision', async () => {
    await fetch(`${local.url}/stacks/blue?access_token=secret`, { method: 'DELETE' });
    await local.printed(/^deny · 401 · no_credentials · DELETE · \/stacks\/:name · /m);

    expect(local.output().stdout).not.toContain('secret');
  });
});

describe('where it cannot start', () => {
  test('a busy port ends it with a sentence', async () => {
    const port = new URL(local.url).port;
    const second = await demo.run({ PORT: port });

    expect(await second.ended).toBe(1);
    expect(second.output()).toEqual({ stdout: '', stderr: `Port ${port} is busy. Set PORT to another one.\n` });
  });

  test('a missing setting ends it with a sentence', async () => {
    const server = await demo.run({ OCI_DOMAIN_URL: 'https://idcs-0a1b.identity.oraclecloud.com' });

    expect(await server.ended).toBe(1);
    expect(server.output().stderr).toMatch(/^OCI_TENANT is missing: [^\n]*\n$/);
  });

  test('a setting that the library refuses ends it with its sentence', async () => {
    const server = await demo.run({ OCI_DOMAIN_URL: 'http://idcs.example', OCI_TENANT: 'idcs-0a1b' });

    expect(await server.ended).toBe(1);
    expect(server.output().stderr).toMatch(/^jwtVerifier\(\): "jwksUri" must be an https address[^\n]*\n$/);
  });
});

describe('with a domain', () => {
  const asDomain = () => ({ OCI_DOMAIN_URL: `${local.url}/`, OCI_TENANT: 'idcs-demo' });

  test('its tokens are taken, and no local issuer is there', async () => {
    const server = await demo.run(asDomain());
    const headers = { authorization: `Bearer ${await tokenFrom(local.url, 'urn:opc:resource:consumer:paas::read')}` };
    const reports = await fetch(`${server.url}/reports`, { headers });
    const issuer = await fetch(`${server.url}/oauth2/v1/token`, { method: 'POST' });

    expect(await reports.json()).toEqual({ openedBy: 'urn:opc:resource:consumer:paas::read' });
    expect(issuer.status).toBe(404);
  });

  test('the commands ask the domain for tokens, and leave out those that only a local issuer makes', async () => {
    const { stdout } = (await demo.run({ ...asDomain(), ADMIN_SCOPE: 'urn:opc:idm:g.all_r' })).output();

    expect(stdout).toContain(`-u "$CLIENT_ID:$CLIENT_SECRET"`);
    expect(stdout).toContain(`"${local.url}/oauth2/v1/token"`);
    expect(stdout).toContain('{"openedBy":"urn:opc:idm:g.all_r"}');
    expect(stdout).not.toMatch(/demo=|WARNING/);
  });

  test('credentials for its key endpoint are used, and never printed', async () => {
    const server = await demo.run({ ...asDomain(), OCI_CLIENT_ID: 'keys', OCI_CLIENT_SECRET: 'hush-hush' });

    expect(server.output().stdout).not.toMatch(/hush-hush|answered 503/);
    const ofNode = /^\(node:\d+\) ExperimentalWarning: SQLite[^\n]*\n\(Use [^\n]*\n/; // Node 22
    expect(server.output().stderr.replace(ofNode, '')).toBe('');
  });

  test('one that is down is said at once, and answered 503', async () => {
    const server = await demo.run({ ...asDomain(), OCI_DOMAIN_URL: `http://127.0.0.1:${await closedPort()}` });
    const headers = { authorization: `Bearer ${await tokenFrom(local.url, 'urn:opc:resource:consumer:paas::read')}` };
    const answer = await fetch(`${server.url}/reports`, { headers });

    expect(server.output().stdout).toMatch(/^Every token will be answered 503 for now\. .*ECONNREFUSED/);
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
    expect((await fetch(`${server.url}/`)).status).toBe(200);
  });
});

describe('the grants', () => {
  test('survive a restart: the environment of the first start is there, once, and so is what lies in it', async () => {
    const env = { DATABASE: 'restart.db' };
    const first = await demo.run(env);
    const admin = { authorization: `Bearer ${await tokenFrom(first.url, 'urn:opc:idm:__myscopes__')}` };
    const [made] = await environmentsOf(first, admin);
    const resources = `/v1/environments/${made?.id}/resources`;
    const headers = { ...admin, 'content-type': 'application/json' };
    const body = JSON.stringify({ name: 'Analytics' });
    const created = await fetch(first.url + resources, { method: 'POST', headers, body });
    first.process.kill('SIGTERM');
    await first.ended;

    const second = await demo.run(env);
    const again = { authorization: `Bearer ${await tokenFrom(second.url, 'urn:opc:idm:__myscopes__')}` };
    const { _embedded: found } = (await (await fetch(second.url + resources, { headers: again })).json()) as {
      _embedded: { resources: { name: string }[] };
    };

    expect(created.status).toBe(201);
    expect(await environmentsOf(second, again)).toEqual([expect.objectContaining({ id: made?.id, name: 'demo' })]);
    expect(found.resources.map(({ name }) => name)).toEqual(['openid', 'PingOne API', 'Analytics']);
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

describe('where it is asked to end', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)('%s ends it, also with a connection open', async (signal) => {
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

async function tokenFrom(issuer: string, scope: string): Promise<string> {
  const body = new URLSearchParams({ grant_type: 'client_credentials', scope });
  const response = await fetch(`${issuer}/oauth2/v1/token`, { method: 'POST', body });
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

/** Reads what `curl -i` prints. */
function parseAnswer(printed: string) {
  const [head = '', body = ''] = printed.split('\r\n\r\n');
  const [statusLine = '', ...fields] = head.split('\r\n');
  const headers = new Map(fields.map((field) => [field.split(':')[0]?.toLowerCase(), field.split(/: (.*)/)[1]]));
  const status = Number(statusLine.split(' ')[1]);
  return { status, header: (name: string) => headers.get(name), body: body.trimEnd() };
}
