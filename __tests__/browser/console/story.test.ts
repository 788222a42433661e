import { tokenAnswer } from '../../demo-app/fixtures/administration.js';
import { chromiumPath } from '../fixtures/chromium.js';
import { type ConsoleWorld, cell, goTo, openWorld, PAAS, press, signIn } from './fixtures/console.js';

jest.setTimeout(120_000);

const inBrowser = chromiumPath === undefined ? describe.skip : describe;

inBrowser('a person who has never seen the API', () => {
  let world: ConsoleWorld;
  beforeAll(async () => {
    world = await openWorld();
  });
  afterEach(() => world.closeWindows());
  afterAll(() => world?.close());

  test('comes from the front page, makes an application, grants a scope, takes it away, and reads that in the history', async () => {
    const { server } = world;
    const { page } = await world.open({ isSignedIn: false });
    await page.getByRole('button', { name: 'Sign in' }).waitFor(); // before that, the page goes to the issuer by itself
    await page.goto(`${server.url}/`);
    await page.getByRole('link', { name: 'Open the console' }).click();
    await signIn(page, server.password);

    await goTo(page, 'Applications');
    await press(page, /^New application/);
    const form = page.getByRole('dialog', { name: 'New application' });
    await form.getByLabel('Name').fill('Night report');
    await form.getByRole('button', { name: 'Create' }).click();

    const stored = page.getByRole('dialog', { name: 'The secret of Night report' });
    const secret = await stored.locator('code').innerText();
    await stored.getByLabel('I have stored it').check();
    await stored.getByRole('button', { name: 'Done' }).click();

    await page.getByRole('heading', { name: 'Night report may do nothing yet' }).waitFor();
    await press(page, 'Grant a scope');
    await cell(page, '::read').click();
    const preview = page.getByRole('complementary', { name: 'Before you save' });
    expect(await preview.innerText()).toContain('Night report gains');
    await press(page, 'Grant 1 scope');
    await page.getByRole('checkbox', { name: `${PAAS}::read: held`, exact: false }).waitFor();

    const client = { id: /applications\/([^/?]+)/.exec(page.url())?.[1] ?? '', secret };
    const { status, body } = await tokenAnswer(server, client, { scope: `${PAAS}::read` });
    expect(status).toBe(200);
    const call = () =>
      fetch(`${server.url}/live/reports`, { headers: { authorization: `Bearer ${body.access_token}` } });
    expect((await call()).status).toBe(200);

    await cell(page, '::read').click();
    expect(await preview.innerText()).toContain('Night report loses');
    await press(page, 'Remove 1 scope');
    await page.getByRole('checkbox', { name: `${PAAS}::read: not granted` }).waitFor();
    await expectRefused(call);

    await page.getByRole('navigation', { name: 'Night report' }).getByRole('link', { name: 'History' }).click();
    const events = page.locator('.ev');
    await events.first().waitFor();
    expect(await events.allInnerTexts()).toEqual([
      expect.stringContaining('first-user took scopes away from Night report.'),
      expect.stringContaining('first-user granted scopes to Night report.'),
      expect.stringContaining('first-user created the first secret of Night report.'),
      expect.stringContaining('first-user created the application Night report.'),
    ]);
    expect(await events.first().innerText()).toContain('paas::read');
  });

  /** Within a second of the change, as live grants promise. */
  async function expectRefused(call: () => Promise<Response>): Promise<void> {
    let response = await call();
    while (response.status === 200) response = await call();
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ reason: 'application_revoked' });
  }

  test('finds an application again, disables it and gives it another name', async () => {
    await world.admin.createApplication('Zeppelin');
    const { page } = await world.open({ at: `/e/${world.environmentId}/applications` });
    await page.getByRole('searchbox').fill('zep');
    await page.getByRole('link', { name: 'Zeppelin' }).click();
    await page.getByRole('link', { name: 'Settings' }).click();
    await page.getByLabel('Name').fill('Airship');
    await page.getByLabel('Enabled').uncheck();
    await press(page, 'Save');
    await page.getByRole('heading', { level: 1, name: 'Airship' }).waitFor();
    await page.getByText('disabled', { exact: true }).first().waitFor();

    await press(page, 'Delete Airship');
    const remove = page.getByRole('dialog', { name: 'Delete Airship?' }).getByRole('button', { name: 'Delete' });
    expect(await remove.isDisabled()).toBe(true);
    await page.getByLabel('Type Airship to confirm').fill('Airship');
    await remove.click();
    await page.getByRole('heading', { level: 1, name: 'Applications' }).waitFor();
    expect((await world.admin.applications()).map(({ name }) => name)).not.toContain('Airship');
  });

  test('filters the history by person, application and day', async () => {
    const { id } = await world.admin.createApplication('Glider');
    const { page } = await world.open({ at: `/e/${world.environmentId}/history?application=${id}` });
    await page.getByText('created the first secret of Glider.').waitFor();
    expect(await page.locator('.ev').count()).toBe(2);
    await page.getByLabel('Who').fill('nobody');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'No change matches' }).waitFor();
    expect(page.url()).toContain('actor=nobody');
    await page.getByRole('link', { name: 'Clear the filter' }).click();
    await page.locator('.ev').nth(5).waitFor();
    await page.getByLabel('To').fill('2020-01-01');
    await page.getByRole('heading', { name: 'No change matches' }).waitFor();
  });

  test('replaces a secret and voids tokens that are out', async () => {
    const client = await world.admin.createApplication('Rotor');
    const { page } = await world.open({ at: `/e/${world.environmentId}/applications/${client.id}/secret` });
    await press(page, 'Replace the secret');
    const stored = page.getByRole('dialog', { name: 'The secret of Rotor' });
    expect(await stored.locator('code').innerText()).not.toBe(client.secret);
    await page.keyboard.press('Escape');
    expect(await stored.isVisible()).toBe(true); // only its button closes it
    await stored.getByLabel('I have stored it').check();
    await stored.getByRole('button', { name: 'Done' }).click();

    await press(page, 'Revoke all its tokens');
    await page.getByText('Revoked: every token issued until now.').waitFor();
  });

  test('defines a scope, and sees who reaches one through what', async () => {
    const { page } = await world.open({ at: `/e/${world.environmentId}/scopes` });
    await press(page, /^New scope/);
    const form = page.getByRole('dialog', { name: 'New scope' });
    await form.getByLabel('Resource', { exact: true }).selectOption({ label: 'Demo' });
    await form.getByLabel('Scope', { exact: true }).fill('orders:read');
    await form.getByRole('button', { name: 'Create' }).click();
    await page.getByRole('link', { name: 'orders:read' }).waitFor();

    await page.getByRole('button', { name: `${PAAS}:analytics::read:` }).click();
    await page.getByText('What covers it').waitFor();
    const row = page.getByRole('row').filter({ hasText: 'Operator' });
    expect(await row.innerText()).toContain('paas::read');
  });
});
