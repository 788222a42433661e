import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteStore } from 'scopegate/sqlite';
import { COMMANDS } from '../../lib/cli/commands.js';
import { createTestIssuer } from '../../lib/testing/test-issuer.js';
import { sharedRsaKeyPair } from '../support/shared-rsa-key.js';
import { context } from '../support/stores.js';
import { runCommand } from './fixtures/terminal.js';

const issuer = createTestIssuer({}, sharedRsaKeyPair());
const PAAS = 'urn:opc:resource:consumer:paas::read';
const ANALYTICS = 'urn:opc:resource:consumer:paas:analytics::read';

const directory = mkdtempSync(join(tmpdir(), 'scopegate-cli-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe('covers', () => {
  test.each([
    [PAAS, ANALYTICS, 0, true],
    [ANALYTICS, PAAS, 1, false],
  ])('covers %s %s exits with its answer', async (held, required, code, covers) => {
    const result = await runCommand(['covers', held, required, '--json']);
    expect([result.code, JSON.parse(result.out)]).toEqual([code, { held, required, covers }]);
  });
});

describe('inspect', () => {
  test('inspect shows a token from the standard input and says that nothing is verified', async () => {
    const { code, out } = await runCommand(['inspect', '--token', '-'], { input: `Bearer ${issuer.token()}\n` });
    expect(code).toBe(0);
    expect(out).toMatch(/^! Unverified: .*\nheader {3}\{"alg":"RS256".*\npayload {2}\{.*\nscopes {3}none\n/);
    expect(out).toMatch(/exp {6}20\d\d-.* \(3\d{3} s from now\)/);
  });

  test('inspect shows an expired token from a file as JSON', async () => {
    const files = { 'token.txt': issuer.expiredToken({ scope: 'a b' }) };
    const { code, out } = await runCommand(['inspect', '--token', 'token.txt', '--json'], { files });
    expect([code, JSON.parse(out)]).toMatchObject([0, { verified: false, scopes: ['a', 'b'] }]);
  });
});

describe('explain', () => {
  test('explain says what is missing, and what to do', async () => {
    const args = ['explain', '--held', `${PAAS} read`, '--require', ANALYTICS, '--require', 'write'];
    const { code, out } = await runCommand(args);
    expect(code).toBe(1);
    expect(out).toContain(`  ${ANALYTICS} is covered by ${PAAS}\n  write is missing\n`);
    expect(out).toContain('What to do: Request a token that holds write.');
  });

  test('explain reads the scopes of a token, which is not in the result', async () => {
    const token = issuer.token({ scope: 'read' });
    const { code, out } = await runCommand(['explain', '--token', '-', '--require', 'read', '--json'], {
      input: token,
    });
    expect([code, JSON.parse(out)]).toMatchObject([0, { outcome: 'permit', verified: false, held: ['read'] }]);
    expect(out).not.toContain(token.slice(0, 30));
  });
});

const document = {
  environment: { name: 'Production' },
  resources: [{ name: 'Orders', audience: 'https://orders.example/', scopes: [{ name: 'orders:read' }] }],
};

describe('databases', () => {
  test('migrate, apply, export and activities work on a database of SQLite', async () => {
    const database = ['--sqlite', join(directory, 'grants.db')];
    const given = { files: { 'production.json': JSON.stringify(document) } };
    expect(await runCommand(['migrate', ...database])).toMatchObject({ code: 0, err: '' });
    const dry = await runCommand(['apply', 'production.json', ...database, '--dry-run'], given);
    expect(dry.out).toMatch(/^! Nothing was changed: \d changes\n {2}\+ ENVIRONMENT Production\n/);
    const applied = await runCommand(['apply', '-', ...database, '--json'], { input: JSON.stringify(document) });
    expect(JSON.parse(applied.out).created.length).toBeGreaterThan(2);
    const exported = await runCommand(['export', 'Production', ...database]);
    expect(JSON.parse(exported.out)).toMatchObject({ environment: { name: 'Production' } });
    const withIds = JSON.parse((await runCommand(['export', 'Production', ...database, '--ids'])).out);
    const activities = await runCommand(['activities', withIds.environment.id, ...database]);
    expect(activities.out.split('\n')[0]).toMatch(/^20\S+Z ENVIRONMENT\.CREATED +\S+ by nobody named$/);
    expect((await runCommand(['export', 'Nowhere', ...database])).code).toBe(3);
    expect((await runCommand(['activities', withIds.environment.id.replace(/./g, '0'), ...database])).code).toBe(2);
  });

  test('activities follows the changes of another store until it is interrupted', async () => {
    const file = join(directory, 'followed.db');
    const store = await openSqliteStore({ file });
    const { value } = await store.environments.create({ name: 'one', type: 'SANDBOX' } as never, context);
    const interrupt = new AbortController();
    const lines: string[] = [];
    const out = (line: string) => {
      lines.push(line);
      if (line.includes('RESOURCE.UPDATED') || line.includes('APPLICATION')) interrupt.abort();
      if (lines.length === 1) void store.environments.replace(value.id, { ...value, name: 'two' }, context);
      if (line.includes('ENVIRONMENT.UPDATED')) interrupt.abort();
    };
    const args = ['activities', value.id, '--sqlite', file, '--follow', '--json'];
    expect((await runCommand(args, { out, signal: interrupt.signal })).code).toBe(0);
    await store.close();
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ type: 'ENVIRONMENT.UPDATED' });
    expect(new Set(lines).size).toBe(lines.length);
  });
});

