import assert from 'node:assert/strict';
import type { Page, PageRequest } from '../../grants/store.js';
import { assertEqual, type Checks, NO_ID, toGrantCommand } from './prepared.js';

/** Pages of lists, and the history of changes. */
export const listChecks: Checks = {
  'lists in the order of ids, page by page': async ({ store, at, context }) => {
    for (const name of ['1', '2', '3', '4']) await store.applications.create(at, { name }, context);
    const read = async (request: PageRequest) => orFail(await store.applications.list(at, request));
    const all = await read({ limit: 100 });
    const ids = all.items.map(({ id }) => id);
    assertEqual(ids, [...ids].sort());
    assertEqual([all.next, all.previous], [undefined, undefined]);

    const pages = [await read({ limit: 2 })];
    for (let next = pages[0]?.next; next !== undefined; next = pages.at(-1)?.next) {
      pages.push(await read({ limit: 2, position: next }));
      assert.ok(pages.length <= 3, 'the pages do not end');
    }
    assertEqual(
      pages.map(({ items }) => items.map(({ id }) => id)),
      [ids.slice(0, 2), ids.slice(2, 4), ids.slice(4)],
    );
    for (const { count } of [all, ...pages]) {
      assert.ok(count === undefined || count === 5, `the count is ${count}, not that of the whole list`);
    }
    const position = pages[2]?.previous;
    assert.ok(position !== undefined, 'the last page has no previous one');
    assertEqual(
      (await read({ limit: 2, position })).items,
      pages[1]?.items,
      'the previous page is not the page that came before',
    );
  },

  'continues a list after the last item, although items before it were deleted': async ({ store, at, context }) => {
    for (const name of ['1', '2', '3']) await store.applications.create(at, { name }, context);
    const first = orFail(await store.applications.list(at, { limit: 2 }));
    assert.ok(first.next !== undefined, 'the first page has no next one');
    const rest = orFail(await store.applications.list(at, { limit: 2, position: first.next }));
    for (const { id } of first.items) await store.applications.delete({ ...at, applicationId: id }, context);
    const again = orFail(await store.applications.list(at, { limit: 2, position: first.next }));
    assertEqual(again.items, rest.items, 'a page is found by the number of items before it');
  },

  'has no list where the parent does not exist': async ({ store }) => {
    const nowhere = { environmentId: NO_ID };
    const page = { limit: 10 };
    assert.equal(await store.resources.list(nowhere, page), undefined);
    assert.equal(await store.applications.list(nowhere, page), undefined);
    assert.equal(await store.grants.list({ ...nowhere, applicationId: NO_ID }, page), undefined);
    assert.equal(await store.activities.list(nowhere, {}, page), undefined);
  },

  'records who changed what, from what to what, newest first': async (p) => {
    const { store, at, context, application } = p;
    const { value: grant } = await store.grants.create(p.applicationAt, toGrantCommand(p, 'a'), context);
    const { value: renamed } = await store.applications.replace(
      p.applicationAt,
      { ...application, name: 'renamed' },
      { ...context, transactionId: 'deployment 7' },
    );
    const { items } = orFail(await store.activities.list(at, { applicationId: application.id }, { limit: 10 }));
    assertEqual(
      items.map(({ type, targetId }) => [type, targetId]),
      [
        ['APPLICATION.UPDATED', application.id],
        ['GRANT.CREATED', grant.id],
        ['APPLICATION.CREATED', application.id],
      ],
    );
    const [latest] = items;
    assertEqual([latest?.before, latest?.after], [application, renamed]);
    assertEqual([latest?.actor, latest?.transactionId], [context.actor, 'deployment 7']);
    assertEqual([latest?.correlationId, items[1]?.transactionId], [context.correlationId, undefined]);
  },

  'filters the history by actor and time, and pages through it': async (p) => {
    const { store, at, context } = p;
    const admin = { ...context, actor: { client: 'admin', subject: 'alice' } };
    const { activities } = await store.applications.replace(p.applicationAt, { ...p.application, name: 'x' }, admin);
    const [{ id, recordedAt } = { id: '', recordedAt: '' }] = activities;
    for (const filter of [{ actor: 'admin' }, { actor: 'alice' }, { actor: 'alice', from: recordedAt }]) {
      const { items } = orFail(await store.activities.list(at, filter, { limit: 10 }));
      assertEqual(
        items.map((activity) => activity.id),
        [id],
        JSON.stringify(filter),
      );
    }
    const before = orFail(await store.activities.list(at, { actor: 'alice', to: recordedAt }, { limit: 10 }));
    assertEqual(before.items, [], 'the history until before a moment has what was recorded then');
    const all = orFail(await store.activities.list(at, {}, { limit: 100 })).items;
    const first = orFail(await store.activities.list(at, {}, { limit: 1 }));
    assert.ok(first.next !== undefined, 'the first page has no next one');
    const rest = orFail(await store.activities.list(at, {}, { limit: 100, position: first.next }));
    assertEqual([...first.items, ...rest.items], all);
  },
};

function orFail<Item>(page: Page<Item> | undefined): Page<Item> {
  assert.ok(page !== undefined, 'the list is undefined, although its parent exists');
  return page;
}
