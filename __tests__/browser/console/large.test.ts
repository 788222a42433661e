import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { applyDocument } from 'scopegate/admin';
import { openSqliteStore } from 'scopegate/sqlite';
import { chromiumPath, focusedName } from '../fixtures/chromium.js';
import { type ConsoleWindow, type ConsoleWorld, openWorld } from './fixtures/console.js';

jest.setTimeout(120_000);

const inBrowser = chromiumPath === undefined ? describe.skip : describe;

/** The last in the tree, with 340 branches of three scopes. */
const LARGE = 'urn:opc:resource:consumer:zz';
const BRANCHES = Array.from({ length: 340 }, (_, number) => `n${String(number).padStart(3, '0')}`);
const LAST = `${LARGE}:n339::write`;
const APPLICATIONS = 120;
/** Resources besides that one, each with a scope. */
const SMALL = 25;
/** `limit` of the admin API at most. */
const MOST_PER_PAGE = 1000;

inBrowser('an environment that has grown', () => {
  let world: ConsoleWorld;
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'scopegate-large-'));
    const file = join(folder, 'large.db');
    await fill(file);
    world = await openWorld({ DATABASE: file });
  });
  afterEach(() => world.closeWindows());
  afterAll(async () => {
    await world?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const open = (path: string) => world.open({ at: `/e/${world.environmentId}/${path}` });
  async function openGrants(name: string) {
    const window = await open(`applications?q=${name}`);
    await window.page.getByRole('link', { name }).click();
    await window.page.getByRole('treegrid').waitFor();
    return window;
  }

  test('a tree of a thousand scopes is used by keyboard, and draws only some of its rows', async () => {
    const window = await openGrants('application-000');
    const { page } = window;
    const tree = page.getByRole('treegrid');
    await tree.getByRole('rowheader', { name: 'zz' }).focus();
    await page.keyboard.press('ArrowRight');
    await page.locator('[aria-rowcount]').waitFor();
    const rows = Number(await tree.getAttribute('aria-rowcount'));
    expect(rows).toBeGreaterThan(BRANCHES.length);
    expect(await tree.getByRole('row').count()).toBeLessThan(150);

    await page.keyboard.press('Control+End');
    expect(await focusedName(page)).toBe(`${LAST}: not granted`);
    const last = tree.getByRole('checkbox', { name: `${LAST}:` });
    expect(await isInWindow(last)).toBe(true);
    expect(await tree.getByRole('row').last().getAttribute('aria-rowindex')).toBe(String(rows));

    await page.evaluate('scrollTo(0, 0)');
    await tree.getByRole('checkbox', { name: `${LARGE}:n000::read:` }).waitFor();
    expect(await focusedName(page)).toBe(`${LAST}: not granted`); // far from what is drawn, and not taken away
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('ArrowDown');
    expect(await isInWindow(last)).toBe(true);
    await page.keyboard.press('Space');
    await page.getByRole('button', { name: 'Grant 1 scope' }).waitFor();
    await page.keyboard.press('Control+Enter');
    await tree.getByRole('checkbox', { name: `${LAST}: held` }).waitFor();
    expectBoundedPages(window);
  });

  test('the filter of a large tree keeps what is above what it finds', async () => {
    const { page } = await openGrants('application-001');
    await page.locator('h1').focus();
    await page.keyboard.press('/');
    await page.keyboard.type('N123');

    await page.getByText('1 row found').waitFor();
    const names = await page.getByRole('treegrid').getByRole('rowheader').allInnerTexts();
    expect(names.map((name) => name.trim())).toEqual(['zz', 'n123']);
    expect(await page.locator('.r.above').count()).toBe(1);
    await page.getByRole('treegrid').getByRole('rowheader', { name: 'zz' }).focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowRight');
    expect(await focusedName(page)).toContain(`${LARGE}:n123::`);
    await page.getByRole('searchbox').fill('no such scope');
    await page.getByText('No scope has that in its name.').waitFor();
  });

  test('pages of applications keep their place and height, and lead back, also where somebody was sent here', async () => {
    const window = await open('applications');
    const { page } = window;
    const names = page.locator('.table .name');
    await names.first().waitFor();
    const before = await names.allInnerTexts();
    const place = await placeOf(page.locator('.table tbody tr').first());
    const next = await holdBack(page, '**/applications?**cursor=**');
    await page.getByRole('link', { name: 'Next' }).click();
    await next.arrived;
    expect(await names.allInnerTexts()).toEqual(before); // until the next ones are there
    next.release();
    await page.getByText(/application-05\d to /).waitFor();
    expect(await placeOf(page.locator('.table tbody tr').first())).toEqual(place);
    const sent = await world.open({ at: new URL(page.url()).hash.slice(1) });
    await sent.page.getByRole('link', { name: 'Previous' }).click();
    await sent.page.getByText(new RegExp(`^${before[0]} to`)).waitFor();
    expect(await sent.page.locator('.table .name').allInnerTexts()).toEqual(before);
    expect(await sent.page.getByRole('link', { name: 'Previous' }).count()).toBe(0);
    expectBoundedPages(window);
  });

  test('an empty page of a search that is over does not say that there is no application', async () => {
    const { page } = await open('applications?q=zzz');
    await page.getByRole('heading', { name: 'No application begins with “zzz”' }).waitFor();
    const all = await holdBack(page, '**/applications?**');
    await page.getByRole('searchbox').fill('');
    await all.arrived;
    expect(await page.getByRole('heading', { level: 2 }).allInnerTexts()).toEqual(['No application begins with “zzz”']);
    all.release();
    await page.getByRole('link', { name: 'application-000' }).waitFor();
  });

  test('an application is found by its name to be explained, however many there are', async () => {
    const window = await open('explain');
    const { page } = window;
    await page.getByLabel('Application').fill('application-119');
    await page.getByLabel('Scope').fill(`${LARGE}:n200::write`);
    const ask = page.locator('form').getByRole('button', { name: 'Explain' });
    await page.locator('#explained-applications option').first().waitFor({ state: 'attached' });
    await page.locator('#explained-application:valid').waitFor();
    await ask.click();
    await page.getByText('it never had that scope').waitFor();
    expect(await page.getByLabel('Application').inputValue()).toBe('application-119');
    await page.getByLabel('Application').fill('application-9');
    await ask.click();
    await page.locator('#explained-application:invalid').waitFor();
    expectBoundedPages(window);
  });

  test('holders are counted of twenty resources until somebody wants more, and again after a failure', async () => {
    const asked = new Set<string>();
    const [twenty, more] = [newSignal(), newSignal()];
    const { page } = await world.open({
      at: `/e/${world.environmentId}/scopes`,
      prepare: async (page) => {
        await page.clock.install();
        await page.route('**/scopes?expand=holders*', (route) => {
          const isFirst = asked.size === 0;
          asked.add(new URL(route.request().url()).pathname);
          if (asked.size === 20) twenty.give();
          if (asked.size === 21) more.give();
          return isFirst ? route.fulfill({ status: 503, json: {} }) : route.fallback();
        });
      },
    });
    const failed = page.waitForResponse((response) => response.status() === 503);
    const countMore = page.getByRole('button', { name: 'Count the holders of more scopes' });
    await countMore.waitFor();
    await failed;
    await twenty.given;
    await page.clock.fastForward(60_000);
    await page.getByRole('button', { name: `${LARGE}::read: ${APPLICATIONS} applications hold it` }).waitFor();
    expect(asked.size).toBe(20);
    await countMore.click();
    await more.given;
    await countMore.waitFor({ state: 'detached' });
  });

  test('all who reach a scope are found, page by page', async () => {
    const window = await open('scopes');
    const { page } = window;
    await page.getByRole('searchbox').fill('n200');
    await page.getByRole('button', { name: `${LARGE}::read: ${APPLICATIONS} applications hold it` }).waitFor();
    await page.getByRole('button', { name: `${LARGE}:n200::read:` }).click();
    const holders = page.getByRole('region', { name: 'Who reaches it' });
    await holders.getByText('application-000').first().waitFor();
    expect(await holders.locator('tbody tr').count()).toBe(100);
    await page.getByRole('link', { name: 'Next' }).click();
    await holders.getByText('application-119').first().waitFor();
    expect(await holders.locator('tbody tr').count()).toBe(APPLICATIONS - 100 + 1); // and the operator, who holds all
    await page.getByRole('link', { name: 'Previous' }).click();
    await holders.getByText('application-000').first().waitFor();
    expectBoundedPages(window);
  });
});

