import assert from 'node:assert/strict';
import type { UsageCount } from '../../grants/usage.js';
import { assertEqual, type Checks, NO_ID, type Prepared } from './prepared.js';

const HOUR_MS = 3_600_000;
/** The beginning of an hour. */
const AT = Date.parse('2031-05-01T12:00:00.000Z');

/** Counts of permitted calls. */
export const usageChecks: Checks = {
  'adds the calls of one kind, and keeps kinds apart': async (prepared) => {
    const { store, applicationAt } = prepared;
    const one = toCount(prepared, { route: 'GET /a' });
    await store.usage.add([one, { ...one, calls: 4 }, toCount(prepared, { route: 'GET /b' })]);
    await store.usage.add([{ ...one, calls: 20, time: AT + HOUR_MS - 1 }]);
    await store.usage.add([{ ...one, calls: 300, time: AT + HOUR_MS }]);
    const { recordedSince, totals } = (await store.usage.ofApplication(applicationAt, AT)) ?? { totals: [] };
    assert.equal(recordedSince, AT);
    assertEqual(
      totals.map(({ route, calls, lastHour }) => ({ route, calls, lastHour })),
      [
        { route: 'GET /a', calls: 325, lastHour: AT + HOUR_MS },
        { route: 'GET /b', calls: 1, lastHour: AT },
      ],
    );
  },

  'returns what was counted, with requirements and audiences as they were': async (prepared) => {
    const { store, applicationAt } = prepared;
    const kinds = [
      { route: 'GET /a', covered: ['a'], required: 'a', audience: ['https://one.example'] },
      { route: 'GET /b', covered: ['b'], required: { anyOf: ['a', { allOf: ['b', 'c'] }] }, audience: ['one', 'two'] },
      { route: 'GET /c', covered: [], audience: [] },
    ];
    await store.usage.add(kinds.map((kind) => ({ ...toCount(prepared), required: undefined, ...kind })));
    const found = await store.usage.ofApplication(applicationAt, AT);
    assertEqual(
      found?.totals.map(({ calls: _, lastHour: _last, applicationId: _id, ...kind }) => kind),
      kinds,
    );
  },

  'finds the calls that needed a scope, of every application of the environment': async (prepared) => {
    const { store, at, context, resourceAt, a, b } = prepared;
    const { value: other } = await store.applications.create(at, { name: 'writer' }, context);
    const both = { covered: ['a', 'b'], required: { allOf: ['a', 'b'] } };
    await store.usage.add([toCount(prepared), toCount(prepared, { ...both, applicationId: other.id, calls: 7 })]);
    const callers = async (scopeId: string) => {
      const found = await store.usage.ofScope({ ...resourceAt, scopeId }, AT);
      return found?.totals.map(({ applicationId, calls }) => [applicationId, calls]);
    };
    assertEqual(await callers(a.id), [
      [other.id, 7],
      [prepared.application.id, 1],
    ]);
    assertEqual(await callers(b.id), [[other.id, 7]]);
    assert.equal(await callers(NO_ID), undefined, 'a scope that does not exist has usage');
  },

  'leaves out calls before the period, and applications that do not exist': async (prepared) => {
    const { store, applicationAt, at } = prepared;
    await store.usage.add([toCount(prepared), toCount(prepared, { applicationId: NO_ID })]);
    assertEqual((await store.usage.ofApplication(applicationAt, AT + HOUR_MS))?.totals, []);
    assert.equal((await store.usage.ofApplication(applicationAt, AT + HOUR_MS - 1))?.totals.length, 1);
    assert.equal(await store.usage.ofApplication({ ...at, applicationId: NO_ID }, AT), undefined);
    const elsewhere = { ...applicationAt, environmentId: NO_ID };
    assert.equal(await store.usage.ofApplication(elsewhere, AT), undefined, 'an environment sees the usage of another');
  },

  'deletes the counts of past hours only': async (prepared) => {
    const { store, applicationAt } = prepared;
    const early = Date.parse('2001-01-01T00:00:00.000Z'); // other checks count later ones
    await store.usage.add([0, 1, 2].map((hours) => toCount(prepared, { time: early + hours * HOUR_MS })));
    while (await store.usage.deleteBefore(early + 2 * HOUR_MS));
    const found = await store.usage.ofApplication(applicationAt, 0);
    assertEqual(
      found?.totals.map(({ calls, lastHour }) => [calls, lastHour]),
      [[1, early + 2 * HOUR_MS]],
    );
    assert.equal(found?.recordedSince, early + 2 * HOUR_MS, 'counts that were deleted count as recorded');
  },

  'is no change: counts are in no history': async (prepared) => {
    const { store, at } = prepared;
    const before = await store.activities.list(at, {}, { limit: 100 });
    await store.usage.add([toCount(prepared)]);
    assertEqual(await store.activities.list(at, {}, { limit: 100 }), before);
  },

  'shows the status of an application within a transaction, as of its changes': async (prepared) => {
    const { store, application, applicationAt, context, resource } = prepared;
    const seen: unknown[] = [];
    await store.transaction({ ...context, dryRun: true }, async (tx) => {
      seen.push((await tx.applicationStatus(application.id)).grants.length);
      await tx.grants.create(applicationAt, { resource: { id: resource.id }, scopes: [{ name: 'a' }] });
      seen.push((await tx.applicationStatus(application.id)).grants.map(({ scope }) => scope));
    });
    assertEqual(seen, [0, ['a']]);
  },
};

function toCount({ application, resource }: Prepared, other: Partial<UsageCount> = {}): UsageCount {
  return {
    applicationId: application.id,
    time: AT,
    audience: [resource.audience],
    route: 'GET /a',
    required: 'a',
    covered: ['a'],
    calls: 1,
    ...other,
  };
}
