import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteStore } from 'scopegate/sqlite';
import { createTestIssuer } from '../../lib/testing/test-issuer.js';
import { sharedRsaKeyPair } from '../support/shared-rsa-key.js';
import { context } from '../support/stores.js';
import { runCommand } from './fixtures/terminal.js';

/** Sets the title of a terminal, clears the screen in two ways, turns the direction of text, and adds a line. */
const HOSTILE = '\u001b]0;owned\u0007\u001b[2J\u009b2J\u202e\u2028\u{e0041}';
const INTERPRETED = /[^\P{Cc}\n]|[\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

const directory = mkdtempSync(join(tmpdir(), 'scopegate-cli-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe('what a terminal would interpret is written as an escape', () => {
  const token = createTestIssuer({}, sharedRsaKeyPair()).token({ sub: HOSTILE, [HOSTILE]: 1, name: 'Zoë 東京 😀' });

  test('of a token that inspect shows', async () => {
    const { out } = await runCommand(['inspect', '--token', '-'], { input: token });
    expect(out).toContain('"sub":"\\u001b]0;owned\\u0007\\u001b[2J\\u009b2J\\u202e\\u2028\\udb40\\udc41"');
    expect(out).toContain('Zoë 東京 😀');
    expect(out).not.toMatch(INTERPRETED);
  });

  test('in JSON, which stays the same JSON', async () => {
    const { out } = await runCommand(['inspect', '--token', '-', '--json'], { input: token });
    expect(JSON.parse(out).payload).toMatchObject({ sub: HOSTILE, [HOSTILE]: 1 });
    expect(out).not.toMatch(INTERPRETED);
  });

  test('of an address that an issuer redirects to', async () => {
    const headers = { location: 'https://a.example/\u009b2J' };
    const { out } = await runCommand(['doctor', 'https://issuer.example'], {
      fetch: async () => new Response('', { status: 302, headers }),
    });
    expect(out).toContain('it redirects to https://a.example/\\u009b2J');
    expect(out).not.toMatch(INTERPRETED);
  });

  test('of a message of an error', async () => {
    const { err } = await runCommand(['inspect', '--token', HOSTILE]);
    expect(err).toContain('The file \\u001b');
    expect(err).not.toMatch(INTERPRETED);
  });

  test.each([[[]], [['--json']]])('of clients in a history, with %j', async (options) => {
    const file = join(directory, `history${options.length}.db`);
    const store = await openSqliteStore({ file });
    const actor = { client: HOSTILE };
    const { value } = await store.environments.create({ name: 'one' } as never, { ...context, actor });
    await store.close();
    const { out } = await runCommand(['activities', value.id, '--sqlite', file, ...options]);
    expect(out).toContain('\\u001b]0;owned');
    expect(out).not.toMatch(INTERPRETED);
  });
});
