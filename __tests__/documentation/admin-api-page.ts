import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describeApi } from '../../lib/admin/api-description.js';
import { root } from '../support/sources.js';

let page: string | undefined;

/** docs/admin-api.md as the build makes it: the page is not committed. */
export function renderAdminApiPage(): string {
  page ??= runScript();
  return page;
}

function runScript(): string {
  const input = JSON.stringify(describeApi());
  const script = join(root, 'scripts/admin-api-page.mjs');
  const { stdout, stderr, status } = spawnSync(process.execPath, [script, '-'], { input, encoding: 'utf8' });
  if (status !== 0) throw new Error(`The page of the admin API cannot be made:\n${stderr}`);
  return stdout;
}
