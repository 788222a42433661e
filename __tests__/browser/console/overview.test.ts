import type { Page } from 'playwright-core';
import { type Client, tokenAnswer } from '../../demo-app/fixtures/administration.js';
import { chromiumPath, focusedName, type Look } from '../fixtures/chromium.js';
import { type ConsoleWorld, inspectScreen, openWorld, PAAS, press, WIDE } from './fixtures/console.js';

jest.setTimeout(120_000);

const inBrowser = chromiumPath === undefined ? describe.skip : describe;
const PHONE: Look = { width: 390, scheme: 'dark' };
const READ = `${PAAS}:analytics::read`;
const DAY_MS = 86_400_000;
const MOST_CALLS = 200;

inBrowser('what there is, in numbers and lists', () => {
  let world: ConsoleWorld;
  let environment: string;
  let caller: Client;
  beforeAll(async () => {
    world = await openWorld();
    const { admin, server } = world;
    environment = `/e/${world.environmentId}`;
    caller = await admin.createApplication('Night report');
    await admin.setGrants(caller, { Demo: [`${PAAS}::read`] });
    const { body } = await tokenAnswer(server, caller, { scope: READ });
    const ending = await admin.createApplication('Ending');
    const expiresAt = new Date(Date.now() + 5 * DAY_MS).toISOString();
    await admin.send('POST', ending, 'grants', {
      resource: { name: 'Demo' },
      scopes: [{ name: `${PAAS}::read`, expiresAt }],
    });
    await admin.createApplication('Old', { enabled: false });
    const headers = { authorization: `Bearer ${body.access_token}` };
    const call = async () => (await fetch(`${server.url}/live/reports`, { headers })).status;
    expect(await call()).toBe(200);
    await admin.setGrants(caller, {});
    await expectRefusal(call);
    await call();
  });
  afterEach(() => world.closeWindows());
  afterAll(() => world?.close());

  const figures = (page: Page) => page.locator('.figures');
  const open = async (look: Look, at: string) => {
    const window = await world.open({ look, at });
    return {
      ...window,
      inspect: (name: string) => inspectScreen({ ...window, faults: [], printed: [], requested: [] }, name, look),
    };
  };

  test.each([WIDE, PHONE, { width: 1280, scheme: 'dark' } as const])(
    'four numbers lead to the lists behind them, and the last changes and refusals stand below, at $width px, $scheme',
    async (look) => {
      const { page, inspect } = await open(look, environment);
      await figures(page).getByRole('link').nth(3).waitFor();
      const applications = await world.admin.applications();
      const [all, held, ending, refused] = await figures(page).getByRole('link').allInnerTexts();
      expect(all).toMatch(new RegExp(`^${applications.length}\\s+applications`));
      expect(held).toMatch(/^4\s+of 13 scopes are held by somebody/);
      expect(ending).toMatch(/^1\s+application holds a scope that ends within 14 days/);
      expect(refused).toMatch(/^2\s+calls refused\s+since .*, by one process/);
      await page.locator('.ev').nth(4).waitFor();
      expect(await page.locator('.ev').count()).toBe(5);
      const refusals = page.getByRole('region', { name: 'What was refused' });
      await refusals.getByText('Night report').first().waitFor();
      await inspect('overview-full');
      await refusals.getByRole('button').first().click();
      await refusals.getByRole('link', { name: 'Explain' }).waitFor();

      await figures(page).getByRole('link').nth(2).click();
      await page.getByRole('link', { name: 'Ending' }).waitFor();
      expect(page.url()).toContain('show=ends');
      await page.goBack();
      await figures(page).getByRole('link').nth(3).click();
      await page.getByRole('button', { name: 'Refused', pressed: true }).waitFor();
    },
  );

  test('what the caller may not count is not there', async () => {
    const { page } = await world.open({
      at: environment,
      prepare: (page) =>
        page.route('**/v1/permissions', (route) =>
          route.fulfill({ json: { permissions: ['orgmgt:read:environment', 'applications:read:application'] } }),
        ),
    });
    await figures(page).getByRole('link').first().waitFor();
    expect(await figures(page).getByRole('link').count()).toBe(1);
    expect(await page.getByRole('heading', { level: 2 }).count()).toBe(0);
    await page.getByRole('navigation', { name: 'Console' }).getByRole('link', { name: 'Applications' }).click();
    await page.getByRole('group', { name: 'Show' }).waitFor();
    expect(await page.getByRole('group', { name: 'Show' }).getByRole('button').allInnerTexts()).toEqual([
      'All',
      'Disabled',
    ]);
  });

  test.each([WIDE, PHONE])('applications are narrowed to what needs somebody, at $width px, $scheme', async (look) => {
    const { page, inspect } = await open(look, `${environment}/applications`);
    await page.getByRole('link', { name: 'Ending' }).waitFor();
    await page.locator('.reach i.s').waitFor(); // the tick of what ends
    await inspect('applications-reach');
    await press(page, 'Disabled');
    await page.getByRole('link', { name: 'Night report' }).waitFor({ state: 'detached' });
    await page.getByRole('link', { name: 'Old' }).waitFor();
    expect(await page.locator('td .name').allInnerTexts()).toEqual(['Old']);
    expect(page.url()).toContain('show=disabled');
    await page.getByRole('searchbox').fill('zzz');
    await page.getByRole('heading', { name: 'None of these begins with “zzz”' }).waitFor();
    await press(page, 'Clear the search');
    await page.getByRole('link', { name: 'Old' }).waitFor();
    await press(page, 'Unused');
    await page.getByRole('heading', { name: 'No application is known to be unused' }).waitFor();
    await inspect('applications-unused');
    await press(page, 'Show all');
    await page.getByRole('link', { name: 'Night report' }).waitFor();
    expect(page.url()).not.toContain('show=');
  });

  test('an application has its own stream of calls', async () => {
    const { page, inspect } = await open(WIDE, `${environment}/applications/${caller.id}/decisions`);
    const rows = page.locator('tbody tr');
    await rows.first().waitFor();
    await fetch(`${world.server.url}/live/reports`); // of nobody
    await page.getByText('Live', { exact: true }).waitFor();
    expect(new Set(await page.locator('td.app').allInnerTexts())).toEqual(new Set(['Night report']));
    await inspect('application-decisions');
    await press(page, 'Permitted');
    await rows.filter({ hasText: 'Refused' }).first().waitFor({ state: 'detached' });
    await rows.filter({ hasText: 'Permitted' }).first().waitFor();
    expect(page.url()).toContain(`${caller.id}/decisions?outcome=permit`);
    await page.getByRole('searchbox').fill('zzz');
    await press(page, 'Clear the filter');
    await rows.filter({ hasText: 'Refused' }).first().waitFor();
    expect(page.url()).toMatch(/decisions$/);
  });

  describe('by keyboard alone', () => {
    test('g and a letter open every screen, and ? lists the keys of each', async () => {
      const { page } = await world.open({ at: environment });
      await page.locator('.ev').first().waitFor();
      for (const [key, name] of [
        ['a', 'Applications'],
        ['s', 'Scopes'],
        ['d', 'Decisions'],
        ['e', 'Explain'],
        ['h', 'History'],
        ['r', 'Routes'],
        ['o', 'demo'],
      ] as const) {
        await page.keyboard.press('g');
        await page.keyboard.press(key);
        await page.getByRole('heading', { level: 1, name, exact: true }).waitFor();
      }
      const keys = page.getByRole('dialog', { name: 'Keys' });
      for (const [screen, here, elsewhere] of [
        ['decisions', 'Choose a call', 'Tick or untick'],
        [`applications/${caller.id}`, 'Tick or untick', 'Choose a call'],
        ['applications', 'Make a new one', 'Choose a call'],
      ] as const) {
        await page.evaluate(`location.hash = ${JSON.stringify(`${environment}/${screen}`)}`);
        await page.locator('.toolbar, .tree, .empty').first().waitFor();
        await page.keyboard.press('?');
        await keys.getByText(here).waitFor();
        expect(await keys.getByText(elsewhere).count()).toBe(0);
        await page.keyboard.press('Escape');
        await keys.waitFor({ state: 'detached' });
      }
    });

    test('calls are chosen, opened and explained, and Space pauses', async () => {
      const { page } = await world.open({ at: `${environment}/applications/${caller.id}/decisions` });
      const rows = page.locator('[data-call]');
      await rows.nth(1).waitFor();
      await page.locator('h1').focus();
      await page.keyboard.press('ArrowDown');
      await page.getByText('Paused: while you read, nothing moves').waitFor();
      const [first, second] = [await rows.first().innerText(), await rows.nth(1).innerText()];
      expect(await focusedName(page)).toBe(first);
      await page.keyboard.press('ArrowDown');
      expect(await page.evaluate(`document.querySelectorAll('[data-call]')[1] === document.activeElement`)).toBe(true);
      expect(await focusedName(page)).toBe(second);
      expect(await page.locator('[data-call][tabindex="0"]').count()).toBe(1);
      await page.keyboard.press('Space');
      await page.getByText('Live', { exact: true }).waitFor();
      expect(await page.locator('tr.detail').count()).toBe(0);
      await page.keyboard.press('Enter');
      await page.locator('tr.detail').waitFor();
      await page.keyboard.press('ArrowUp');
      await page.keyboard.press('e');
      await page.getByRole('heading', { level: 1, name: 'Explain' }).waitFor();
      expect(page.url()).toContain(`application=${caller.id}`);
    });
  });
});

/** Calls until live grants have seen the change, which takes less than a second; fails where they do not see it. */
async function expectRefusal(call: () => Promise<number>): Promise<void> {
  let status = await call();
  for (let calls = 1; status === 200 && calls < MOST_CALLS; calls++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    status = await call();
  }
  expect(status).not.toBe(200);
}
