import { join } from 'node:path';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { type Administration, administrationOf } from '../../demo-app/administration.js';
import { type BuiltDemo, openBuiltDemo, type RunningServer } from '../../demo-app/built-demo.js';
import { root } from '../../support/sources.js';
import { inspect, type Look, launchChromium } from '../chromium.js';

export const WIDE: Look = { width: 1280, scheme: 'light' };
export const PAAS = 'urn:opc:resource:consumer:paas';

export interface ConsoleWindow {
  readonly page: Page;
  /** What no window may do: errors of scripts, violations of the policy, requests elsewhere, missing files. */
  readonly faults: string[];
  /** What the scripts wrote to the console of the browser. */
  readonly printed: readonly string[];
  /** Every address that was requested. */
  readonly requested: readonly string[];
}

export interface OpenOptions {
  readonly look?: Look;
  /** After `#`. */
  readonly at?: string;
  /** Whether somebody signs in first. Default `true`. */
  readonly isSignedIn?: boolean;
  /** Called before the first page is opened. */
  readonly prepare?: (page: Page) => Promise<unknown>;
}

/** The built demo with its console, and windows of a browser on it. */
export interface ConsoleWorld {
  readonly server: RunningServer;
  readonly admin: Administration;
  readonly browser: Browser;
  readonly environmentId: string;
  open(options?: OpenOptions): Promise<ConsoleWindow>;
  /** Fails for the faults of the windows, and closes them. */
  closeWindows(): Promise<void>;
  close(): Promise<void>;
}

export async function openWorld(): Promise<ConsoleWorld> {
  const demo: BuiltDemo = openBuiltDemo();
  const [server, browser] = await Promise.all([demo.run(), launchChromium()]);
  const admin = await administrationOf(server);
  const open = new Map<ConsoleWindow, BrowserContext>();
  let environmentId = '';

  async function openWindow({ look = WIDE, at = '', isSignedIn = true, prepare }: OpenOptions = {}) {
    const options: BrowserContextOptions = {
      viewport: { width: look.width, height: look.width < 500 ? 800 : 900 },
      colorScheme: look.scheme,
      reducedMotion: 'reduce',
    };
    const context = await browser.newContext(options);
    const window = watch(await context.newPage(), server.url);
    open.set(window, context);
    await prepare?.(window.page);
    await window.page.goto(`${server.url}/console/${at === '' ? '' : `#${at}`}`);
    if (isSignedIn) await signIn(window.page, server.password);
    return window;
  }

  const first = await openWindow();
  const link = await first.page.getByRole('link', { name: 'Applications' }).first().getAttribute('href');
  environmentId = /#\/e\/([^/]+)/.exec(link ?? '')?.[1] ?? '';
  const closeWindows = async () => {
    const faults = [...open.keys()].flatMap((window) => window.faults);
    for (const context of open.values()) await context.close();
    open.clear();
    expect(faults).toEqual([]);
  };
  await closeWindows();

  return {
    server,
    admin,
    browser,
    environmentId,
    open: openWindow,
    closeWindows,
    async close() {
      await browser.close();
      await demo.remove();
    },
  };
}

/** From the first screen of the console past the consent; with the password, unless the browser has a session at the issuer. */
export async function signIn(page: Page, password: string): Promise<void> {
  await press(page, 'Sign in');
  const field = page.getByLabel('Password', { exact: true });
  const allow = page.getByRole('button', { name: 'Allow', exact: true });
  await field.or(allow).waitFor();
  if (await field.isVisible()) {
    await page.getByLabel('Name').fill('first-user');
    await field.fill(password);
    await press(page, 'Sign in');
  }
  await allow.click();
  await page.locator('.shell, .start .ladder').waitFor();
}

function watch(page: Page, url: string): ConsoleWindow {
  const [faults, printed, requested]: [string[], string[], string[]] = [[], [], []];
  page.on('console', (message) => {
    const text = message.text();
    printed.push(text);
    // The browser reports each response from 400 up by itself; those that matter are counted below.
    if (message.type() === 'error' && !text.startsWith('Failed to load resource')) faults.push(text);
  });
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('request', (request) => {
    requested.push(request.url());
    if (!request.url().startsWith(`${url}/`)) faults.push(`a request to ${request.url()}`);
  });
  page.on('response', (response) => {
    const isOwn = new URL(response.url()).pathname.startsWith('/console/');
    if (isOwn && response.status() >= 400) faults.push(`${response.status()} ${response.url()}`);
  });
  return { page, faults, printed, requested };
}

/** Pictures are a build artefact: `reports/pictures`. */
export async function inspectScreen(window: ConsoleWindow, name: string, look: Look): Promise<void> {
  await inspect({ ...window, close: async () => undefined }, `console-${name}`, look);
}

export const picturesFolder = join(root, 'reports/pictures');

/** The entry of the navigation, which is behind a button on small screens. */
export async function goTo(page: Page, name: string): Promise<void> {
  const menu = page.getByRole('button', { name: 'Open navigation' });
  if (await menu.isVisible()) await menu.click();
  await page.getByRole('navigation', { name: 'Console' }).getByRole('link', { name }).click();
  await page.getByRole('heading', { level: 1, name }).waitFor();
}

/** The cell of a scope below `paas`, such as `::read` or `:analytics::write`. */
export function cell(page: Page, scope: string) {
  return page.getByRole('checkbox', { name: new RegExp(`^${PAAS}${scope}:`) });
}

export async function press(page: Page, name: string | RegExp): Promise<void> {
  await page.getByRole('button', { name, ...(typeof name === 'string' && { exact: true }) }).click();
}
