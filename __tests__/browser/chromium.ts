import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import axe from 'axe-core';
import { type Browser, chromium, type Page } from 'playwright-core';
import { root } from '../support/sources.js';

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-proxy-server',
];

/** The path of Chromium, or `undefined` after the reason was printed; without one in CI, the lane fails. */
export const chromiumPath = findChromium();

function findChromium(): string | undefined {
  const found = spawnSync(process.execPath, [join(root, 'scripts/browser.mjs')], { encoding: 'utf8' });
  if (found.stderr !== '') process.stderr.write(found.stderr);
  if (found.status !== 0) throw new Error('There is no browser for the pages.');
  return found.stdout.trim() || undefined;
}

export function launchChromium(): Promise<Browser> {
  return chromium.launch({ ...(chromiumPath && { executablePath: chromiumPath }), args: FLAGS });
}

export interface Look {
  readonly width: number;
  readonly scheme: 'light' | 'dark';
}

export const LOOKS: readonly Look[] = [320, 390, 1280].flatMap((width) =>
  (['light', 'dark'] as const).map((scheme) => ({ width, scheme })),
);

export interface Window {
  readonly page: Page;
  /** What a page may not do: violations of its policy, errors of its scripts, requests to other servers. */
  readonly faults: readonly string[];
  close(): Promise<void>;
}

/** A window of its own, with cookies and storage of its own. */
export async function openWindow(
  browser: Browser,
  url: string,
  { width, scheme }: Look = { width: 1280, scheme: 'light' },
  options: { readonly javaScriptEnabled?: boolean } = {},
): Promise<Window> {
  const context = await browser.newContext({
    viewport: { width, height: width < 500 ? 800 : 900 },
    colorScheme: scheme,
    reducedMotion: 'reduce',
    ...options,
  });
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('console', (message) => {
    if (/Content Security Policy/i.test(message.text())) faults.push(message.text());
  });
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('request', (request) => {
    if (!request.url().startsWith(`${url}/`)) faults.push(`a request to ${request.url()}`);
  });
  await page.goto(`${url}/`);
  return { page, faults, close: () => context.close() };
}

/** Keeps a picture of the whole page as a build artefact, and checks what every page has to be. */
export async function inspect({ page, faults }: Window, name: string, { width, scheme }: Look): Promise<void> {
  const folder = join(root, 'reports/pictures');
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}-${width}-${scheme}.png`), fullPage: true });
  expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
  expect(await findViolations(page)).toEqual([]);
  expect(faults).toEqual([]);
}

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** What axe-core finds, as sentences. */
async function findViolations(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  const found = (await page.evaluate(
    `axe.run(document, { runOnly: ${JSON.stringify(RULES)}, resultTypes: ['violations'] })`,
  )) as axe.AxeResults;
  return found.violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`),
  );
}

/** Presses Tab until what has the focus is called this. */
export async function tabTo(page: Page, name: RegExp, most = 60): Promise<void> {
  for (let presses = 0; presses < most; presses++) {
    if (name.test(await focusedName(page))) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`Tab does not lead to ${name}, but to ${await focusedName(page)}.`);
}

export function focusedName(page: Page): Promise<string> {
  return page.evaluate(
    `(document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.innerText ?? '').trim()`,
  );
}
