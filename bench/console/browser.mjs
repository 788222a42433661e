import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

/** A window of a real browser that tells when something is shown, and what the page asked the API for. */

/** `limit` of the admin API at most. */
export const MOST_PER_PAGE = 1000;
/** A page is at rest once it has asked for nothing for so long. */
const REST_MS = 300;
const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'];

export async function launchBrowser() {
  const program = fileURLToPath(new URL('../../scripts/browser.mjs', import.meta.url));
  const path = spawnSync(process.execPath, [program], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  if (path.stdout.trim() === '') throw new Error('There is no browser.');
  return chromium.launch({ executablePath: path.stdout.trim(), args: FLAGS });
}

/** Runs in the page: notes when the expected element is there and painted, and how long tasks took. */
function watchPage() {
  if (location.protocol === 'about:') return;
  window.bench = { shownAt: undefined, longestTask: 0 };
  const { bench } = window;
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) bench.longestTask = Math.max(bench.longestTask, duration);
  }).observe({ type: 'longtask', buffered: true });
  const look = () => {
    const expected = JSON.parse(sessionStorage.getItem('bench expects') ?? 'null');
    if (expected === null) return;
    const found = document.querySelector(expected.selector);
    if (found === null || found.textContent === expected.not) return;
    sessionStorage.removeItem('bench expects');
    requestAnimationFrame(() => {
      bench.shownAt = Date.now();
    });
  };
  const options = { childList: true, subtree: true, characterData: true, attributes: true };
  new MutationObserver(look).observe(document, options);
}

export async function openWindow(browser, url) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce' });
  const page = await context.newPage();
  await page.addInitScript(watchPage);
  const traffic = watchTraffic(page, `${url}/v1/`);
  await page.goto(`${url}/console/`);

  return {
    page,
    /** Does something, and waits until the element is there that it leads to: another one than one with the text `not`. */
    async measure(act, selector, not) {
      await traffic.rest();
      await page.evaluate(
        ([expected]) => {
          sessionStorage.setItem('bench expects', expected);
          Object.assign(window.bench, { shownAt: undefined, longestTask: 0 });
        },
        [JSON.stringify({ selector, not })],
      );
      traffic.clear();
      const began = Date.now();
      await act();
      const shown = await page.waitForFunction(() => window.bench?.shownAt, undefined, { polling: 100 });
      await traffic.rest();
      return {
        shown: (await shown.jsonValue()) - began,
        whole: Math.max(0, traffic.last() - began),
        ...traffic.sum(),
        nodes: await page.evaluate(() => document.querySelectorAll('*').length),
        task: Math.round(await page.evaluate(() => window.bench.longestTask)),
      };
    },
  };
}

/** What a page asks the API for. A stream never ends, and is not waited for. */
function watchTraffic(page, base) {
  let requests = [];
  let underWay = 0;
  let last = 0;
  const isCounted = (request) => request.url().startsWith(base) && request.method() !== 'OPTIONS';
  const isStream = (request) => request.headers().accept === 'text/event-stream';
  page.on('request', (request) => {
    if (!isCounted(request)) return;
    const limit = Number(new URL(request.url()).searchParams.get('limit') ?? 0);
    requests.push({ request, limit, bytes: 0 });
    if (!isStream(request)) underWay++;
  });
  const end = async (request) => {
    if (!isCounted(request) || isStream(request)) return;
    underWay--;
    last = Date.now();
    const entry = requests.find((each) => each.request === request);
    if (entry) entry.bytes = (await request.sizes().catch(() => ({ responseBodySize: 0 }))).responseBodySize;
  };
  page.on('requestfinished', end);
  page.on('requestfailed', end);
  return {
    clear() {
      [requests, last] = [[], 0];
    },
    last: () => last,
    async rest() {
      for (let since = Date.now(); Date.now() - since < REST_MS; await page.waitForTimeout(25)) {
        if (underWay > 0 || Date.now() - last < REST_MS) since = Date.now();
      }
    },
    sum: () => ({
      requests: requests.length,
      limit: Math.max(0, ...requests.map(({ limit }) => limit)),
      bytes: Math.max(0, ...requests.map(({ bytes }) => bytes)),
    }),
  };
}
