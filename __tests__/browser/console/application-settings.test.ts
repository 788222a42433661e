import type { Page } from 'playwright-core';
import { type Client, tokenAnswer } from '../../demo-app/fixtures/administration.js';
import { chromiumPath } from '../fixtures/chromium.js';
import { type ConsoleWorld, openWorld, press } from './fixtures/console.js';
import { sendAsOperator } from './fixtures/operator.js';

jest.setTimeout(120_000);

const inBrowser = chromiumPath === undefined ? describe.skip : describe;

inBrowser('the settings of an application', () => {
  let world: ConsoleWorld;
  let client: Client;
  beforeAll(async () => {
    world = await openWorld();
  });
  beforeEach(async () => {
    client = await world.admin.createApplication('Rotor');
  });
  afterEach(() => world.closeWindows());
  afterAll(() => world?.close());

  const path = () => `/applications/${client.id}`;
  const open = async () => (await world.open({ at: `/e/${world.environmentId}${path()}/settings` })).page;
  const saved = (page: Page) => page.getByText('Saved.').waitFor();

  test('all that an application has can be changed', async () => {
    const page = await open();
    await page.getByLabel('Description').fill('Turns');
    await page.getByLabel('Enabled').uncheck();
    await page.getByLabel('Kind').selectOption({ label: 'Web application, acts for people' });
    await page
      .getByLabel('Where its tokens are valid')
      .selectOption({ label: 'At the resources with one of its tags' });
    await page.getByLabel('Tags of the resources').fill('tier=gold');
    await page.getByLabel('One request may ask for several').check();
    await page.getByLabel('How it authenticates').selectOption({ label: 'Its secret, in the body' });
    await page.getByLabel('Client credentials: for itself').uncheck();
    await page.getByLabel('Device code').check();
    await page.getByRole('group', { name: 'Response types' }).getByLabel('code', { exact: true }).check();
    await page.getByLabel('PKCE').selectOption({ label: 'Required, S256' });
    await page.getByLabel('Redirect URIs').fill('https://a.example/cb\nhttps://b.example/cb');
    await page.getByLabel('Where people come back to after they sign out').fill('https://a.example/bye');
    await press(page, 'Save');
    await saved(page);
    expect(await sendAsOperator(world, 'GET', path())).toMatchObject({
      description: 'Turns',
      enabled: false,
      type: 'WEB_APP',
      trustScope: 'Tags',
      allowedTags: [{ key: 'tier', value: 'gold' }],
      requestScopesForMultipleResourcesEnabled: true,
      tokenEndpointAuthMethod: 'CLIENT_SECRET_POST',
      grantTypes: ['AUTHORIZATION_CODE', 'REFRESH_TOKEN', 'DEVICE_CODE'],
      responseTypes: ['CODE'],
      pkceEnforcement: 'S256_REQUIRED',
      redirectUris: ['https://a.example/cb', 'https://b.example/cb'],
      postLogoutRedirectUris: ['https://a.example/bye'],
    });
  });

  test('a refused address stands at its field, in the words of the API', async () => {
    const page = await open();
    await page.getByLabel('Redirect URIs').fill('https://a.example/cb\nhttp://b.example/cb');
    await press(page, 'Save');
    const field = page.getByLabel('Redirect URIs');
    await page.getByRole('button', { name: /^redirectUris\[1\] must be an absolute URI/ }).click();
    expect(await page.evaluate('document.activeElement.name')).toBe('redirectUris');
    expect(await field.getAttribute('aria-invalid')).toBe('true');
    await field.fill('https://a.example/cb');
    await press(page, 'Save');
    await saved(page);
    expect(await page.locator('.problem').count()).toBe(0);
  });

  test('where the API does not answer, nothing is claimed to be saved or not', async () => {
    const page = await open();
    await page.getByLabel('Description').fill('Turns');
    await page.route(`**${path()}`, (route) => route.abort());
    await press(page, 'Save');
    await page.getByText('Whether it was saved is not known').waitFor();
    await page.unrouteAll();
    await press(page, 'Save');
    await saved(page);
    expect(await page.getByText('Whether it was saved is not known').count()).toBe(0);
  });

  test('an edit outlives a reload, and is dropped by its button', async () => {
    const page = await open();
    await page.getByLabel('Redirect URIs').fill('https://a.example/cb');
    expect(await page.evaluate('Object.keys(sessionStorage).length')).toBe(1);
    await press(page, 'Discard');
    expect(await page.getByLabel('Redirect URIs').inputValue()).toBe('http://127.0.0.1/callback');
    expect(await page.evaluate('Object.keys(sessionStorage).length')).toBe(0);
  });

  test('tokens of one person are revoked', async () => {
    const { page } = await world.open({ at: `/e/${world.environmentId}${path()}/secret` });
    await page.getByLabel('Only those of one person').fill('ada');
    await press(page, 'Revoke its tokens of ada');
    await page.getByText('Revoked:').waitFor();
    const { _embedded } = await sendAsOperator(world, 'GET', `/activities?application=${client.id}&limit=1`);
    expect(JSON.stringify(_embedded)).toContain('"subject":"ada"');
  });

  test('a secret with a name is added, shown once, and deleted', async () => {
    const { page } = await world.open({ at: `/e/${world.environmentId}${path()}/secret` });
    await press(page, 'Add a secret');
    const form = page.getByRole('dialog', { name: 'New secret' });
    await form.getByLabel('Name').fill('green');
    await form.getByLabel('Ends on').fill('2020-01-01');
    await form.getByRole('button', { name: 'Create' }).click();
    await form.getByRole('button', { name: /^expiresAt must/ }).waitFor();
    await form.getByLabel('Ends on').fill('');
    await form.getByRole('button', { name: 'Create' }).click();
    const stored = page.getByRole('dialog', { name: 'The secret of Rotor' });
    const secret = await stored.locator('code').innerText();
    await stored.getByLabel('I have stored it').check();
    await stored.getByRole('button', { name: 'Done' }).click();
    const token = await tokenAnswer(world.server, { id: client.id, secret }, {});
    expect(token.body.error).not.toBe('invalid_client');

    await press(page, 'Delete green');
    await page.getByLabel('Type green to confirm').fill('green');
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByText('None. Add one beside the secret above').waitFor();
    const refused = await tokenAnswer(world.server, { id: client.id, secret }, {});
    expect(refused.body.error).toBe('invalid_client');
  });
});
