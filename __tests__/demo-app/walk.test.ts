import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { FILLED_BY_SENDER, parseWalkthrough, type Step } from '../../demo-app/walk/walkthrough.js';
import { readText } from '../support/sources.js';
import { type BuiltDemo, type EndedProgram, openBuiltDemo, type RunningServer } from './fixtures/built-demo.js';
import { expectResponse } from './fixtures/expected-response.js';

jest.setTimeout(120_000);

const ENV = { DATABASE: 'walk.db' };
const steps = ['walkthrough.http', 'sign-in.http'].flatMap(
  (file) => parseWalkthrough(readText(`demo-app/${file}`), FILLED_BY_SENDER).steps,
);

let demo: BuiltDemo;
let local: RunningServer;
let script: string;

beforeAll(async () => {
  demo = openBuiltDemo();
  local = await demo.run(ENV);
  const printed = await demo.runToEnd('walk', { ...ENV, PORT: new URL(local.url).port }, '--print');
  expect(printed).toMatchObject({ status: 0 });
  script = printed.stdout;
});

afterAll(() => demo?.remove());

describe.each(['bash', 'zsh'])('the printed walk in %s', (shell) => {
  const missing = [shell, 'curl'].filter((program) => spawnSync(program, ['--version']).error);
  if (missing.length > 0) process.stderr.write(`Not checked, the walk in ${shell}: ${missing} is not installed.\n`);
  const whenInstalled = missing.length > 0 ? test.skip : test;

  whenInstalled('runs from start to end, and again after being interrupted', async () => {
    const lines = script.split('\n');
    const half = lines.findIndex((line) => line.startsWith('application='));
    const interrupted = await runIn(shell, lines.slice(0, half + 1).join('\n'));
    const whole = await runIn(shell, script);

    expect(interrupted.stdout).toContain('"name":"Dashboard-');
    expect(whole.stderr).toBe('');
    expectResponses(whole.stdout);
  });
});

describe('npm run walk', () => {
  test('sends every request and shows each response', async () => {
    const { status, stdout } = await demo.runToEnd('walk', {});

    expect(stdout.match(/^✓ .*$/gm)).toEqual(steps.map(({ title }) => `✓ ${title}`));
    expect(stdout.match(/^ {2}→ \d+$/gm)).toEqual(steps.map((step) => `  → ${step.status}`));
    expect(stdout).toMatch(/\nEvery response was as expected\.\n$/);
    expect(status).toBe(0);
  });

  test('shows no token or secret whole', async () => {
    const { stdout } = await demo.runToEnd('walk', {});

    expect(stdout).toContain('"access_token":"eyJ');
    expect(stdout).not.toMatch(/eyJ[\w-]+\./);
    expect(stdout).not.toMatch(/"secret":"[\w-]{9,}/);
  });

  test('walks against a domain with an application of that domain', async () => {
    const { id, secret } = local.operator;
    const env = { ...domainAt(local), CLIENT_ID: id, CLIENT_SECRET: secret };
    const { status, stdout } = await demo.runToEnd('walk', env);

    expect(status).toBe(0);
    expect(stdout).toContain('✓ Hierarchy: paas::read covers');
    expect(stdout).not.toContain('An expired token');
  });

  test('says which variables a domain needs', async () => {
    const { status, stderr } = await demo.runToEnd('walk', domainAt(local));

    expect(status).toBe(1);
    expect(stderr).toMatch(/^CLIENT_ID and CLIENT_SECRET are missing: [^\n]*\n$/m);
  });
});

describe('npm run walk -- --print', () => {
  test('asks for the database of a demo that was started', async () => {
    const { status, stderr } = await demo.runToEnd('walk', { DATABASE: 'missing.db' }, '--print');

    expect(status).toBe(1);
    expect(stderr).toBe('There is no missing.db: set DATABASE, or start the demo first.\n');
  });

  test('prints commands that request tokens from a domain, without the local steps', async () => {
    const { stdout } = await demo.runToEnd(
      'walk',
      { ...domainAt(local), ADMIN_SCOPE: 'urn:opc:idm:g.all_r' },
      '--print',
    );

    expect(stdout).toContain('-u "$CLIENT_ID:$CLIENT_SECRET"');
    expect(stdout).toContain(`"${local.url}/oauth2/v1/token"`);
    expect(stdout).toContain('{"openedBy":"urn:opc:idm:g.all_r"}');
    expect(stdout).not.toMatch(/bad-tokens|bad_token|secret\.response|sign_in|undefined/);
  });
});

/** The settings by which another demo takes the tokens of this one. */
function domainAt({ url }: RunningServer) {
  return { OCI_DOMAIN_URL: `${url}/`, OCI_TENANT: 'idcs-demo', OCI_ISSUER: `${url}/oauth2` };
}

async function runIn(shell: string, commands: string): Promise<EndedProgram> {
  const folder = mkdtempSync(join(tmpdir(), 'scopegate-walk-'));
  const file = join(folder, 'walk');
  writeFileSync(file, commands);
  const env = { PATH: `${dirname(process.execPath)}:${process.env.PATH}`, no_proxy: '127.0.0.1', TMPDIR: folder };
  const child = spawn(shell, [file], { env });
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  rmSync(folder, { recursive: true });
  return { status: code, stdout, stderr };
}

/** Checks each response that follows its printed title. */
function expectResponses(printed: string): void {
  const [, run = ''] = /"name":"Analytics-(\d+)"/.exec(printed) ?? [];
  let rest = printed;
  for (const [index, step] of steps.entries()) {
    const expected = step.expected.replaceAll(FILLED_BY_SENDER.run, run);
    const end =
      index + 1 < steps.length ? rest.indexOf(`\n${printedTitle(steps[index + 1] as Step)}\n`, 1) : rest.length;
    expectResponse(parseResponse(rest.slice(0, end)), { ...step, expected });
    rest = rest.slice(end);
  }
}

function printedTitle({ title, status, expected }: Step): string {
  return `${title} → ${status} ${expected}`.trimEnd().replaceAll(FILLED_BY_SENDER.run, '$run');
}

/** Reads a title and what `curl -i` prints. */
function parseResponse(printed: string) {
  const [head = '', body = ''] = printed.slice(printed.indexOf('HTTP/1.1')).split('\r\n\r\n');
  const [statusLine = '', ...fields] = head.split('\r\n');
  const headers = new Map(fields.map((field) => [field.split(':')[0]?.toLowerCase(), field.split(/: (.*)/)[1]]));
  return {
    status: Number(statusLine.split(' ')[1]),
    header: (name: string) => headers.get(name),
    body: body.trimEnd(),
  };
}