describe('routes', () => {
  const app = () => undefined;
  const routes = [
    { method: 'GET', path: '/orders', access: 'scoped', required: 'orders:read' },
    { method: 'GET', path: '/health', access: 'public', reason: 'liveness probe' },
    { method: 'POST', path: '/orders', access: 'UNPROTECTED' },
  ];
  /** An application module, and what `scopegate/routes` says of the application. */
  const given = (module: object, problem?: string) => ({
    importModule: async (specifier: string) => {
      if (specifier !== 'scopegate/routes') return module;
      const assertCovered = () => {
        if (problem !== undefined) throw new Error(problem);
      };
      return { routeReport: (of: unknown) => (of === app ? routes : []), assertCovered };
    },
  });

  test.each([{ app }, { default: app }, { default: { app } }])(
    'routes lists what an application responds to: %j',
    async (module) => {
      expect(await runCommand(['routes', './app.js'], given(module))).toMatchObject({
        code: 0,
        out: '✓ GET    /orders  scoped "orders:read"\n✓ GET    /health  public liveness probe\n✗ POST   /orders  UNPROTECTED\n',
      });
    },
  );

  test('routes --assert exits with 1 and names what is not protected', async () => {
    const problem = 'POST /orders is not protected by a gate.';
    const { code, out } = await runCommand(['routes', './app.js', '--assert'], given({ app }, problem));
    expect([code, out]).toEqual([1, expect.stringContaining(`✗ ${problem}`)]);
    expect((await runCommand(['routes', './app.js', '--assert'], given({ app }))).code).toBe(0);
    expect((await runCommand(['routes', './app.js'], given({ main: app }))).code).toBe(2);
    expect((await runCommand(['routes', './gone.js'])).code).toBe(3);
  });
});

describe('wrong calls', () => {
  const token = issuer.token();
  test.each<[what: string, args: readonly string[], sentence: RegExp, given?: object]>([
    ['an unknown command', ['constructor'], /Usage: scopegate <command>/],
    ['no command', [], /Usage: scopegate <command>/],
    ['an unknown option', ['covers', 'a', 'b', '--loud'], /There is no such option/],
    ['an option without a value', ['inspect', '--token'], /lacks its value/],
    ['too few arguments', ['covers', 'a'], /It takes 2 arguments, not 1/],
    ['a scope with a space', ['covers', 'a b', 'c'], /is not a scope-token/],
    ['a token as an argument', ['inspect', '--token', token], /A token is not an argument/],
    ['a token as a second argument', ['inspect', token], /It takes 0 arguments/],
    ['no token', ['inspect'], /Give the token/],
    ['an empty token', ['inspect', '--token', '-'], /There is no token/],
    ['an opaque token', ['inspect', '--token', '-'], /not a signed JWT/, { input: 'opaque' }],
    ['a file that is not there', ['inspect', '--token', 'gone.txt'], /The file gone\.txt cannot be read/],
    ['no requirement', ['explain', '--held', 'a'], /Name what the route requires/],
    ['neither token nor scopes', ['explain', '--require', 'a'], /Give --token or --held/],
    ['no database', ['migrate'], /Name the database/],
    ['a plan for SQLite', ['migrate', '--sqlite', 'grants.db', '--plan'], /--plan goes with --postgres/],
    ['a password as an argument', ['migrate', '--postgres', 'postgres://u:secret@h/d'], /is not an argument/],
    ['a document that is no JSON', ['apply', '-', '--sqlite', ':memory:'], /not JSON/, { input: '{' }],
    ['an issuer and a domain', ['doctor', 'https://a.example', '--oci', 'https://b.example'], /Give the issuer, or/],
    ['a domain without its tenant', ['doctor', '--oci', 'https://b.example'], /--oci needs --tenant/],
  ])('%s exits with 2 and says why', async (_, args, sentence, given = {}) => {
    const { code, out, err } = await runCommand(args, given);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(sentence);
    expect(err).not.toContain(token.split('.')[2]);
    expect(err).not.toContain('secret');
  });
});

describe('help', () => {
  test.each(Object.entries(COMMANDS))(
    '%s --help shows an example, and that of the list its sentence',
    async (name, command) => {
      const { code, out } = await runCommand([name, '--help']);
      expect([code, out]).toEqual([0, expect.stringContaining(`Example:\n  ${command.example}`)]);
      expect(command.example).toContain(`npx scopegate ${name}`);
      expect((await runCommand(['--help'])).out).toContain(command.summary);
    },
  );

  test('colours are for terminals only, and never in JSON', async () => {
    const args = ['covers', 'a', 'a'];
    expect((await runCommand(args)).out).toBe('✓ a covers a\n');
    expect((await runCommand(args, { isTerminal: true })).out).toBe('\u001b[32m✓\u001b[0m a covers a\n');
    expect((await runCommand([...args, '--json'], { isTerminal: true })).out).not.toContain('\u001b');
  });
});
