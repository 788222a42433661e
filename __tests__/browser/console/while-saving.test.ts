import type { Page } from 'playwright-core';
import type { Client } from '../../demo-app/fixtures/administration.js';
import { chromiumPath } from '../fixtures/chromium.js';
import { type ConsoleWorld, cell, openWorld, PAAS, press } from './fixtures/console.js';
import { sendAsOperator } from './fixtures/operator.js';

jest.setTimeout(120_000);

const inBrowser = chromiumPath === undefined ? describe.skip : describe;

inBrowser('while a change is saved', () => {
  let world: ConsoleWorld;
  let client: Client;
  let at: string;
  beforeAll(async () => {
    world = await openWorld();
  });
  beforeEach(async () => {
    client = await world.admin.createApplication('Rotor');
    await world.admin.setGrants(client, { Demo: [`${PAAS}::read`] });
    at = `/e/${world.environmentId}/applications/${client.id}`;
  });
  afterEach(() => world.closeWindows());
  afterAll(() => world?.close());

  /** The API answers the next change only after `release`. */
  async function holdChange(page: Page): Promise<{ readonly sent: Promise<unknown>; release: () => void }> {
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const sent = page.waitForRequest((request) => request.method() === 'PATCH');
    await page.route('**/v1/environments/**', async (route) => {
      if (route.request().method() === 'PATCH') await released;
      await route.continue();
    });
    return { sent, release };
  }

  test('what is typed in a form stays, and is saved the next time', async () => {
    const { page } = await world.open({ at: `${at}/settings` });
    await page.getByLabel('Description').fill('Turns');
    const { sent, release } = await holdChange(page);
    await press(page, 'Save');
    await sent;
    await page.getByLabel('Description').fill('Turns and turns');
    await page.getByRole('button', { name: 'Discard' }).dispatchEvent('click'); // nothing is dropped that is sent
    release();
    await page.getByText('Saved.').waitFor();
    expect(await sendAsOperator(world, 'GET', `/applications/${client.id}`)).toMatchObject({ description: 'Turns' });
    expect(await page.getByLabel('Description').inputValue()).toBe('Turns and turns');
    await press(page, 'Save');
    await page.getByRole('button', { name: 'Save' }).and(page.locator(':disabled')).waitFor();
    const description = 'Turns and turns';
    expect(await sendAsOperator(world, 'GET', `/applications/${client.id}`)).toMatchObject({ description });
  });

  test('no scope is ticked whose tick would be lost', async () => {
    const { page } = await world.open({ at });
    await cell(page, ':analytics::read').click();
    const { sent, release } = await holdChange(page);
    await press(page, 'Grant 1 scope');
    await sent;
    await cell(page, ':analytics::write').click();
    expect(await page.getByRole('checkbox', { name: /will be granted/ }).count()).toBe(1);
    release();
    await page.getByText('Rotor: 1 scope granted.').waitFor();
    await cell(page, ':analytics::write').click();
    await press(page, 'Grant 1 scope');
    await page.getByRole('checkbox', { name: new RegExp(`^${PAAS}:analytics::write:.*\\bheld\\b`) }).waitFor();
  });
});