/** A thousand scopes below one, and applications that hold it. */
async function fill(file: string): Promise<void> {
  const below = BRANCHES.flatMap((name) => ['all', 'read', 'write'].map((each) => `${LARGE}:${name}::${each}`));
  const store = await openSqliteStore({ file });
  await applyDocument(store, {
    environment: { name: 'demo' },
    resources: [
      { name: 'Large', scopes: [`${LARGE}::read`, ...below].map((name) => ({ name })) },
      ...Array.from({ length: SMALL }, (_, n) => ({ name: `Small ${n}`, scopes: [{ name: `small-${n}:read` }] })),
    ],
    applications: Array.from({ length: APPLICATIONS }, (_, number) => ({
      name: `application-${String(number).padStart(3, '0')}`,
      grants: [{ resource: 'Large', scopes: [`${LARGE}::read`] }],
    })),
  });
  await store.close();
}

/** Lets requests of this address wait. `arrived` resolves once there is one. */
async function holdBack(page: Page, address: string) {
  const [arrived, released] = [newSignal(), newSignal()];
  await page.route(address, async (route) => {
    arrived.give();
    await released.given;
    await route.continue();
  });
  return { arrived: arrived.given, release: released.give };
}

function newSignal() {
  let give: () => void = () => undefined;
  const given = new Promise<void>((resolve) => {
    give = resolve;
  });
  return { given, give };
}

/** Where it is on the page, and how high. */
function placeOf(element: Locator) {
  return element.evaluate((node) => {
    const { top, height } = node.getBoundingClientRect();
    return { top: top + scrollY, height };
  });
}

/** Whether a person sees it without scrolling. */
function isInWindow(element: Locator): Promise<boolean> {
  return element.evaluate((node) => {
    const { top, bottom } = node.getBoundingClientRect();
    return top >= 0 && bottom <= innerHeight;
  });
}

function expectBoundedPages({ requested }: ConsoleWindow): void {
  const limits = requested.flatMap((url) => Number(new URL(url).searchParams.get('limit') ?? []) || []);
  expect(limits.length).toBeGreaterThan(0);
  expect(Math.max(...limits)).toBeLessThanOrEqual(MOST_PER_PAGE);
}
