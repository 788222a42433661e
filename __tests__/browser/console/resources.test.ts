import type { Page } from 'playwright-core';
import type { Client } from '../../demo-app/fixtures/administration.js';
import { chromiumPath, focusedName, tabTo } from '../fixtures/chromium.js';
import { type ConsoleWorld, openWorld, PAAS, press } from './fixtures/console.js';
import { sendAsOperator } from './fixtures/operator.js';

jest.setTimeout(120_000);

const inBrowser = chromiumPath === undefined ? describe.skip : describe;

inBrowser('a person who defines resources and scopes', () => {
  let world: ConsoleWorld;
  let client: Client;
  let name: string;
  let resourceId: string;
  let scopes: string;
  beforeAll(async () => {
    world = await openWorld();
    scopes = `/e/${world.environmentId}/scopes`;
  });
  beforeEach(async () => {
    name = `Orders ${crypto.randomUUID().slice(0, 8)}`;
    resourceId = await world.admin.createResource(name, ['orders:read', 'orders:write']);
    client = await world.admin.createApplication('Robot');
    await world.admin.setGrants(client, { [name]: ['orders:read', 'orders:write'] });
  });
  afterEach(() => world.closeWindows());
  afterAll(() => world?.close());

  const save = (page: Page) => press(page, 'Save');

  test('makes a resource by the keyboard alone, and a scope of it', async () => {
    const { page } = await world.open({ at: scopes });
    await page.getByRole('heading', { name: 'Resources' }).waitFor();
    await tabTo(page, /^New resource$/, 200);
    await page.keyboard.press('Enter');
    const made = `Made ${name}`;
    await page.getByRole('dialog', { name: 'New resource' }).waitFor();
    await page.keyboard.type(made);
    await page.keyboard.press('Tab');
    await page.keyboard.type('https://made.example');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: made }).waitFor();
    await page.getByText('https://made.example').first().waitFor();

    await page.getByRole('heading', { name: 'No scope yet' }).waitFor();
    await page.keyboard.press('n');
    await page.getByRole('dialog', { name: 'New scope' }).waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.type('made:read');
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: 'made:read' }).waitFor();
    expect(await focusedName(page)).toBe(made); // where the focus was before
  });

  test('changes what a resource is called and which tokens it takes', async () => {
    const { page } = await world.open({ at: `${scopes}/resource/${resourceId}` });
    await page.getByLabel('Description').fill('All about orders');
    await page.getByLabel('Further audiences').fill('https://one.example\nhttps://two.example\n');
    await page.getByLabel('Tags').fill('tier = gold');
    await page.getByLabel('Lifetime of access tokens').fill('7200');
    await save(page);
    await page.getByText('Saved.').waitFor();
    expect(await read()).toMatchObject({
      description: 'All about orders',
      secondaryAudiences: ['https://one.example', 'https://two.example'],
      tags: [{ key: 'tier', value: 'gold' }],
      accessTokenValiditySeconds: 7200,
    });
    await page.getByLabel('Description').fill('');
    await save(page);
    await page.getByRole('button', { name: 'Save' }).and(page.locator(':disabled')).waitFor();
    expect(await read()).not.toHaveProperty('description');
  });

  test('reads at the fields what the API refuses, and has lost nothing', async () => {
    const { page } = await world.open({ at: `${scopes}/resource/${resourceId}` });
    await page.getByLabel('Name').fill('Demo');
    await page.getByLabel('Lifetime of access tokens').fill('an hour');
    await save(page);
    const summary = page.locator('.banner', { hasText: 'Not saved.' });
    await summary.getByRole('button', { name: /^accessTokenValiditySeconds must be/ }).click();
    expect(await page.evaluate('document.activeElement.name')).toBe('accessTokenValiditySeconds');
    await page.keyboard.press('Control+A');
    await page.keyboard.type('600');
    await page.keyboard.press('Enter');
    await summary.getByRole('button', { name: 'A resource with this name exists already.' }).waitFor();
    expect(await page.getByLabel('Lifetime of access tokens').inputValue()).toBe('600');
    await page.getByLabel('Name').fill(`Other ${name}`);
    await save(page);
    await page.getByRole('heading', { level: 1, name: `Other ${name}` }).waitFor();
    expect(await read()).toMatchObject({ name: `Other ${name}`, accessTokenValiditySeconds: 600 });
  });

  test('sees what somebody else saved meanwhile, and drops the own change', async () => {
    const { page } = await world.open({ at: `${scopes}/resource/${resourceId}` });
    await page.getByLabel('Description').fill('Mine');
    await sendAsOperator(world, 'PATCH', `/resources/${resourceId}`, { description: 'Theirs' });
    await save(page);
    const conflict = page.getByRole('alert', { name: 'Somebody changed this while you were editing' });
    await conflict.locator('.ins', { hasText: 'Theirs' }).waitFor();
    await conflict.locator('.ins', { hasText: 'Mine' }).waitFor();
    await press(page, 'Take theirs, drop mine');
    await conflict.waitFor({ state: 'detached' });
    expect(await page.getByLabel('Description').inputValue()).toBe('Theirs');
    expect(await page.getByRole('button', { name: 'Save' }).isDisabled()).toBe(true);
  });

  test('deletes a resource, knowing what goes with it', async () => {
    const { page } = await world.open({ at: `${scopes}/resource/${resourceId}` });
    await press(page, `Delete ${name}`);
    const dialog = page.getByRole('dialog', { name: `Delete ${name}?` });
    await dialog.getByText('2 scopes go with it.').waitFor();
    await dialog.getByText('1 application loses all that it holds of it.').waitFor();
    await dialog.getByLabel(`Type ${name} to confirm`).fill(name.toLowerCase());
    expect(await dialog.getByRole('button', { name: 'Delete' }).isDisabled()).toBe(true);
    await dialog.getByLabel(`Type ${name} to confirm`).fill(name);
    await dialog.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('heading', { level: 1, name: 'Scopes' }).waitFor();
    await page.getByRole('link', { name: 'Demo' }).first().waitFor();
    expect(await page.getByRole('link', { name }).count()).toBe(0);
  });

  test('can read a resource that is built in, and is told why it cannot be changed', async () => {
    const { page } = await world.open({ at: scopes });
    await page.getByRole('region', { name: 'Resources' }).getByRole('link', { name: 'openid' }).click();
    await page.getByText('It comes with every environment').waitFor();
    expect(await page.getByLabel('Name').isDisabled()).toBe(true);
    expect(await page.getByRole('button', { name: /^(?:Save|Delete)/ }).count()).toBe(0);
  });

  async function openScope(scope: string, { isSettings = true } = {}): Promise<Page> {
    const body = await sendAsOperator(world, 'GET', `/resources/${resourceId}/scopes`);
    const all = (body._embedded as { scopes: { id: string; name: string }[] }).scopes;
    const id = all.find((each) => each.name === scope)?.id;
    const { page } = await world.open({ at: `${scopes}/${id}${isSettings ? '/settings' : ''}` });
    return page;
  }

  test('renames a scope, knowing who holds it, and they keep it', async () => {
    const page = await openScope('orders:read', { isSettings: false });
    await page.getByRole('link', { name: 'Edit' }).click();
    await page.getByLabel('Name').fill('orders:write');
    await page.getByText('1 application holds it and keeps it, under the new name.').waitFor();
    await press(page, 'Rename');
    await page.getByText('A scope of this resource with this name exists already.').first().waitFor();
    await page.getByLabel('Name').fill('orders:list');
    await press(page, 'Rename');
    await page.getByRole('heading', { level: 1, name: 'orders:list' }).waitFor();
    const grants = await world.admin.send('GET', client, 'grants?expand=scopes');
    expect(JSON.stringify(grants)).toContain('orders:list');
  });

  test('is warned where routes still need the old name of a scope', async () => {
    const { page } = await world.open({ at: scopes });
    await page.getByRole('button', { name: `${PAAS}:analytics::read:` }).click();
    await page.getByRole('link', { name: 'Edit' }).click();
    await page.getByLabel('Name').fill(`${PAAS}:insights::read`);
    await page.getByText('2 routes of this process need the old name.').waitFor();
    await page.getByRole('button', { name: 'Rename anyway' }).waitFor();
    await press(page, 'Discard');
  });

  test('is warned as long as it is not known which routes need the old name', async () => {
    const { page } = await world.open({ at: scopes });
    await page.getByRole('button', { name: `${PAAS}:analytics::read:` }).click();
    await page.getByRole('link', { name: 'Edit' }).click();
    await page.route('**/routes', (route) => route.fulfill({ status: 503, json: {} }));
    await page.getByLabel('Name').fill(`${PAAS}:insights::read`);
    await page.getByText('The routes are not known yet.').waitFor();
    await page.getByRole('button', { name: 'Rename anyway' }).waitFor();
    await page.unrouteAll();
    await page.getByText('2 routes of this process need the old name.').waitFor();
    expect(await page.getByText('The routes are not known yet.').count()).toBe(0);
    await press(page, 'Discard');
  });

  test('deletes a scope, knowing who loses it', async () => {
    await world.admin.setGrants(client, { [name]: ['orders:read'] });
    const page = await openScope('orders:read');
    await press(page, 'Delete the scope');
    const dialog = page.getByRole('dialog', { name: 'Delete orders:read?' });
    await dialog.getByText('1 application holds it and loses it: Robot.').waitFor();
    await dialog.getByText('For 1 of them it is the only scope of the grant, which goes too.').waitFor();
    await dialog.getByLabel('Type orders:read to confirm').fill('orders:read');
    await dialog.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('heading', { level: 1, name: 'Scopes' }).waitFor();
    expect(JSON.stringify(await world.admin.send('GET', client, 'grants'))).toContain('"count":0');
  });

  test('is told before typing a name that the own scope cannot be deleted', async () => {
    const { page } = await world.open({ at: scopes });
    await page.getByRole('link', { name: 'urn:opc:idm:__myscopes__' }).click();
    await page.getByRole('link', { name: 'Edit' }).click();
    await press(page, 'Delete the scope');
    await page.getByText('An application cannot change itself or its own grants.').waitFor();
    await page.getByLabel(/^Type urn:opc/).fill('urn:opc:idm:__myscopes__');
    expect(await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).isDisabled()).toBe(true);
  });

  const read = () => sendAsOperator(world, 'GET', `/resources/${resourceId}`);
});
