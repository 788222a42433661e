import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { context, newResource } from '../../support/stores.js';
import { chromiumPath, focusedName } from '../fixtures/chromium.js';
import { type AllEnvironments, openAllEnvironments } from './fixtures/all-environments.js';
import { type ConsoleWorld, goTo, openWorld, press } from './fixtures/console.js';

jest.setTimeout(120_000);

const inBrowser = chromiumPath === undefined ? describe.skip : describe;

inBrowser('a person who administers all environments', () => {
  let world: ConsoleWorld;
  let all: AllEnvironments;
  beforeAll(async () => {
    world = await openWorld();
  });
  beforeEach(async () => {
    all = await openAllEnvironments();
  });
  afterEach(async () => {
    await all.close();
    await world.closeWindows();
  });
  afterAll(() => world?.close());

  async function open(at = ''): Promise<Page> {
    const { page } = await world.open({ at, prepare: all.serve });
    return page;
  }

  async function create(name: string): Promise<string> {
    const { value } = await all.store.environments.create({ name, type: 'SANDBOX' }, context);
    return value.id;
  }

  const form = (page: Page) => page.getByRole('dialog', { name: 'New environment' });
  const names = async () => (await all.store.environments.list({ limit: 10 })).items.map(({ name }) => name);

  test('makes the first environment where there is none, and is in it', async () => {
    const page = await open();
    await page.getByRole('heading', { name: 'No environment yet' }).waitFor();
    await press(page, 'New environment');
    expect(await page.evaluate('document.activeElement.name')).toBe('name');
    await form(page).getByLabel('Name').fill('Production');
    await form(page).getByLabel('Type').selectOption({ label: 'Production: changes are live' });
    await form(page).getByRole('button', { name: 'Create' }).click();
    await page.locator('.shell').waitFor();
    await page.getByText('Changes are live').first().waitFor();
    expect(await names()).toEqual(['Production']);
  });

  test('is told at the field that a name is taken, and goes on from there', async () => {
    await create('Production');
    const page = await open();
    await goTo(page, 'Environments');
    await press(page, /^New environment/);
    await form(page).getByLabel('Name').fill('Production');
    await form(page).getByLabel('Description').fill('The second');
    await form(page).getByRole('button', { name: 'Create' }).click();
    const sentence = 'An environment with this name exists already.';
    await form(page).getByRole('button', { name: sentence }).waitFor();
    expect(await focusedName(page)).toContain('Not saved.');
    await form(page).getByRole('button', { name: sentence }).click();
    const field = form(page).getByRole('textbox', { name: 'Name' });
    expect(await page.evaluate('document.activeElement.name')).toBe('name');
    expect(await field.getAttribute('aria-invalid')).toBe('true');
    const described = (await field.getAttribute('aria-describedby')) ?? '';
    expect(await page.locator(`[id="${described.split(' ')[0]}"]`).innerText()).toContain(sentence);

    await page.keyboard.press('Escape'); // what was typed stays
    await press(page, /^New environment/);
    expect(await form(page).getByLabel('Description').inputValue()).toBe('The second');
    await form(page).getByLabel('Name').fill('Staging');
    await form(page).getByRole('button', { name: 'Create' }).click();
    await page.getByRole('combobox', { name: 'Environment' }).selectOption({ label: 'Production' });
    expect(await names()).toEqual(['Production', 'Staging']);
  });

  test('renames one, and what another window saved meanwhile is shown beside it', async () => {
    const id = await create('Production');
    const page = await open(`/e/${id}/environments/settings`);
    await page.getByLabel('Name').fill('Production EU');
    await all.store.environments.replace(id, { name: 'Production', type: 'SANDBOX', description: 'Theirs' }, context);
    await press(page, 'Save');
    const conflict = page.getByRole('alert', { name: 'Somebody changed this while you were editing' });
    await conflict.locator('.ins', { hasText: 'Theirs' }).waitFor();
    await conflict.locator('.ins', { hasText: 'Production EU' }).waitFor();
    expect(await names()).toEqual(['Production']);
    await press(page, 'Look again, with my change on top');
    expect(await page.getByLabel('Description').inputValue()).toBe('Theirs');
    await press(page, 'Save');
    await page.getByRole('heading', { level: 1, name: 'Settings of Production EU' }).waitFor();
    expect((await all.store.environments.get(id))?.description).toBe('Theirs');

    await press(page, 'Undo');
    expect(await page.getByLabel('Name').inputValue()).toBe('Production');
    await press(page, 'Save');
    await page.getByRole('heading', { level: 1, name: 'Settings of Production', exact: true }).waitFor();
  });

  test('saves the history of one and deletes it, after its name is typed', async () => {
    const id = await create('Former customer');
    await create('Production');
    await all.store.resources.create({ environmentId: id }, newResource('Orders'), context);
    const page = await open(`/e/${id}/environments/settings`);
    await press(page, 'Delete Former customer');
    const dialog = page.getByRole('dialog', { name: 'Delete Former customer?' });
    await dialog.getByText('0 applications go with it').waitFor();
    await dialog.getByText('3 resources with 8 scopes go with it.').waitFor();
    expect(await dialog.getByRole('button', { name: 'Delete' }).isDisabled()).toBe(true);

    const [download] = await Promise.all([page.waitForEvent('download'), press(page, 'Save its history')]);
    await dialog.getByText('Saved: 2 changes').waitFor();
    const lines = readFileSync(await download.path(), 'utf8')
      .trimEnd()
      .split('\n');
    expect(lines.map((line) => JSON.parse(line).action.type)).toEqual(['ENVIRONMENT.CREATED', 'RESOURCE.CREATED']);

    await page.getByLabel('Type Former customer to confirm').fill('Former customer');
    await dialog.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('combobox', { name: 'Environment' }).waitFor();
    expect(await names()).toEqual(['Production']);
    expect(await page.locator('body').innerText()).not.toContain('Former customer');
  });

  test('is told that a history is too long for a browser, and who can export it', async () => {
    const id = await create('Former customer');
    const page = await open(`/e/${id}/environments/settings`);
    let requests = 0;
    await page.route(`**/${id}/activities?*`, (route) => {
      requests++;
      const next = { href: `http://localhost/activities?cursor=${requests}` };
      return route.fulfill({ json: { _links: { next }, _embedded: { activities: Array(100).fill({ id: 'a' }) } } });
    });
    await press(page, 'Delete Former customer');
    await press(page, 'Save its history');
    await page.getByText('It has more than 10,000 changes, too many for a browser. Nothing was saved.').waitFor();
    expect(requests).toBe(100);
  });

  test('deletes the last one, and is offered to make the first', async () => {
    const id = await create('Only one');
    const page = await open(`/e/${id}/environments/settings`);
    await press(page, 'Delete Only one');
    await page.getByLabel('Type Only one to confirm').fill('Only one');
    await page.getByText('0 applications go with it').waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'No environment yet' }).waitFor();
  });

  test('an API that has too much to do for a moment has refused nothing', async () => {
    const id = await create('Busy');
    const page = await open(`/e/${id}/environments/settings`);
    const busy = {
      status: 429,
      headers: { 'retry-after': '1' },
      json: { code: 'REQUEST_LIMITED', message: 'Too much' },
    };
    await page.route('**dryRun=true', (route) => route.fulfill(busy), { times: 1 });
    await press(page, 'Delete Busy');
    await page.getByText('Too many requests at once.').waitFor();
    expect(await page.getByText('It cannot be deleted.').count()).toBe(0);
    await page.getByLabel('Type Busy to confirm').fill('Busy');
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click(); // once it was tried again
    await page.getByRole('heading', { name: 'No environment yet' }).waitFor();
  });

  test('nothing is deleted that somebody changed meanwhile, until it was read again', async () => {
    const id = await create('Busy');
    const page = await open(`/e/${id}/environments/settings`);
    await press(page, 'Delete Busy');
    await page.getByText('2 resources with 8 scopes go with it.').waitFor();
    await page.getByLabel('Type Busy to confirm').fill('Busy');
    await all.store.resources.create({ environmentId: id }, newResource('Orders'), context);
    await all.store.environments.replace(id, { name: 'Busy', type: 'PRODUCTION' }, context);
    const button = page.getByRole('dialog').getByRole('button', { name: 'Delete' });
    await button.click();
    await page.getByText('Nothing was deleted. Read it again, then decide.').waitFor();
    expect(await names()).toEqual(['Busy']);
    await press(page, 'Read it again');
    await page.getByText('Nothing was deleted.').waitFor({ state: 'detached' });
    await page.getByText('3 resources with 8 scopes go with it.').waitFor();
    await page.locator('select[name=type] option:checked', { hasText: 'Production' }).waitFor({ state: 'attached' });
    await button.click();
    await page.getByRole('heading', { name: 'No environment yet' }).waitFor();
  });
});

inBrowser('a person who administers one environment', () => {
  let world: ConsoleWorld;
  beforeAll(async () => {
    world = await openWorld();
  });
  afterEach(() => world.closeWindows());
  afterAll(() => world?.close());

  test('is offered to change it, and neither to make nor to delete one', async () => {
    const { page } = await world.open({ at: `/e/${world.environmentId}/environments` });
    await page.getByRole('heading', { level: 1, name: 'Environments' }).waitFor();
    expect(await page.getByRole('button', { name: /New environment/ }).count()).toBe(0);
    await page.getByRole('link', { name: /^Settings of/ }).click();
    await page.getByLabel('Description').fill('Tried out');
    expect(await page.getByRole('button', { name: /^Delete/ }).count()).toBe(0);
    await press(page, 'Save');
    await page.getByText('Saved.').waitFor();
  });
});
