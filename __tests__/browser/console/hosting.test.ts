import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import type { GrantStore } from 'scopegate/admin';
import { openPostgresStore } from 'scopegate/postgres';
import { openSqliteStore } from 'scopegate/sqlite';
import { createDatabase } from '../../support/postgres.js';
import { SHARED_DIRECTORY, SHARED_FAILURE } from '../../support/shared-postgres.js';
import { chromiumPath } from '../fixtures/chromium.js';
import { type ConsoleWorld, cell, goTo, openWorld, PAAS, press } from './fixtures/console.js';
import { fillStore, type Host, openHost } from './fixtures/host.js';

jest.setTimeout(120_000);

const inBrowser = chromiumPath === undefined ? describe.skip : describe;

/** The version of Express that this jest project tests with. */
const express = Number(require('express/package.json').version.split('.')[0]);
const folder = mkdtempSync(join(tmpdir(), 'scopegate-hosts-'));

const openStore = {
  SQLite: async (name: string) => openSqliteStore({ file: join(folder, `${name}.db`) }),
  async PostgreSQL() {
    const directory = process.env[SHARED_DIRECTORY];
    if (directory === undefined) throw new Error(`There is no PostgreSQL: ${process.env[SHARED_FAILURE]}`);
    return openPostgresStore({ connectionString: await createDatabase(directory) });
  },
} satisfies Record<string, (name: string) => Promise<GrantStore>>;

/** Each pair of a version, a place, a database and an origin of the API is in one of these. */
const HOSTS = [
  { version: 5, place: '/', database: 'SQLite', api: 'the same origin' },
  { version: 5, place: '/console', database: 'PostgreSQL', api: 'another origin' },
  { version: 5, place: '/tools/scopes behind a proxy', database: 'PostgreSQL', api: 'the same origin' },
  { version: 4, place: '/', database: 'PostgreSQL', api: 'another origin' },
  { version: 4, place: '/console', database: 'SQLite', api: 'the same origin' },
  { version: 4, place: '/tools/scopes behind a proxy', database: 'SQLite', api: 'the root of another origin' },
] as const;

inBrowser(`the console after helmet(), on Express ${express}`, () => {
  let world: ConsoleWorld;
  let host: Host | undefined;
  let store: GrantStore | undefined;
  beforeAll(async () => {
    world = await openWorld();
  });
  afterEach(async () => {
    await host?.close();
    await store?.close();
    await world.closeWindows();
  });
  afterAll(async () => {
    await world?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function open({ place, database, api }: (typeof HOSTS)[number]): Promise<Host> {
    store = await openStore[database](place.replace(/\W/g, ''));
    await fillStore(store);
    const [path, isBehindProxy] = [place.split(' ')[0] as string, place.includes('proxy')];
    const at = isBehindProxy ? { mountPath: '/', stripped: path } : { mountPath: path };
    host = await openHost(world, { ...at, api, store });
    return host;
  }

  test.each(HOSTS.filter(({ version }) => version === express))(
    'signs people in, lists, changes a grant and signs them out at $place, with the API at $api on $database',
    async (each) => {
      const { url, others } = await open(each);
      const { headers } = await fetch(url);
      expect(headers.get('strict-transport-security')).not.toBeNull(); // helmet() was there
      const { page, requested } = await world.open({ host: { url, others } });
      await findDashboard(page);
      await cell(page, '::read').click();
      await press(page, 'Grant 1 scope');
      await page.getByRole('checkbox', { name: `${PAAS}::read: held`, exact: false }).waitFor();

      const revoked = page.waitForResponse((response) => response.url().endsWith('/v1/revoke'));
      await press(page, 'Sign out');
      await page.getByRole('button', { name: 'Sign in' }).waitFor();
      expect((await revoked).status()).toBe(200);
      expect(requested.filter((address) => address.includes('/environments')).every(isOfApi)).toBe(true);
    },
  );

  const isOfApi = (address: string) => address.startsWith(`${host?.api}/environments`);

  /** On the second page of the applications there are others. */
  async function findDashboard(page: Page): Promise<void> {
    await goTo(page, 'Applications');
    await page.getByRole('link', { name: 'Dashboard' }).waitFor();
    await page.getByRole('link', { name: 'Next' }).click();
    await page.getByRole('link', { name: 'Job 59' }).waitFor();
    await page.goBack();
    await page.getByRole('link', { name: 'Dashboard' }).click();
    await page.getByRole('heading', { level: 1, name: 'Dashboard' }).waitFor();
  }
});
