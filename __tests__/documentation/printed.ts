import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { type Block, moduleFiles, type Page, readPage } from './pages.js';
import { createWorkspace, type Workspace } from './workspace.js';

/** Gives the tests of a file one page, whose modules run each in a process of their own, for what they print. */
export function usePrintingPage(path: string) {
  const page = readPage(path);
  let workspace: Workspace;
  beforeAll(() => {
    workspace = createWorkspace([page]);
  });
  afterAll(() => workspace?.remove());

  function run(command: string, args: readonly string[]): string {
    const { stdout, stderr, status } = spawnSync(command, args, { cwd: workspace.folderOf(page), encoding: 'utf8' });
    if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}:\n${stdout}${stderr}`);
    return stdout;
  }

  return {
    page,
    /** What a module of the page prints. */
    runModule: (file: string) => run(process.execPath, [join(workspace.folderOf(page), file.replace(/\.ts$/, '.js'))]),
    /** What a command of the page prints, in the folder of its modules. */
    runShell: (code: string) => run('bash', ['-e', '-c', code]),
  };
}

/** The JSON that the page shows after a module. */
export function shownAfter(page: Page, file: string): unknown {
  const block = moduleFiles(page).find((each) => each.file === file)?.block;
  const next = page.blocks[page.blocks.indexOf(block as Block) + 1];
  if (next?.language !== 'json') throw new Error(`${page.path} shows no JSON after ${file}.`);
  return JSON.parse(next.code);
}
