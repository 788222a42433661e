import { tokenAnswer } from '../../demo-app/fixtures/administration.js';
import { chromiumPath } from '../fixtures/chromium.js';
import { type ConsoleWorld, goTo, inspectScreen, openWorld, PAAS, press, WIDE } from './fixtures/console.js';

jest.setTimeout(120_000);

const inBrowser = chromiumPath === undefined ? describe.skip : describe;
const PHONE = { width: 390, scheme: 'dark' } as const;
const READ = `${PAAS}:analytics::read`;

inBrowser('what the gates decide, in the console', () => {
  let world: ConsoleWorld;
  let environment: string;
  beforeAll(async () => {
    world = await openWorld();
    environment = `/e/${world.environmentId}`;
  });
  afterEach(() => world.closeWindows());
  afterAll(() => world?.close());

  /** An application that may read, and calls with its token. */
  async function openCaller(name: string) {
    const client = await world.admin.createApplication(name);
    await world.admin.setGrants(client, { Demo: [`${PAAS}::read`] });
    const { body } = await tokenAnswer(world.server, client, { scope: READ });
    const headers = { authorization: `Bearer ${body.access_token}` };
    return {
      client,
      token: String(body.access_token),
      call: () => fetch(`${world.server.url}/live/reports`, { headers }),
    };
  }

  test('a call is in the stream, then its refusal, which is explained and leads to the grants', async () => {
    const { client, call, token } = await openCaller('Night report');
    const { page, requested } = await world.open({ at: `${environment}/decisions` });
    await page.getByText('Live', { exact: true }).waitFor();
    expect((await call()).status).toBe(200);
    const rows = page.locator('tr').filter({ hasText: 'Night report' });
    await rows.filter({ hasText: 'Permitted' }).waitFor();

    await world.admin.setGrants(client, {});
    while ((await call()).status === 200);
    await rows.filter({ hasText: 'Refused' }).first().waitFor();
    expect(await page.content()).not.toContain(token);
    expect(requested.filter((url) => url.includes(token))).toEqual([]);
    await inspectScreen({ page, faults: [], printed: [], requested: [] }, 'decisions', WIDE);

    await rows.filter({ hasText: 'Refused' }).first().getByRole('button').click();
    await page.getByText('Paused: while you read, nothing moves').waitFor();
    await page.getByRole('link', { name: 'Explain' }).last().click();
    await page.getByRole('heading', { name: /^Refused: it was taken away/ }).waitFor();
    await inspectScreen({ page, faults: [], printed: [], requested: [] }, 'explain', WIDE);
    await page.getByRole('link', { name: 'Grants of Night report' }).click();
    await page.getByRole('heading', { level: 1, name: 'Night report' }).waitFor();
  });

  test('Space pauses and goes on, and filters keep refusals only', async () => {
    const { page } = await world.open({ at: `${environment}/decisions` });
    await page.getByText('Live', { exact: true }).waitFor();
    await page.keyboard.press('Space');
    await page.getByText('Paused').waitFor();
    await fetch(`${world.server.url}/reports`);
    await press(page, 'Show 1 new');
    await page.getByText('no_credentials').or(page.getByText('This resource needs a bearer token')).first().waitFor();
    await page.locator('h1').focus();
    await page.keyboard.press('Space');
    await page.getByText('Live', { exact: true }).waitFor();
    await press(page, 'Permitted');
    await page.getByText('This resource needs a bearer token').waitFor({ state: 'detached' });
  });

  test('a pasted token is explained, and is neither in the address nor in storage', async () => {
    const { token } = await openCaller('Pasted');
    const { page } = await world.open({ at: `${environment}/explain` });
    await press(page, 'Paste a token');
    await page.getByLabel('Token', { exact: true }).fill(token);
    await page.getByLabel('Scope').fill(READ);
    await page.locator('form').getByRole('button', { name: 'Explain' }).click();
    await page.getByRole('heading', { name: 'Permitted' }).waitFor();
    await page.getByText('Nobody has verified this token').waitFor();
    const kept = await page.evaluate('JSON.stringify([location.href, { ...localStorage }, { ...sessionStorage }])');
    expect(kept).not.toContain(token.split('.')[1]);
  });

  test.each([
    ['routes', 'Routes', 'DELETE'],
    ['issuer', 'Issuer and health', 'Everything answers'],
    ['explain', 'Explain', 'Ask before someone calls you'],
    ['decisions', 'Decisions', 'Live'],
  ])('the screen %s is found in the navigation, on phones and in the dark', async (screen, name, shown) => {
    const { page } = await world.open({ look: PHONE });
    await goTo(page, name);
    await page.getByText(shown).first().waitFor();
    await inspectScreen({ page, faults: [], printed: [], requested: [] }, screen, PHONE);
  });

  test('a change that nobody recorded calls for says so before it is saved', async () => {
    const { client } = await openCaller('Quiet');
    const { page } = await world.open({ at: `${environment}/applications/${client.id}` });
    await page.getByRole('checkbox', { name: `${PAAS}::read: held`, exact: false }).click();
    const preview = page.getByRole('complementary', { name: 'Before you save' });
    await preview.getByText(/No usage is recorded|No call of the last 30 days/).waitFor();
  });
});
