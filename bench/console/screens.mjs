import { TOP } from './data.mjs';

/** What is measured: each screen, and where its own data are. */

/** Elements of the screens' own data; the frame around them does not count. */
const ROW = {
  overview: 'main .figures b',
  applications: 'main .table.cards .name',
  tree: '[role=treegrid] [aria-level]',
  event: 'main .tl .ev',
};

/** `start` is another screen, from which a link leads to this one. */
export function screensOf({ environmentId, applicationId, scopeId }) {
  const at = `/e/${environmentId}`;
  const application = `${at}/applications/${applicationId}`;
  const screen = (name, path, selector, start = `${at}/issuer`) => ({ name, path, selector, start });
  return [
    screen('Overview', at, ROW.overview),
    screen('Applications', `${at}/applications`, ROW.applications),
    screen('Grants of an application', application, ROW.tree),
    screen('Usage of an application', `${application}/usage`, 'main .stream tbody tr'),
    screen('Secret of an application', `${application}/secret`, 'main .tabs ~ *'),
    screen('History of an application', `${application}/history`, ROW.event),
    screen('Settings of an application', `${application}/settings`, 'main form input'),
    screen('Scopes', `${at}/scopes`, ROW.tree),
    screen('One scope', `${at}/scopes/${scopeId}`, 'main .with-panel tbody tr'),
    screen('Explain', `${at}/explain`, 'main form'),
    screen('Decisions', `${at}/decisions`, 'main .card', `${at}/applications`),
    screen('History', `${at}/history`, ROW.event),
    screen('Routes', `${at}/routes`, 'main .stream tbody tr'),
    screen('Issuer and health', `${at}/issuer`, 'main .pair .card', at),
  ];
}

/** What people do on a screen: each is a name, and what is measured of it. */
export function actsOf({ environmentId, applicationId }, { page, measure }, open) {
  const at = `/e/${environmentId}`;
  const applications = `${at}/applications`;
  const firstName = () => page.locator(ROW.applications).first().textContent();
  return [
    [
      'Applications: next page',
      async () => {
        await open(applications, ROW.applications);
        const next = page.locator('.pager').getByText('Next');
        return measure(() => next.click(), ROW.applications, await firstName());
      },
    ],
    [
      'Applications: search',
      async () => {
        await open(applications, ROW.applications);
        const before = await firstName();
        return measure(() => page.getByRole('searchbox').fill('worker-00'), ROW.applications, before);
      },
    ],
    [
      'Find anything',
      async () => {
        await open(at, ROW.overview);
        await page.keyboard.press('Control+K');
        const option = '#found a[href*="/applications/"]';
        const found = await measure(() => page.locator('dialog input').fill('worker-00'), option);
        await page.keyboard.press('Escape');
        return found;
      },
    ],
    [
      'Grants: tick, and the calls it refuses',
      async () => {
        await open(`${applications}/${applicationId}`, ROW.tree);
        const held = page.getByRole('checkbox', { name: `${TOP}::read:` });
        const ticked = await measure(() => held.click(), '.sheet .body [role=status]');
        await page.getByRole('button', { name: 'Discard' }).click();
        return ticked;
      },
    ],
    [
      'Scopes: a branch opens',
      async () => {
        await open(`${at}/scopes`, ROW.tree);
        const first = page.locator('[role=row][aria-expanded=false] .tw').first();
        return measure(() => first.click(), '[role=row][aria-level="2"]');
      },
    ],
    [
      'Scopes: Ctrl End',
      async () => {
        await open(`${at}/scopes`, ROW.tree);
        await page
          .getByRole('button', { name: `${TOP}:` })
          .first()
          .focus();
        return measure(() => page.keyboard.press('Control+End'), '[role=row].last [tabindex="0"]');
      },
    ],
  ];
}
