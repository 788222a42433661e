import type { Page } from 'playwright-core';
import type { Client } from '../../demo-app/fixtures/administration.js';
import { chromiumPath } from '../fixtures/chromium.js';
import { type ConsoleWorld, cell, openWorld, PAAS, press, signIn } from './fixtures/console.js';

jest.setTimeout(120_000);

const inBrowser = chromiumPath === undefined ? describe.skip : describe;

inBrowser('an edit that is not saved', () => {
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

  const held = (page: Page, scope: string) =>
    page.getByRole('checkbox', { name: new RegExp(`^${PAAS}${scope}:.*\\bheld\\b`) }).waitFor();

  test('is kept when another window changed the same grant, and is applied on top', async () => {
    const [mine, theirs] = [await world.open({ at }), await world.open({ at })];
    for (const { page } of [mine, theirs]) await held(page, '::read');
    await cell(theirs.page, '::read').click();
    await cell(theirs.page, ':analytics::write').click();
    await press(theirs.page, 'Grant 1, remove 1');
    await held(theirs.page, ':analytics::write');

    await cell(mine.page, ':analytics::read').click();
    await press(mine.page, 'Grant 1 scope');
    const conflict = mine.page.getByRole('alert', { name: 'Somebody changed these grants while you were editing' });
    await conflict.waitFor();
    expect(await conflict.innerText()).toContain('…\u2060paas:analytics::read');
    await press(mine.page, 'Look again, with my change on top');
    await held(mine.page, ':analytics::write'); // theirs
    await press(mine.page, 'Grant 1 scope');
    await held(mine.page, ':analytics::read');
    await mine.page.getByRole('checkbox', { name: `${PAAS}::read: not granted` }).waitFor();
  });

  test('shows what the other window saved, side by side, and can be dropped', async () => {
    const [mine, theirs] = [await world.open({ at }), await world.open({ at })];
    for (const { page } of [mine, theirs]) await held(page, '::read');
    await cell(theirs.page, ':analytics::write').click();
    await press(theirs.page, 'Grant 1 scope');
    await held(theirs.page, ':analytics::write');

    await cell(mine.page, '::read').click();
    await press(mine.page, 'Remove 1 scope');
    const conflict = mine.page.getByRole('alert', { name: 'Somebody changed these grants while you were editing' });
    await conflict.getByText('Saved meanwhile').waitFor();
    await conflict.locator('.ins', { hasText: 'analytics::write' }).waitFor();
    await press(mine.page, 'Take theirs, drop mine');
    await held(mine.page, ':analytics::write');
    await held(mine.page, '::read');
  });

  test('outlives a sign-in that ended, and is saved after the next one', async () => {
    const { page } = await world.open({ at });
    await cell(page, ':analytics::write').click();
    await page.context().clearCookies(); // nobody is signed in at the issuer either
    const ended = { status: 401, headers: { 'www-authenticate': 'Bearer error="invalid_token"' }, json: {} };
    await page.route('**/v1/environments/**', (route) => route.fulfill(ended));
    await page.route('**/oauth2/v1/token', (route) => route.fulfill({ status: 400, json: { error: 'invalid_grant' } }));
    await press(page, 'Grant 1 scope');
    const dialog = page.getByRole('dialog', { name: 'Sign in again to continue' });
    await dialog.waitFor();
    await page.unrouteAll();
    await signIn(page, world.server.password);

    await page.getByRole('checkbox', { name: `${PAAS}:analytics::write: will be granted` }).waitFor();
    expect(page.url()).toContain(at);
    await press(page, 'Grant 1 scope');
    await held(page, ':analytics::write');
  });

  test('an access token that the API refuses is renewed by itself, without a word', async () => {
    let refused = 0;
    const { page } = await world.open({ at });
    await held(page, '::read');
    await page.route('**/grants/*', (route) => {
      if (refused++ > 0) return route.fallback();
      return route.fulfill({ status: 401, json: {} });
    });
    await cell(page, ':analytics::write').click();
    await press(page, 'Grant 1 scope');
    await held(page, ':analytics::write');
    expect(refused).toBeGreaterThan(1);
  });

  test('outlives a reload', async () => {
    const { page } = await world.open({ at });
    await cell(page, ':analytics::write').click();
    await page.reload();
    await signIn(page, world.server.password);
    await page.getByRole('checkbox', { name: `${PAAS}:analytics::write: will be granted` }).waitFor();
    await press(page, 'Discard');
    await page.getByRole('checkbox', { name: `${PAAS}:analytics::write: not granted` }).waitFor();
  });

  test('stays when saving fails, says so, and saves at the next try', async () => {
    const { page } = await world.open({ at });
    await cell(page, ':analytics::write').click();
    const busy = { code: 'UNEXPECTED_ERROR', id: 'a-reference', message: 'The database did not answer.' };
    await page.route('**/grants/*', (route) =>
      route.request().method() === 'GET' ? route.fallback() : route.fulfill({ status: 503, json: busy }),
    );
    await press(page, 'Grant 1 scope');
    const banner = page.locator('.banner', { hasText: 'Not saved.' });
    await banner.waitFor();
    expect(await banner.innerText()).toContain('Your change is still here, and nothing was changed on the server.');
    expect(await banner.innerText()).toContain('a-reference');
    await page.unrouteAll();
    await press(page, 'Grant 1 scope');
    await held(page, ':analytics::write');
  });

  test('a server that fails is asked again by the page itself', async () => {
    let asked = 0;
    const { page } = await world.open({
      at: `/e/${world.environmentId}/applications`,
      prepare: (page) =>
        page.route('**/applications?**', (route) =>
          asked++ < 2 ? route.fulfill({ status: 503, json: {} }) : route.fallback(),
        ),
    });
    await page.getByText('The API cannot answer at the moment.').waitFor();
    await page.getByText(/^Trying again in \d seconds?\./).waitFor();
    await page.getByRole('link', { name: 'Operator' }).waitFor();
    expect(asked).toBeGreaterThanOrEqual(3);
    expect(await page.getByText('The API cannot answer at the moment.').count()).toBe(0);
  });

  test('a saved change can be undone, with a preview of its own', async () => {
    const { page } = await world.open({ at });
    await cell(page, '::read').click();
    await press(page, 'Remove 1 scope');
    const toast = page.locator('.toast');
    await toast.waitFor();
    expect(await toast.innerText()).toContain('1 scope removed');
    await toast.getByRole('button', { name: 'Undo' }).click();
    await page.getByRole('checkbox', { name: `${PAAS}::read: will be granted` }).waitFor();
    await press(page, 'Grant 1 scope');
    await held(page, '::read');
  });

  test('a scope gets a date when it ends, which its cell shows', async () => {
    const { page } = await world.open({ at });
    await cell(page, '::read').focus();
    const soon = new Date(Date.now() + 5 * 86_400_000).toISOString().slice(0, 10);
    await page.getByLabel('Ends on').fill(soon);
    await press(page, 'Change 1 date');
    await page.getByRole('checkbox', { name: new RegExp(`^${PAAS}::read: held, ends on `) }).waitFor();
    await page.locator('button.cell.held.soon').waitFor();
  });
});
