import type { Browser, Page } from 'playwright-core';
import { type BuiltDemo, openBuiltDemo, type RunningServer } from '../demo-app/fixtures/built-demo.js';
import {
  chromiumPath,
  focusedName,
  inspect,
  LOOKS,
  type Look,
  launchChromium,
  openWindow,
  tabTo,
} from './fixtures/chromium.js';

jest.setTimeout(120_000);

const inBrowser = chromiumPath === undefined ? describe.skip : describe;
const WIDE: Look = { width: 1280, scheme: 'light' };

inBrowser('signing in', () => {
  let demo: BuiltDemo;
  let server: RunningServer;
  let browser: Browser;

  beforeAll(async () => {
    demo = openBuiltDemo();
    [server, browser] = await Promise.all([demo.run(), launchChromium()]);
  });

  afterAll(async () => {
    await browser?.close();
    await demo?.remove();
  });

  const press = (page: Page, name: string | RegExp) =>
    page.getByRole('button', { name, ...(typeof name === 'string' && { exact: true }) }).click();
  const title = (page: Page, text: string) => page.getByRole('heading', { level: 1, name: text }).waitFor();

  async function toSignIn(page: Page): Promise<void> {
    await press(page, 'Sign in as a person');
    await title(page, 'Sign in');
  }

  async function toConsent(page: Page): Promise<void> {
    await toSignIn(page);
    await press(page, 'Fill in first-user and the password');
    await press(page, 'Sign in');
    await title(page, 'Browser asks to act for you');
  }

  test.each(LOOKS)('every page can be read and used at $width px, $scheme', async (look) => {
    const window = await openWindow(browser, server.url, look);
    const { page } = window;
    await toSignIn(page);
    await inspect(window, 'sign-in', look);
    await page.getByLabel('Name').fill('first-user');
    await page.getByLabel('Password', { exact: true }).fill('wrong');
    await press(page, 'Sign in');
    await page.getByRole('alert').waitFor();
    await inspect(window, 'sign-in-wrong', look);
    await press(page, 'Fill in first-user and the password');
    await press(page, 'Sign in');
    await title(page, 'Browser asks to act for you');
    await inspect(window, 'consent', look);
    await press(page, 'Allow');
    await title(page, 'Browser acts for first-user');
    await inspect(window, 'signed-in', look);
    await press(page, 'Take it back');
    await title(page, 'Browser no longer acts for first-user');
    await inspect(window, 'taken-back', look);
    await press(page, 'Sign in again');
    await press(page, 'Don’t allow');
    await title(page, 'You did not allow it');
    await inspect(window, 'not-allowed', look);
    await window.close();
  });

  test('goes on by itself after signing in, and the permission can be taken back', async () => {
    const { page, faults, close } = await openWindow(browser, server.url);
    await toConsent(page);
    expect(await page.getByRole('listitem').allInnerTexts()).toEqual([
      'Read analytics: reports, exports and their settings\nurn:opc:resource:consumer:paas:analytics::read',
      'Stay connected while you are away, until you take this back\noffline_access',
    ]);
    await press(page, 'Allow');
    await title(page, 'Browser acts for first-user');
    expect(await page.getByRole('main').innerText()).toContain('200 OK');
    expect(page.url()).toBe(`${server.url}/signed-in`);
    expect(await page.evaluate('JSON.stringify([{ ...localStorage }, { ...sessionStorage }])')).toBe('[{},{}]');

    await press(page, 'Take it back');
    await title(page, 'Browser no longer acts for first-user');
    expect(await page.getByRole('main').innerText()).toMatch(/\d+ ms\nafter you took it back[\s\S]*401 Unauthorized/);
    expect(await focusedName(page)).toBe('Browser no longer acts for first-user');
    expect(faults).toEqual([]);
    await close();
  });

  test('works by keyboard alone', async () => {
    const { page, close } = await openWindow(browser, server.url);
    await tabTo(page, /^Sign in as a person$/);
    await page.keyboard.press('Enter');
    await title(page, 'Sign in');
    await page.keyboard.type('first-user');
    await page.keyboard.press('Tab');
    await page.keyboard.type(server.password);
    await page.keyboard.press('Enter');
    await title(page, 'Browser asks to act for you');
    await tabTo(page, /^Don’t allow$/);
    await page.keyboard.press('Tab');
    expect(await focusedName(page)).toBe('Allow');
    await page.keyboard.press('Enter');
    await title(page, 'Browser acts for first-user');
    await tabTo(page, /^Take it back$/);
    await page.keyboard.press('Space');
    await title(page, 'Browser no longer acts for first-user');
    await close();
  });

  test('keeps the name after a wrong password, and the password field says why', async () => {
    const { page, close } = await openWindow(browser, server.url);
    await toSignIn(page);
    await page.getByLabel('Name').fill('second-user');
    await page.getByLabel('Password', { exact: true }).fill('wrong');
    await press(page, 'Sign in');
    await page.getByRole('alert').waitFor();
    const password = page.getByLabel('Password', { exact: true });

    expect(await page.getByLabel('Name').inputValue()).toBe('second-user');
    expect(await password.inputValue()).toBe('');
    expect(await page.evaluate('document.activeElement.id')).toBe('password');
    expect(await page.title()).toMatch(/^Name or password is wrong\./);
    expect(await page.locator(`#${await password.getAttribute('aria-describedby')}`).innerText()).toMatch(
      /^Name or password is wrong\. \d more tries before you have to wait\.$/,
    );
    await close();
  });

  test('shows the password on request', async () => {
    const { page, close } = await openWindow(browser, server.url);
    await toSignIn(page);
    const password = page.getByLabel('Password', { exact: true });
    await press(page, 'Show the password');
    expect(await password.getAttribute('type')).toBe('text');
    await press(page, 'Hide the password');
    expect(await password.getAttribute('type')).toBe('password');
    await close();
  });

  test('another person can sign in from the consent page', async () => {
    const { page, close } = await openWindow(browser, server.url);
    await toConsent(page);
    await page.getByRole('link', { name: 'not you?' }).click();
    await title(page, 'Sign in');
    await press(page, 'Fill in second-user and the password');
    await press(page, 'Sign in');
    await title(page, 'Browser asks to act for you');
    expect(await page.getByRole('main').innerText()).toContain('Signed in as second-user');
    await press(page, 'Allow');
    await title(page, 'Browser acts for second-user');
    await close();
  });

  test('works without scripts as far as a form can, and then shows the code', async () => {
    const scripted = await openWindow(browser, server.url);
    await toSignIn(scripted.page);
    await scripted.page.goBack();
    const link = new Promise<string>((resolve) => {
      scripted.page.on('request', (request) => request.url().includes('/authorize?') && resolve(request.url()));
    });
    await press(scripted.page, 'Sign in as a person');
    const { page, close } = await openWindow(browser, server.url, WIDE, { javaScriptEnabled: false });
    await page.goto(await link);
    await page.getByLabel('Name').fill('first-user');
    await page.getByLabel('Password').fill(server.password);
    await press(page, 'Sign in');
    await press(page, 'Allow');
    expect(await page.getByRole('main').innerText()).toMatch(/code=[\w-]+/);
    await Promise.all([close(), scripted.close()]);
  });

  test('an address that is nowhere, and a sign-in that is over, have a page with a way on', async () => {
    const { page, close, faults } = await openWindow(browser, server.url);
    for (const path of ['/nowhere', '/oauth2/interaction/over']) {
      await page.goto(`${server.url}${path}`);
      await inspect({ page, faults, close }, path.replaceAll('/', '-').slice(1), WIDE);
      await page.getByRole('main').getByRole('link').last().click();
      await title(page, 'Take a scope away and the next call is refused.');
    }
    await close();
  });
});
