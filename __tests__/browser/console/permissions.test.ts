import type { Page } from 'playwright-core';
import type { Client } from '../../demo-app/fixtures/administration.js';
import { chromiumPath } from '../fixtures/chromium.js';
import { type ConsoleWorld, cell, openWorld, PAAS } from './fixtures/console.js';
import { sendAsOperator } from './fixtures/operator.js';

jest.setTimeout(120_000);

const inBrowser = chromiumPath === undefined ? describe.skip : describe;

inBrowser('what one may not do is not offered', () => {
  let world: ConsoleWorld;
  let client: Client;
  let environment: string;
  let resourceId: string;
  let scopeId: string;
  beforeAll(async () => {
    world = await openWorld();
    client = await world.admin.createApplication('Dashboard');
    await world.admin.setGrants(client, { Demo: [`${PAAS}::read`] });
    environment = `/e/${world.environmentId}`;
    resourceId = await world.admin.createResource('Orders', ['orders:read']);
    const { _embedded } = await sendAsOperator(world, 'GET', `/resources/${resourceId}/scopes`);
    scopeId = (_embedded as { readonly scopes: readonly { readonly id: string }[] }).scopes[0]?.id ?? '';
  });
  afterEach(() => world.closeWindows());
  afterAll(() => world?.close());

  const CHANGES = /^(?:New|Save|Discard|Delete|Rename|Grant|Remove|Replace|Make|Revoke|Create)/;
  const screens = () => [
    `${environment}/applications`,
    ...['', '/secret', '/settings'].map((tab) => `${environment}/applications/${client.id}${tab}`),
    `${environment}/scopes`,
    `${environment}/scopes/resource/${resourceId}`,
    `${environment}/scopes/${scopeId}/settings`,
    `${environment}/environments`,
    `${environment}/environments/settings`,
  ];

  async function expectNoChange(page: Page): Promise<void> {
    for (const address of screens()) {
      await page.evaluate(`location.hash = ${JSON.stringify(address)}`);
      await page.locator('h1').waitFor();
      await page.waitForLoadState('networkidle');
      expect(await page.getByRole('button', { name: CHANGES }).allInnerTexts()).toEqual([]);
      expect(await page.getByRole('link', { name: 'Edit' }).count()).toBe(0);
      expect(await page.locator('main form').locator('input:enabled, select:enabled, textarea:enabled').count()).toBe(
        0,
      );
    }
    await page.evaluate(`location.hash = ${JSON.stringify(`${environment}/applications/${client.id}`)}`);
    await cell(page, '::read').click();
    expect(await cell(page, '::read').getAttribute('aria-checked')).toBe('true');
    expect(await cell(page, '::read').getAttribute('aria-readonly')).toBe('true');
    expect(await page.getByLabel('Ends on').count()).toBe(0);
  }

  test('nothing that changes anything, in a console that was set up to read', async () => {
    const { page } = await world.open({
      at: environment,
      prepare: (page) =>
        page.route('**/console/config.json', async (route) => {
          const response = await route.fetch();
          await route.fulfill({ response, json: { ...(await response.json()), readOnly: true } });
        }),
    });
    await page.getByText('You can look, not change.').waitFor();
    await expectNoChange(page);
  });

  const allow = (permissions: (name: string) => boolean) => (page: Page) =>
    page.route('**/v1/permissions', async (route) => {
      const response = await route.fetch();
      const body = (await response.json()) as { permissions: readonly string[] };
      await route.fulfill({ response, json: { permissions: body.permissions.filter(permissions) } });
    });

  test('nothing that changes anything, to a person who may only read', async () => {
    const { page } = await world.open({ at: environment, prepare: allow((name) => name.includes(':read:')) });
    await page.locator('.shell').waitFor();
    await expectNoChange(page);
  });

  test('no screen that a person may not read', async () => {
    const { page } = await world.open({
      at: environment,
      prepare: allow((name) => name.startsWith('orgmgt') || name === 'applications:read:application'),
    });
    const navigation = page.getByRole('navigation', { name: 'Console' });
    await navigation.waitFor();
    expect(await navigation.getByRole('link').allInnerTexts()).toEqual(['Overview', 'Applications', 'Environments']);
    await navigation.getByRole('link', { name: 'Applications' }).click();
    await page.getByRole('link', { name: 'Dashboard' }).click();
    await page.getByLabel('Name').waitFor();
    expect(await page.getByRole('navigation', { name: 'Dashboard' }).getByRole('link').allInnerTexts()).toEqual([
      'Settings',
    ]);
  });

  test('a 403 says whom to ask', async () => {
    const { page } = await world.open({
      at: `${environment}/history`,
      prepare: (page) => page.route('**/activities?**', (route) => route.fulfill({ status: 403, json: {} })),
    });
    await page.getByText('You may not see this.').waitFor();
    expect(await page.getByRole('alert').innerText()).toContain('Ask an administrator of this environment.');
  });
});
