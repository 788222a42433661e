import { spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import { moduleFiles, type Page, parseBlocks, readPages } from './fixtures/pages.js';
import { type RunningPage, startPage } from './fixtures/running-page.js';
import { createWorkspace, type Workspace } from './fixtures/workspace.js';

const pages = readPages().filter((page) => moduleFiles(page).length > 0);
const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

/** What the pages ask their reader to put into the environment. */
const READER = {
  TENANT: 'idcs-0a1b2c3d4e5f60718293a4b5c6d7e8f9',
  ISSUER_PUBLIC_KEY: publicKey.export({ type: 'spki', format: 'pem' }) as string,
};

let workspace: Workspace;
let running: RunningPage;

beforeAll(async () => {
  workspace = createWorkspace(pages);
  running = await startPage(workspace, READER);
});
afterAll(async () => {
  await running?.stop();
  workspace?.remove();
});

test('every ts block of the pages compiles', () => {
  expect(workspace.compile()).toBe('');
});

test.each(pages)('every ts block of $path runs', async (page) => {
  expect(await running.importModules(page)).toEqual([]);
});

const shellBlocks = readPages().flatMap(({ path, blocks }) =>
  blocks.filter(({ language }) => language === 'sh').map(({ code, line }) => ({ place: `${path}:${line}`, code })),
);

test.each(shellBlocks)('the commands at $place are correct for a shell', ({ code }) => {
  const { status, stderr } = spawnSync('bash', ['-n', '-c', code], { encoding: 'utf8' });

  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
});

test('every test file of the pages passes', () => {
  for (const page of pages) {
    for (const { file } of moduleFiles(page).filter(({ file }) => file.endsWith('.test.ts'))) {
      const path = join(workspace.folderOf(page), file.replace(/\.ts$/, '.js'));
      const { stdout } = spawnSync(process.execPath, ['--test', '--test-reporter=tap', path], { encoding: 'utf8' });

      expect(`${page.path} ${file}\n${stdout}`).toMatch(/^# fail 0$/m);
      expect(stdout).toMatch(/^# pass [1-9]/m);
    }
  }
});

describe('the check of the blocks', () => {
  const page = (name: string, ...code: string[]): Page => {
    const text = code.map((each) => `\`\`\`ts\n${each}\n\`\`\`\n`).join('');
    return { path: name, text, blocks: parseBlocks(text) };
  };

  test('a block that does not compile is named with its page and its line', () => {
    const wrong = createWorkspace([page('docs/wrong.md', `import { covers } from 'scopegate';\ncovers(1, 2);`)]);
    try {
      expect(wrong.compile()).toMatch(/docs-wrong\/block-1\.ts\(3,8\): error TS2345/);
    } finally {
      wrong.remove();
    }
  });

  test('a block that throws is named with what it threw', async () => {
    const throwing = page(
      'docs/throwing.md',
      `import { createGate } from 'scopegate';\ncreateGate({} as never);`,
      'export {};',
    );
    const wrong = createWorkspace([throwing]);
    const process = await startPage(wrong);
    try {
      expect(await process.importModules(throwing)).toEqual([
        { file: 'block-1.ts', error: expect.stringContaining('TypeError') },
      ]);
    } finally {
      await process.stop();
      wrong.remove();
    }
  });
});
