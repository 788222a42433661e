import type { Page } from 'playwright-core';
import type { Client } from '../../demo-app/fixtures/administration.js';
import { chromiumPath } from '../fixtures/chromium.js';
import { type ConsoleWorld, openWorld, PAAS } from './fixtures/console.js';

jest.setTimeout(120_000);

const inBrowser = chromiumPath === undefined ? describe.skip : describe;
const READ = `${PAAS}::read`;

inBrowser('the application that is explained', () => {
  let world: ConsoleWorld;
  let at: string;
  let reader: Client;
  let stranger: Client;
  beforeAll(async () => {
    world = await openWorld();
    at = `/e/${world.environmentId}/explain`;
    reader = await world.admin.createApplication('Reader');
    await world.admin.setGrants(reader, { Demo: [READ] });
    stranger = await world.admin.createApplication('Stranger');
  });
  afterEach(() => world.closeWindows());
  afterAll(() => world?.close());

  const field = (page: Page) => page.getByLabel('Application');
  const ask = (page: Page) => page.locator('form').getByRole('button', { name: 'Explain' }).click();
  const isValid = (page: Page) => page.locator('#explained-application:valid').waitFor();

  test('is that of the address again after "back"', async () => {
    const { page } = await world.open({ at: `${at}?application=${stranger.id}&scope=${READ}` });
    await page.getByRole('heading', { name: 'Refused' }).waitFor();
    await field(page).fill('Reader');
    await isValid(page);
    await ask(page);
    await page.getByRole('heading', { name: 'Permitted' }).waitFor();
    await page.goBack();
    await page.getByRole('heading', { name: 'Refused' }).waitFor();
    await page.locator('.verdict').getByText('Stranger').waitFor();
    expect(await field(page).inputValue()).toBe('Stranger');
    await ask(page);
    await page.getByRole('heading', { name: 'Refused' }).waitFor();
    expect(page.url()).toContain(stranger.id);
  });

  test('is chosen by its id where several share its name', async () => {
    const twins = [await world.admin.createApplication('Twin'), await world.admin.createApplication('Twin')];
    const { page } = await world.open({ at });
    await field(page).fill('Twin');
    await page.locator('#explained-applications option').nth(1).waitFor({ state: 'attached' });
    const offered = await page
      .locator('#explained-applications option')
      .evaluateAll((options) => options.map((option) => option.getAttribute('value')));
    expect(offered.toSorted()).toEqual(twins.map(({ id }) => `Twin (${id})`).toSorted());
    await page.locator('#explained-application:invalid').waitFor();
    for (const { id } of twins) {
      await field(page).fill(`Twin (${id})`);
      await isValid(page);
      await page.getByLabel('Scope').fill(READ);
      await ask(page);
      await page.locator(`aside a[href*="${id}"]`).waitFor();
    }
  });

  test('is not asked for where the caller may not read applications', async () => {
    const { page, requested } = await world.open({
      at,
      prepare: (page) =>
        page.route('**/v1/permissions', (route) =>
          route.fulfill({ json: { permissions: ['orgmgt:read:environment', 'applications:read:explanation'] } }),
        ),
    });
    await page.getByText('You need the permission applications:read:application.').waitFor();
    expect(await field(page).isDisabled()).toBe(true);
    expect(requested.filter((url) => url.includes('/applications?'))).toEqual([]);
  });
});
