import type { Page } from 'playwright-core';
import type { Client } from '../../demo-app/fixtures/administration.js';
import { chromiumPath, focusedName, LOOKS, tabTo } from '../fixtures/chromium.js';
import { type ConsoleWorld, cell, inspectScreen, openWorld, PAAS, press } from './fixtures/console.js';

jest.setTimeout(180_000);

/** Both schemes, and each width once more than that. */
const SOME_LOOKS = LOOKS.filter(({ width, scheme }) => width === 1280 || (width === 320) === (scheme === 'light'));
const inBrowser = chromiumPath === undefined ? describe.skip : describe;

inBrowser('the screens of the console', () => {
  let world: ConsoleWorld;
  let client: Client;
  let environment: string;
  beforeAll(async () => {
    world = await openWorld();
    client = await world.admin.createApplication('Dashboard');
    await world.admin.setGrants(client, { Demo: [`${PAAS}::read`, `${PAAS}:analytics::write`] });
    environment = `/e/${world.environmentId}`;
  });
  afterEach(() => world.closeWindows());
  afterAll(() => world?.close());

  /** Each screen, and what tells that it is there. */
  const screens = (): readonly (readonly [string, string, (page: Page) => Promise<unknown>])[] => [
    ['overview', environment, (page) => page.locator('.ev').first().waitFor()],
    [
      'applications',
      `${environment}/applications`,
      (page) =>
        page
          .getByText(/\d held, \d covered/)
          .first()
          .waitFor(),
    ],
    ['nothing-found', `${environment}/applications?q=zzz`, (page) => page.locator('.empty').waitFor()],
    ['grants', `${environment}/applications/${client.id}`, (page) => cell(page, '::read').focus()],
    [
      'secret',
      `${environment}/applications/${client.id}/secret`,
      (page) => page.getByText('Created').first().waitFor(),
    ],
    [
      'application-history',
      `${environment}/applications/${client.id}/history`,
      (page) => page.locator('.ev').first().waitFor(),
    ],
    ['settings', `${environment}/applications/${client.id}/settings`, (page) => page.getByLabel('Enabled').waitFor()],
    ['history', `${environment}/history`, (page) => page.locator('.ev').first().waitFor()],
    ['scopes', `${environment}/scopes`, (page) => page.getByRole('treegrid').waitFor()],
  ];

  test.each(SOME_LOOKS)('can be read and used at $width px, $scheme', async (look) => {
    const window = await world.open({ look });
    const { page } = window;
    for (const [name, address, isThere] of screens()) {
      await page.goto(`${world.server.url}/console/#${address}`);
      await isThere(page);
      await inspectScreen(window, name, look);
    }
    await page.goto(`${world.server.url}/console/#${environment}/scopes`);
    await page.getByRole('button', { name: `${PAAS}:analytics::read:` }).click();
    await page.getByText('What covers it').waitFor();
    await inspectScreen(window, 'scope', look);
  });

  test.each(SOME_LOOKS)('dialogs and previews can be read and used at $width px, $scheme', async (look) => {
    const window = await world.open({ look, at: `${environment}/applications` });
    const { page } = window;
    await press(page, /^New application/);
    await page.getByRole('dialog', { name: 'New application' }).waitFor();
    await inspectScreen(window, 'new-application', look);
    await press(page, 'Cancel');
    await page.goto(`${world.server.url}/console/#${environment}/applications/${client.id}`);
    await cell(page, '::read').click();
    await page.getByText('2 scopes lost, 0 gained, 1 stays.').waitFor({ state: 'attached' });
    if (look.width < 500) await press(page, 'Review');
    await page.getByText('Dashboard loses').waitFor();
    await inspectScreen(window, 'preview', look);
    await page.keyboard.press('Control+K');
    await page.getByRole('dialog', { name: 'Find anything' }).getByRole('option').first().waitFor();
    await inspectScreen(window, 'find', look);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.locator('h1').focus();
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor();
    await inspectScreen(window, 'keys', look);
  });

  test('before anybody has signed in, the way in is all there is', async () => {
    for (const look of LOOKS.filter(({ width }) => width !== 390)) {
      const window = await world.open({ look, isSignedIn: false });
      await window.page.getByRole('button', { name: 'Sign in' }).waitFor();
      await inspectScreen(window, 'sign-in', look);
    }
  });

  test('on a phone the navigation closes where a screen is chosen, and where it is the screen that is shown', async () => {
    const { page } = await world.open({ look: { width: 390, scheme: 'light' }, at: `${environment}/applications` });
    const navigation = page.getByRole('navigation', { name: 'Console' });
    for (const name of ['Applications', 'History', 'History']) {
      await press(page, 'Open navigation');
      await navigation.getByRole('link', { name, exact: true }).click();
      await navigation.waitFor({ state: 'hidden' });
      await page.getByRole('heading', { level: 1, name }).click(); // nothing lies over it
    }
  });

  describe('by keyboard alone', () => {
    test('a scope is granted through the tree and saved', async () => {
      const { page } = await world.open({ at: `${environment}/applications/${client.id}` });
      const walk = async (...keys: readonly string[]) => {
        for (const key of keys) await page.keyboard.press(key);
        return focusedName(page);
      };
      await cell(page, '::read').waitFor();
      await tabTo(page, /^Grants$/);
      await tabTo(page, /^everything$/);
      expect(await walk('ArrowDown')).toBe('paas');
      expect(await walk('ArrowRight')).toContain('paas::read: held');
      expect(await walk('ArrowDown')).toContain('paas:analytics::read: covered by');
      expect(await walk('Space')).toContain('paas:analytics::read: will be granted');
      await page.keyboard.press('Control+Enter');
      await page
        .getByRole('checkbox', { name: `${PAAS}:analytics::read: covered twice: held`, exact: false })
        .waitFor();
      expect(await focusedName(page)).toContain('paas:analytics::read');
      await world.admin.setGrants(client, { Demo: [`${PAAS}::read`, `${PAAS}:analytics::write`] });
    });

    test('a tick is taken back, and Enter leads from a scope to its panel and back', async () => {
      const { page } = await world.open({ at: `${environment}/applications/${client.id}` });
      const read = cell(page, ':analytics::read');
      await read.focus();
      await page.keyboard.press('Space');
      expect(await focusedName(page)).toContain('will be granted');
      await page.keyboard.press('Control+Z');
      await page.getByRole('checkbox', { name: `${PAAS}:analytics::read: covered by ${PAAS}::read` }).waitFor();
      await page.keyboard.press('Enter');
      await page.keyboard.press('Tab');
      expect(await focusedName(page)).toBe('Copy the name');
      await page.keyboard.press('Escape');
      expect(await focusedName(page)).toContain('analytics::read: covered by');
    });

    test('single keys lead to screens and to the filter, and rest in fields', async () => {
      const { page } = await world.open({ at: environment });
      await page.locator('.ev').first().waitFor();
      await page.keyboard.press('g');
      await page.keyboard.press('a');
      await page.getByRole('heading', { level: 1, name: 'Applications' }).waitFor();
      await page.getByRole('searchbox').waitFor();
      await page.keyboard.press('/');
      await page.keyboard.type('gs?n');
      expect(await page.getByRole('searchbox').inputValue()).toBe('gs?n');
      expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe('Applications');
      expect(await page.getByRole('dialog').count()).toBe(0);
    });

    test('anything is found by its name', async () => {
      const { page } = await world.open({ at: environment });
      await page.locator('.ev').first().waitFor();
      await page.keyboard.press('Control+K');
      await page.getByRole('dialog').getByRole('combobox').fill('dash');
      await page.getByRole('option', { name: 'Dashboard' }).waitFor();
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { level: 1, name: 'Dashboard' }).waitFor();
    });

    test('single keys can be turned off', async () => {
      const { page } = await world.open({ at: environment });
      await page.locator('.ev').first().waitFor();
      await page.keyboard.press('?');
      await page.getByLabel('Use single-key shortcuts').uncheck();
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      await page.keyboard.press('?');
      await page.keyboard.press('Control+K'); // after it, a dialog of `?` would be there
      await page.getByRole('dialog', { name: 'Find anything' }).waitFor();
      expect(await page.getByRole('dialog').count()).toBe(1);
    });
  });
});
