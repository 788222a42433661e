import type { Page } from 'playwright-core';
import { tokenAnswer } from '../../demo-app/fixtures/administration.js';
import { chromiumPath } from '../fixtures/chromium.js';
import { type ConsoleWorld, cell, openWorld, PAAS, signIn } from './fixtures/console.js';
import { sendAsOperator } from './fixtures/operator.js';

jest.setTimeout(120_000);

const inBrowser = chromiumPath === undefined ? describe.skip : describe;
const EVIL = '<img src=x onerror="window.stolen=1"><script>window.stolen=1</script>';

inBrowser('the console keeps to itself', () => {
  let world: ConsoleWorld;
  let environment: string;
  beforeAll(async () => {
    world = await openWorld();
    environment = `/e/${world.environmentId}`;
  });
  afterEach(() => world.closeWindows());
  afterAll(() => world?.close());

  const screens = (applicationId: string) => [
    environment,
    `${environment}/applications`,
    ...['', '/secret', '/history', '/settings'].map((tab) => `${environment}/applications/${applicationId}${tab}`),
    `${environment}/history`,
    `${environment}/scopes`,
  ];

  /** Goes to a screen of the open page, and waits until it shows what it loaded. */
  async function visit(page: Page, address: string): Promise<void> {
    await page.evaluate(`location.hash = ${JSON.stringify(address)}`);
    await page.waitForLoadState('networkidle');
  }

  test('names and descriptions with markup are shown as they are, on every screen', async () => {
    const resource = await world.admin.createResource(`R ${EVIL}`, ['a<img/src=x/onerror=stolen=1>'], {
      description: EVIL,
    });
    const { id } = await world.admin.createApplication(`A ${EVIL}`, { description: EVIL });
    await world.admin.setGrants({ id, secret: '' }, { [`R ${EVIL}`]: ['a<img/src=x/onerror=stolen=1>'] });
    const { _embedded } = await sendAsOperator(world, 'GET', `/resources/${resource}/scopes`);
    const scope = (_embedded as { readonly scopes: readonly { readonly id: string }[] }).scopes[0]?.id;
    await sendAsOperator(world, 'PATCH', `/resources/${resource}/scopes/${scope}`, { description: EVIL });
    const { page } = await world.open({ at: environment });
    await page.locator('.shell').waitFor();
    await changeEnvironment();
    const forms = [`scopes/resource/${resource}`, `scopes/${scope}`, `scopes/${scope}/settings`, 'environments'];
    for (const address of [...screens(id), ...forms.map((form) => `${environment}/${form}`)]) {
      await visit(page, address);
      expect(await page.evaluate('typeof window.stolen')).toBe('undefined');
      expect(await page.locator('main img, main script').count()).toBe(0);
    }
    for (const address of [`applications/${id}/settings`, `scopes/${scope}/settings`, `scopes/resource/${resource}`]) {
      await visit(page, `${environment}/${address}`);
      await page.getByRole('button', { name: /^Delete/ }).click();
      await page
        .getByText(/goes? with it|loses it/)
        .first()
        .waitFor();
      expect(await page.locator('dialog img, dialog script').count()).toBe(0);
      await page.keyboard.press('Escape');
    }
    await visit(page, `${environment}/applications/${id}`);
    expect(await page.locator('h1').innerText()).toBe(`A ${EVIL}`);
    await page.waitForFunction((title) => document.title.startsWith(title), `A ${EVIL}`); // an effect sets it
  });

  async function changeEnvironment(): Promise<void> {
    const { body } = await tokenAnswer(world.server, world.server.operator, { scope: 'urn:opc:idm:__myscopes__' });
    const response = await fetch(`${world.server.url}/v1/environments/${world.environmentId}`, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${body.access_token}`, 'content-type': 'application/merge-patch+json' },
      body: JSON.stringify({ description: EVIL }),
    });
    expect(response.status).toBe(200);
  }

  test('a token is in no page, address, storage or message', async () => {
    const found: string[] = [];
    const { page, printed, requested } = await world.open({
      isSignedIn: false,
      prepare: async (page) => {
        page.on('response', async (response) => {
          if (!response.url().endsWith('/oauth2/v1/token')) return;
          const body = await response.json().catch(() => ({}));
          found.push(...[body.access_token, body.refresh_token].filter((token) => typeof token === 'string'));
        });
      },
    });
    await signIn(page, world.server.password);
    await page.locator('.shell').waitFor();
    const [application] = await world.admin.applications();
    for (const address of screens(application?.id ?? '')) {
      await visit(page, address);
      const everything = await page.evaluate(
        'JSON.stringify([document.documentElement.outerHTML, location.href, { ...localStorage }, { ...sessionStorage }, document.cookie, history.state])',
      );
      expect(found.length).toBeGreaterThanOrEqual(2);
      for (const token of found) expect(everything).not.toContain(token);
      expect(page.url()).not.toMatch(/code=|state=/);
      expect(await page.evaluate('JSON.stringify([{ ...localStorage }, { ...sessionStorage }])')).toBe('[{},{}]');
    }
    for (const token of found) expect([...printed, ...requested].filter((text) => text.includes(token))).toEqual([]);
  });

  test('signing out leaves no edit and no token that works', async () => {
    let token = '';
    const [application] = await world.admin.applications();
    const { page } = await world.open({ at: `${environment}/applications/${application?.id}` });
    page.on('request', (request) => {
      token = request.headers().authorization ?? token;
    });
    await cell(page, ':analytics::write').click();
    expect(await page.evaluate('Object.keys(sessionStorage).length')).toBe(1);
    const revoked = page.waitForResponse((response) => /revo/.test(response.url()));
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
    expect((await revoked).status()).toBe(200);
    expect(await page.evaluate('Object.keys(sessionStorage).length')).toBe(0);
    expect(await page.locator('#console').innerText()).not.toContain('urn:');
  });

  test('no page of another origin can frame it', async () => {
    const { headers } = await fetch(`${world.server.url}/console/`);
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(headers.get('set-cookie')).toBeNull();
  });

  test.each([
    ['a state that this window did not begin', '?state=x&code=y'],
    ['a response of another issuer', '?state=x&code=y&iss=https://evil.example'],
    ['an error with markup', `?state=x&error=${encodeURIComponent(EVIL)}`],
  ])('does not sign in with %s', async (_, query) => {
    const { page } = await world.open({ isSignedIn: false });
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
    await page.goto(`${world.server.url}/console/${query}`);
    await page.getByText('This sign-in was not begun in this window.').waitFor();
    expect(page.url()).toBe(`${world.server.url}/console/`);
    expect(await page.evaluate('window.stolen')).toBeUndefined();
  });

  test.each([
    '//evil.example',
    '/e/x/applications?after=https://evil.example/v1/environments/x/applications',
    '/e/%00/..',
  ])('an address of the console leads nowhere else: #%s', async (fragment) => {
    const { page, requested } = await world.open({ at: fragment.replace('/e/x/', `${environment}/`) });
    await page.locator('main').first().waitFor();
    await page.waitForLoadState('networkidle');
    expect(new URL(page.url()).origin).toBe(world.server.url);
    expect(requested.filter((url) => !url.startsWith(`${world.server.url}/`))).toEqual([]);
  });

  test('a next page of another server is asked of the own API only', async () => {
    const { page, requested } = await world.open({
      at: `${environment}/applications`,
      prepare: (page) =>
        page.route('**/applications?limit=50**', async (route) => {
          const response = await route.fetch();
          const body = await response.json();
          body._links.next = { href: 'https://evil.example/v1/steal?token' };
          await route.fulfill({ response, json: body });
        }),
    });
    await page.getByRole('link', { name: 'Next' }).click();
    await page.getByRole('alert').waitFor();
    expect(requested.filter((url) => url.includes('evil.example'))).toEqual([]);
    expect(requested).toContainEqual(`${world.server.url}/v1/environments/${world.environmentId}/applications?token`);
  });

  test('what an application is called does not end the addresses of its screens', async () => {
    const { id } = await world.admin.createApplication('a/b?c#d');
    const { page } = await world.open({ at: `${environment}/applications/${id}` });
    await page.getByRole('heading', { level: 1, name: 'a/b?c#d' }).waitFor();
    expect(PAAS).not.toBe('');
  });
});
