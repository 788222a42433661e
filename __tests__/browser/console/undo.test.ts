import type { Page } from 'playwright-core';
import type { Client } from '../../demo-app/fixtures/administration.js';
import { chromiumPath, focusedName } from '../fixtures/chromium.js';
import { type ConsoleWorld, cell, inspectScreen, openWorld, PAAS, press, signIn, WIDE } from './fixtures/console.js';

jest.setTimeout(120_000);

const inBrowser = chromiumPath === undefined ? describe.skip : describe;

inBrowser('a change of grants that was saved', () => {
  let world: ConsoleWorld;
  let client: Client;
  let at: string;
  beforeAll(async () => {
    world = await openWorld();
  });
  beforeEach(async () => {
    client = await world.admin.createApplication(`Robot ${crypto.randomUUID()}`);
    await world.admin.setGrants(client, { Demo: [`${PAAS}::read`] });
    at = `/e/${world.environmentId}/applications/${client.id}`;
  });
  afterEach(() => world.closeWindows());
  afterAll(() => world?.close());

  const state = (page: Page, scope: string, says: string) =>
    page.getByRole('checkbox', { name: new RegExp(`^${PAAS}${scope}: ${says}`) }).waitFor();
  const preview = (page: Page) => page.getByRole('complementary', { name: 'Before you save' });

  /** Another scope stays: without any, there would be no tree. */
  async function openAndRemove(): Promise<Page> {
    await world.admin.setGrants(client, { Demo: [`${PAAS}::read`, `${PAAS}:analytics::write`] });
    const { page } = await world.open({ at });
    await cell(page, '::read').waitFor();
    await page.clock.install();
    await cell(page, '::read').click();
    await press(page, 'Remove 1 scope');
    await state(page, '::read', 'not granted');
    return page;
  }

  test('is told with a way back, which waits under the focus and then goes', async () => {
    const page = await openAndRemove();
    const toast = page.locator('.toast');
    expect(await toast.getByRole('status').innerText()).toContain('1 scope removed');
    await toast.getByRole('button', { name: 'Undo' }).focus();
    await page.clock.runFor(20_000);
    expect(await toast.isVisible()).toBe(true);
    await page.locator('h1').focus();
    await page.clock.runFor(9000);
    await toast.waitFor({ state: 'detached' });
  });

  test('is proposed back by Ctrl Z, also when nothing tells of it any more, and by Undo', async () => {
    const page = await openAndRemove();
    await page.clock.runFor(9000);
    await page.locator('.toast').waitFor({ state: 'detached' });
    await page.keyboard.press('Control+Z');
    await state(page, '::read', 'will be granted');
    await preview(page).getByText('Nothing in it has changed since.').waitFor();
    await press(page, 'Grant 1 scope');
    await state(page, '::read', 'held');
  });

  test('is taken back from the history, with a preview that says what is undone', async () => {
    await world.admin.setGrants(client, { Demo: [`${PAAS}::read`, `${PAAS}:analytics::write`] });
    const window = await world.open({ at: `${at}/history` });
    const { page } = window;
    await page.locator('.ev').first().getByRole('link', { name: 'Undo' }).click();
    await state(page, ':analytics::write', 'will be removed');
    await state(page, '::read', 'held');
    await preview(page).getByText('Undoes a change made').waitFor();
    expect(page.url()).not.toContain('undo=');
    await inspectScreen({ ...window, faults: [], printed: [], requested: [] }, 'undo', WIDE);
    await press(page, 'Remove 1 scope');
    await state(page, ':analytics::write', 'not granted');
    await page.getByRole('navigation', { name: /Robot/ }).getByRole('link', { name: 'History' }).click();
    await page.getByText('changed what').nth(1).waitFor(); // an entry of its own
  });

  test('is undone as far as it still holds, and the preview says how much is not', async () => {
    await world.admin.setGrants(client, {
      Demo: [`${PAAS}::read`, `${PAAS}:analytics::write`, `${PAAS}:analytics::read`],
    });
    const { page } = await world.open({ at: `${at}/history` });
    const undo = page.locator('.ev').first().getByRole('link', { name: 'Undo' });
    await undo.waitFor();
    await world.admin.setGrants(client, { Demo: [`${PAAS}::read`, `${PAAS}:analytics::read`] });
    await undo.click();
    await preview(page).getByText('1 of its scopes has changed since, and is left as it is now.').waitFor();
    await world.admin.setGrants(client, { Demo: [`${PAAS}::read`] });
    await page.goBack();
    await page.locator('.ev').nth(2).getByRole('link', { name: 'Undo' }).click();
    await page.getByText('Nothing is left to undo').waitFor();
  });

  test('is undone beside what was ticked before, of which nothing is lost', async () => {
    await world.admin.setGrants(client, { Demo: [`${PAAS}::read`, `${PAAS}:analytics::write`] });
    const { page } = await world.open({ at });
    await cell(page, ':analytics::read').click();
    await page.getByRole('navigation', { name: /Robot/ }).getByRole('link', { name: 'History' }).click();
    await page.locator('.ev').first().getByRole('link', { name: 'Undo' }).click();
    await state(page, ':analytics::read', 'will be granted');
    await state(page, ':analytics::write', 'will be removed');
    await page.reload();
    await signIn(page, world.server.password);
    await state(page, ':analytics::read', 'will be granted');
    await state(page, ':analytics::write', 'will be removed');
    await press(page, 'Grant 1, remove 1');
    await state(page, ':analytics::read', 'covered twice');
  });

  test('is not proposed to another application', async () => {
    const other = await world.admin.createApplication('Somebody else');
    await world.admin.setGrants(other, { Demo: [`${PAAS}::read`] });
    const { page } = await world.open({ at: `${at}/history` });
    const undo = page.locator('.ev').first().getByRole('link', { name: 'Undo' });
    const address = (await undo.getAttribute('href')) ?? '';
    await page.evaluate(`location.hash = ${JSON.stringify(address.replace(client.id, other.id))}`);
    await page.getByRole('alert').getByText('This change was made to another application.').waitFor();
    await state(page, '::read', 'held');
    expect(page.url()).toContain('undo=');
  });

  test('waits with its undo until the history answers again', async () => {
    const { page } = await world.open({ at: `${at}/history` });
    let asked = 0;
    await page.route('**/activities/*', (route) =>
      asked++ === 0 ? route.fulfill({ status: 503, json: {} }) : route.fallback(),
    );
    await page.locator('.ev').first().getByRole('link', { name: 'Undo' }).click();
    await page.getByText('The API cannot answer at the moment.').waitFor();
    expect(page.url()).toContain('undo=');
    await state(page, '::read', 'will be removed');
  });

  test('is offered once the name of its application could be read, which is tried again', async () => {
    let asked = 0;
    const { page } = await world.open({
      at: `${at}/history`,
      prepare: async (page) => {
        await page.clock.install();
        await page.route('**/applications?*filter=*', (route) =>
          asked++ === 0 ? route.fulfill({ status: 503, json: {} }) : route.fallback(),
        );
      },
    });
    await page.locator('.ev').first().waitFor();
    expect(await page.getByRole('link', { name: 'Undo' }).count()).toBe(0);
    await page.clock.fastForward(60_000);
    await page.locator('.ev').first().getByRole('link', { name: 'Undo' }).waitFor();
  });

  test('a scope is explained from its cell by w, and single keys rest while they are off', async () => {
    const { page } = await world.open({ at });
    await cell(page, ':analytics::read').focus();
    await page.evaluate(`sessionStorage.setItem('scopegate-keys', 'off')`);
    await page.getByRole('link', { name: 'Explain W' }).waitFor();
    expect(await focusedName(page)).toContain('analytics::read');
    await page.evaluate(`sessionStorage.removeItem('scopegate-keys')`);
    await page.keyboard.press('w');
    await page.getByRole('heading', { name: 'Permitted' }).waitFor();
    expect(decodeURIComponent(page.url())).toContain(`scope=${PAAS}:analytics::read`);
  });
});
