import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { STEPS } from '../../../lib/enforcement/steps.js';
import { ADMIN_STEPS } from '../../../lib/express/admin/steps.js';
import { root } from '../../support/sources.js';
import { shownAfter, usePrintingPage } from '../fixtures/printed.js';

const { page, runModule } = usePrintingPage('docs/architecture.md');

function shownSteps(name: string): string[] {
  const [, list = ''] = new RegExp(`<!-- steps: ${name} -->\n([\\s\\S]*?)<!-- /steps -->`).exec(page.text) ?? [];
  return [...list.matchAll(/^\d+\. `(\w+)`/gm)].map(([, step]) => step as string);
}

test('the page has the steps of a gate in their order', () => {
  expect(shownSteps('gate')).toEqual(STEPS.map(({ name }) => name));
});

test('the page has the steps of the admin API in their order', () => {
  expect(shownSteps('admin')).toEqual(ADMIN_STEPS.map(({ name }) => name));
});

test('the decision is the one that the page shows', () => {
  expect(JSON.parse(runModule('block-1.ts'))).toEqual(shownAfter(page, 'block-1.ts'));
});

test('every file that the page names exists', () => {
  const named = [...page.text.matchAll(/`((?:lib|__tests__|demo-app|bench)\/[\w./-]*)`/g)].map(([, path]) => path);

  expect(named.filter((path) => !existsSync(resolve(root, path as string)))).toEqual([]);
  expect(named.length).toBeGreaterThan(10);
});
