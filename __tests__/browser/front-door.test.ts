import type { Browser, Page } from 'playwright-core';
import { type BuiltDemo, openBuiltDemo, type RunningServer } from '../demo-app/fixtures/built-demo.js';
import { chromiumPath, focusedName, inspect, LOOKS, launchChromium, openWindow, tabTo } from './fixtures/chromium.js';

jest.setTimeout(120_000);

const inBrowser = chromiumPath === undefined ? describe.skip : describe;
const BUTTONS = ['Get a token', 'Call GET /live/reports', 'Remove …', 'Call again', 'Grant …'] as const;
const READ = 'urn:opc:resource:consumer:paas::read';

inBrowser('the front door', () => {
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

  const cell = (page: Page, scope = READ) => page.getByRole('checkbox', { name: new RegExp(`^${scope}:`) });
  const step = (page: Page, n: number) =>
    page
      .getByRole('listitem')
      .filter({ has: page.getByRole('heading') })
      .nth(n - 1);

  /** Presses the one button that stands out, as a visitor would, and waits for the step to be done. */
  async function press(page: Page, n: number): Promise<void> {
    await page.getByRole('button', { name: BUTTONS[n - 1] ?? '' }).click();
    await step(page, n).getByText('The whole request and response').first().waitFor();
  }

  test('a visitor who presses what stands out sees a revocation take effect', async () => {
    const { page, faults, close } = await openWindow(browser, server.url);
    for (let n = 1; n <= 4; n++) await press(page, n);

    expect(await step(page, 2).innerText()).toContain('200 OK');
    expect(await step(page, 4).innerText()).toMatch(/\d+ ms\nafter the scope was taken away/);
    expect(await step(page, 4).innerText()).toContain('403 Forbidden');
    expect(await step(page, 4).innerText()).toMatch(/WWW-Authenticate: Bearer realm="api", error="insufficient_scope"/);
    expect(await step(page, 4).innerText()).toContain('but its application is no longer granted it.');

    await press(page, 5);
    expect(await step(page, 5).innerText()).toMatch(/200 OK\s+\d+ ms after the grant/);
    expect(faults).toEqual([]);
    await close();
  });

  test.each(LOOKS)('each moment can be read and used at $width px, $scheme', async (look) => {
    const window = await openWindow(browser, server.url, look);
    const { page } = window;
    await page.getByRole('button', { name: BUTTONS[0] }).waitFor();
    await inspect(window, 'front-door-0', look);
    for (let n = 1; n <= 5; n++) {
      await press(page, n);
      if (n > 3) await inspect(window, `front-door-${n}`, look);
    }
    await window.close();
  });

  test.each(LOOKS.filter(({ scheme }) => scheme === 'light'))(
    'the story by keyboard alone at $width px',
    async (look) => {
      const { page, faults, close } = await openWindow(browser, server.url, look);
      await tabTo(page, /^Get a token$/);
      await page.keyboard.press('Enter');
      await step(page, 1).getByText('200 OK', { exact: true }).waitFor();
      await expectFocus(page, /^Call GET/); // the focus goes on to what is next
      await page.keyboard.press('Space');
      await expectFocus(page, /^Remove/);
      await page.keyboard.press('Enter');
      await expectFocus(page, /^Call again/);
      await page.keyboard.press('Enter');
      await expectFocus(page, /^Grant/);
      await page.keyboard.press('Enter');
      await expectFocus(page, /^Sign in as a person/);

      expect(await step(page, 4).innerText()).toContain('403 Forbidden');
      expect(await step(page, 5).innerText()).toContain('200 OK');
      expect(faults).toEqual([]);
      await close();
    },
  );

  async function expectFocus(page: Page, name: RegExp): Promise<void> {
    await page.locator('button:focus', { hasText: name }).waitFor();
  }

  test('the scope is taken away and given back in the tree, by mouse and by keyboard', async () => {
    const { page, close } = await openWindow(browser, server.url);
    await press(page, 1);
    await cell(page).click();
    await page.getByText('You can take it away once Dashboard has called the API: at step 3.').waitFor();
    await press(page, 2);
    await cell(page, 'urn:opc:resource:consumer:paas:stack::write').click();
    await page.getByText('In this story, only one scope is taken away and given back.').waitFor();
    expect(await cell(page).getAttribute('aria-checked')).toBe('true');
    await cell(page).click();
    await step(page, 3).getByText('204 No Content', { exact: true }).waitFor();
    expect(await cell(page).getAttribute('aria-label')).toBe(`${READ}: taken away`);
    expect(await cell(page, 'urn:opc:resource:consumer:paas:stack::read').getAttribute('aria-label')).toContain(
      'lost with',
    );

    await press(page, 4);
    await tabTo(page, /^urn:opc:resource:consumer:paas::read/);
    await page.keyboard.press('Space');
    await step(page, 5).getByText('after the grant').waitFor();
    expect(await cell(page).getAttribute('aria-checked')).toBe('true');
    expect(await focusedName(page)).toBe(`${READ}: held`); // the focus stays in the tree
    await close();
  });

  test('the tree is one tab stop, and the arrows move by cell', async () => {
    const { page, close } = await openWindow(browser, server.url);
    const walk = async (...keys: readonly string[]) => {
      for (const key of keys) await page.keyboard.press(key);
      return focusedName(page);
    };
    await tabTo(page, /^paas$/);

    expect(await walk('ArrowRight')).toContain('paas::all: not granted');
    expect(await walk('ArrowRight')).toContain('paas::read: held');
    expect(await walk('ArrowDown', 'ArrowDown')).toContain('reports::read: covered by');
    expect(await walk('ArrowLeft')).toBe('reports'); // past a cell that is not defined
    expect(await walk('ArrowLeft')).toBe('analytics');
    expect(await walk('ArrowLeft', 'ArrowDown')).toBe('stack'); // closed
    expect(await walk('ArrowUp', 'ArrowRight', 'ArrowDown')).toBe('reports');
    expect(await walk('Control+End')).toContain('stack::write');
    expect(await walk('Control+Home')).toBe('paas');
    expect(await walk('Tab')).not.toMatch(/^urn|^paas|^analytics/);
    await close();
  });

  test('two windows at once each have a story of their own', async () => {
    const [one, other] = [await openWindow(browser, server.url), await openWindow(browser, server.url)];
    for (const { page } of [one, other]) for (const n of [1, 2]) await press(page, n);
    await press(one.page, 3);
    await press(one.page, 4);
    await press(other.page, 3);

    expect(await step(one.page, 4).innerText()).toContain('403 Forbidden');
    await press(one.page, 5);
    await press(other.page, 4);
    expect(await step(other.page, 4).innerText()).toContain('403 Forbidden');
    await Promise.all([one.close(), other.close()]);
  });

  test('begins again at any time, also after a run that was interrupted', async () => {
    const { page, close } = await openWindow(browser, server.url);
    for (const n of [1, 2, 3]) await press(page, n);
    await page.getByRole('button', { name: 'Start again' }).click();
    for (const n of [1, 2]) await press(page, n);
    expect(await step(page, 2).innerText()).toContain('200 OK');

    await press(page, 3);
    await page.reload();
    for (const n of [1, 2]) await press(page, n);
    expect(await step(page, 2).innerText()).toContain('200 OK');
    await close();
  });

  test('says what happened when the demo was started again meanwhile, and goes on from the start', async () => {
    const first = await demo.run({ DATABASE: 'again.db' });
    const { page, close } = await openWindow(browser, first.url);
    await press(page, 1);
    first.process.kill('SIGTERM');
    await first.ended;
    await page.getByRole('button', { name: BUTTONS[1] }).click();
    await page.getByRole('alert').getByText('The demo does not answer.').waitFor();

    await demo.run({ DATABASE: 'again.db', PORT: new URL(first.url).port });
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('alert').getByText('This story has ended.').waitFor();
    await page.getByRole('alert').getByRole('button', { name: 'Start again' }).click();
    await press(page, 1);
    await press(page, 2);
    expect(await step(page, 2).innerText()).toContain('200 OK');
    await close();
  });

  test('keeps no token in storage or in the address', async () => {
    const { page, close } = await openWindow(browser, server.url);
    for (const n of [1, 2]) await press(page, n);

    expect(await page.evaluate('JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])')).toBe(
      '[{},{},""]',
    );
    expect(page.url()).toBe(`${server.url}/`);
    expect(await page.content()).not.toMatch(/eyJ[\w-]+\.[\w-]+\.[\w-]+/);
    await close();
  });

  test('the checks of a page find what they look for', async () => {
    const look = { width: 1280, scheme: 'light' } as const;
    const window = await openWindow(browser, server.url, look);
    await inspect(window, 'checks', look);

    await window.page.evaluate(`document.querySelector('h1').style.color = '#dddddd'`);
    await expect(inspect(window, 'checks', look)).rejects.toThrow('color-contrast');
    await window.page.evaluate(`document.querySelector('h1').setAttribute('style', 'min-width: 2000px')`);
    expect(window.faults).toEqual([expect.stringContaining('Content Security Policy')]);
    await window.page.evaluate(`document.querySelector('h1').style.cssText = 'min-width: 2000px'`);
    await expect(inspect(window, 'checks', look)).rejects.toThrow('toBeLessThanOrEqual');
    await window.close();
  });

  test('says without scripts what the page is for', async () => {
    const { page, close } = await openWindow(browser, server.url, undefined, { javaScriptEnabled: false });

    expect(await page.getByRole('heading').innerText()).toBe('Take a scope away and the next call is refused.');
    await close();
  });
});
