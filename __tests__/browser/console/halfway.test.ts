import type { Page } from 'playwright-core';
import { chromiumPath } from '../fixtures/chromium.js';
import { type ConsoleWorld, openWorld, press } from './fixtures/console.js';
import { sendAsOperator } from './fixtures/operator.js';

jest.setTimeout(120_000);

const inBrowser = chromiumPath === undefined ? describe.skip : describe;

inBrowser('a form of several steps, of which a later one fails', () => {
  let world: ConsoleWorld;
  let name: string;
  let scopes: string;
  beforeAll(async () => {
    world = await openWorld();
    scopes = `/e/${world.environmentId}/scopes`;
  });
  beforeEach(() => {
    name = `Orders ${crypto.randomUUID().slice(0, 8)}`;
  });
  afterEach(() => world.closeWindows());
  afterAll(() => world?.close());

  const newScope = (page: Page) => page.getByRole('dialog', { name: 'New scope' });
  const create = (page: Page) => page.getByRole('dialog').getByRole('button', { name: 'Create' }).click();

  async function openNewScope(resource: string): Promise<Page> {
    const { page } = await world.open({ at: scopes });
    await press(page, /^New scope/);
    await newScope(page).getByLabel('Resource', { exact: true }).selectOption({ label: 'A new resource…' });
    await newScope(page).getByLabel('Name of the resource').fill(resource);
    return page;
  }

  async function list(path: string): Promise<readonly { readonly id: string; readonly name: string }[]> {
    const { _embedded } = await sendAsOperator(world, 'GET', path);
    return Object.values(_embedded as object)[0];
  }

  async function scopesOf(resource: string): Promise<readonly string[]> {
    const found = (await list('/resources?limit=1000')).filter((each) => each.name === resource);
    expect(found).toHaveLength(1);
    return (await list(`/resources/${found[0]?.id}/scopes`)).map((scope) => scope.name);
  }

  test('a scope that was refused is defined in the resource that was made for it, also after Escape', async () => {
    const page = await openNewScope(name);
    await newScope(page).getByLabel('Scope', { exact: true }).fill('not a scope');
    await create(page);
    await page.getByText(`The resource ${name} was created.`).waitFor();
    expect(await newScope(page).innerText()).not.toContain('nothing was changed');
    const chosen = newScope(page).locator('select[name=resource] option:checked');
    expect(await chosen.innerText()).toBe(name);

    await page.keyboard.press('Escape');
    await page.getByRole('region', { name: 'Resources' }).getByRole('link', { name }).waitFor();
    await press(page, /^New scope/);
    expect(await chosen.innerText()).toBe(name);
    await newScope(page)
      .getByLabel('Scope', { exact: true })
      .fill(`${name.slice(-8)}:read`);
    await create(page);
    await newScope(page).waitFor({ state: 'detached' });
    expect(await scopesOf(name)).toEqual([`${name.slice(-8)}:read`]);
  });

  test('an application that is made is not made again, also after Escape', async () => {
    const { page } = await world.open({ at: `/e/${world.environmentId}/applications` });
    const form = page.getByRole('dialog', { name: 'New application' });
    await press(page, /^New application/);
    await form.getByLabel('Name').fill(name);
    await page.route('**/secret', (route) => route.fulfill({ status: 503, json: {} }), { times: 1 });
    await create(page);
    await page.getByText(`The application ${name} itself was created.`).waitFor();
    expect(await form.innerText()).not.toContain('nothing was changed');
    await page.keyboard.press('Escape');
    await press(page, /^New application/);
    await page.getByText(`The application ${name} itself was created.`).waitFor();
    await create(page);
    await page.getByRole('dialog', { name: `The secret of ${name}` }).waitFor();
    expect((await list('/applications?limit=1000')).filter((each) => each.name === name)).toHaveLength(1);
    expect(await page.evaluate('JSON.stringify(sessionStorage)')).not.toContain(name);
  });

  test('a name of a resource that is taken is refused at the field of the resource', async () => {
    const page = await openNewScope('Demo');
    await newScope(page).getByLabel('Scope', { exact: true }).fill('demo:read');
    await create(page);
    await newScope(page).getByRole('button', { name: 'A resource with this name exists already.' }).click();
    expect(await page.evaluate('document.activeElement.name')).toBe('resourceName');
    expect(await newScope(page).locator('[name=name]').getAttribute('aria-invalid')).not.toBe('true');
  });
});
