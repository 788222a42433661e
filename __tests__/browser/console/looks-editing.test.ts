import type { Page } from 'playwright-core';
import type { Client } from '../../demo-app/fixtures/administration.js';
import { chromiumPath, LOOKS } from '../fixtures/chromium.js';
import { type ConsoleWorld, inspectScreen, openWorld, press } from './fixtures/console.js';

jest.setTimeout(180_000);

/** Both schemes, and each width once more than that. */
const SOME_LOOKS = LOOKS.filter(({ width, scheme }) => width === 1280 || (width === 320) === (scheme === 'light'));
const inBrowser = chromiumPath === undefined ? describe.skip : describe;

/** As long as names may be, without a place to break. */
const LONG = 'W'.repeat(256);

inBrowser('the forms of the console', () => {
  let world: ConsoleWorld;
  let client: Client;
  let resourceId: string;
  let environment: string;
  beforeAll(async () => {
    world = await openWorld();
    client = await world.admin.createApplication('Dashboard');
    resourceId = await world.admin.createResource(`Orders ${LONG}`.slice(0, 256), [
      'orders:read',
      `o:${LONG}`.slice(0, 256),
    ]);
    await world.admin.setGrants(client, { [`Orders ${LONG}`.slice(0, 256)]: ['orders:read'] });
    environment = `/e/${world.environmentId}`;
  });
  afterEach(() => world.closeWindows());
  afterAll(() => world?.close());

  const goTo = (page: Page, address: string) => page.goto(`${world.server.url}/console/#${address}`);

  test.each(SOME_LOOKS)('settings can be read and used at $width px, $scheme', async (look) => {
    const window = await world.open({ look, at: `${environment}/environments` });
    const { page } = window;
    await page.getByText('you are here').waitFor();
    await inspectScreen(window, 'environments', look);
    await goTo(page, `${environment}/environments/settings`);
    await page.getByLabel('Description').fill('Tried out');
    await inspectScreen(window, 'environment', look);
    await press(page, 'Discard');

    await goTo(page, `${environment}/scopes/resource/${resourceId}`);
    await page.getByRole('link', { name: 'orders:read' }).waitFor();
    await inspectScreen(window, 'resource', look);
    await press(page, /^Delete Orders/);
    await page.getByText('1 application loses all that it holds of it.').waitFor();
    await inspectScreen(window, 'delete-resource', look);
    await page.keyboard.press('Escape');

    await page.getByRole('link', { name: 'orders:read' }).click();
    await page.getByRole('link', { name: 'Edit' }).click();
    await page.getByLabel('Name').fill('orders:list');
    await page.getByText('1 application holds it and keeps it, under the new name.').waitFor();
    await inspectScreen(window, 'rename-scope', look);
    await press(page, 'Discard');
    await press(page, 'Delete the scope');
    await page.getByText('1 application holds it and loses it: Dashboard.').waitFor();
    await inspectScreen(window, 'delete-scope', look);
  });

  test.each(SOME_LOOKS)('what the API refuses can be read at $width px, $scheme', async (look) => {
    const window = await world.open({ look, at: `${environment}/scopes` });
    const { page } = window;
    await press(page, 'New resource');
    const form = page.getByRole('dialog', { name: 'New resource' });
    await form.getByLabel('Name').fill('Demo');
    await form.getByRole('button', { name: 'Create' }).click();
    await form.getByText('with this name exists already').first().waitFor();
    await inspectScreen(window, 'refused', look);
    await form.getByRole('button', { name: 'Cancel' }).click();

    await goTo(page, `${environment}/applications/${client.id}/settings`);
    await page.getByLabel('Redirect URIs').fill('nowhere');
    await press(page, 'Save');
    await page.getByText('redirectUris[0] must be').first().waitFor();
    await inspectScreen(window, 'refused-settings', look);
  });
});
