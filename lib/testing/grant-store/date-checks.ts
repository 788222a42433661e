import assert from 'node:assert/strict';
import { assertEqual, assertRefused, assertUnchanged, type Checks, type Prepared, toGrantCommand } from './prepared.js';

const HOUR_MS = 3_600_000;
/** Moments around now, from the earliest to the latest. */
function getMoments() {
  const [LONG_AGO = '', PAST = '', SOON = '', LATER = ''] = [-2, -1, 1, 2].map((hours) => {
    return new Date(Date.now() + hours * HOUR_MS).toISOString();
  });
  return { LONG_AGO, PAST, SOON, LATER };
}

/** Grants that begin and end, and scopes of a grant that do. */
export const dateChecks: Checks = {
  'keeps the dates of a grant and of its scopes, in UTC': async (p) => {
    const { value } = await p.store.grants.create(
      p.applicationAt,
      {
        resource: { id: p.resource.id },
        scopes: [
          { id: p.a.id, notBefore: '2031-05-01T14:00:00+02:00', expiresAt: '2031-05-01T12:00:00.001Z' },
          { name: 'b' },
        ],
        notBefore: '2031-05-01T00:00:00-00:30',
        expiresAt: '2040-02-29T23:59:59Z',
      },
      p.context,
    );
    const dates = { notBefore: '2031-05-01T12:00:00.000Z', expiresAt: '2031-05-01T12:00:00.001Z' };
    assertEqual(
      value.scopes,
      [
        { id: p.a.id, name: 'a', ...dates },
        { id: p.b.id, name: 'b' },
      ].sort(byId),
    );
    assertEqual([value.notBefore, value.expiresAt], ['2031-05-01T00:30:00.000Z', '2040-02-29T23:59:59.000Z']);
    const grantAt = { ...p.applicationAt, grantId: value.id };
    assertEqual(await p.store.grants.get(grantAt), value);
    assertEqual((await p.store.grants.list(p.applicationAt, { limit: 10 }))?.items, [value]);
    assertEqual((await p.store.grants.listOfResource(p.resourceAt, { limit: 10 }))?.items, [value]);
  },

  'replaces a grant with its dates, and writes nothing where they are the same': async (p) => {
    const { SOON, LATER } = getMoments();
    const command = { ...toGrantCommand(p, 'a'), expiresAt: SOON };
    const { value: grant } = await p.store.grants.create(p.applicationAt, command, p.context);
    const grantAt = { ...p.applicationAt, grantId: grant.id };
    const same = { ...toGrantCommand(p, 'a'), expiresAt: SOON.replace('Z', '+00:00') };
    await assertUnchanged(p, () => p.store.grants.replace(grantAt, same, p.context));
    const prolonged = await p.store.grants.replace(grantAt, { ...command, expiresAt: LATER }, p.context);
    assertEqual([prolonged.value.expiresAt, prolonged.value.version], [LATER, 2]);
    assert.notEqual(prolonged.value.tag, grant.tag, 'a grant that is prolonged keeps its tag');
    const [activity] = prolonged.activities;
    assertEqual([activity?.type, activity?.before, activity?.after], ['GRANT.UPDATED', grant, prolonged.value]);
    const { value: endless } = await p.store.grants.replace(grantAt, toGrantCommand(p, 'a'), p.context);
    assert.ok(!('expiresAt' in endless), 'a date that is not named stays');
    assertEqual(await p.store.grants.get(grantAt), endless);
  },

  'announces a change of dates to the application that it affects': async (p) => {
    const { SOON } = getMoments();
    const { value } = await p.store.grants.create(p.applicationAt, toGrantCommand(p, 'a'), p.context);
    const { position } = await p.store.applicationStatus(p.application.id);
    const command = { ...toGrantCommand(p), scopes: [{ name: 'a', expiresAt: SOON }] };
    await p.store.grants.replace({ ...p.applicationAt, grantId: value.id }, command, p.context);
    const { events } = await p.store.changes.since(position);
    assertEqual(
      events.map(({ affects }) => affects),
      [p.application.id],
    );
  },

  'gives the status of an application with the dates within which each scope counts': async (p) => {
    const { LONG_AGO, PAST, SOON, LATER } = getMoments();
    const scopes = [{ name: 'a', notBefore: LONG_AGO, expiresAt: LATER }, { name: 'b' }];
    const resource = { id: p.resource.id };
    await p.store.grants.create(p.applicationAt, { resource, scopes, notBefore: PAST, expiresAt: SOON }, p.context);
    const { grants } = await p.store.applicationStatus(p.application.id);
    const dates = { notBefore: Date.parse(PAST), expiresAt: Date.parse(SOON) };
    const expected = ['a', 'b'].map((scope) => ({ audience: 'reports', scope, ...dates }));
    assertEqual(
      [...grants].sort((one, other) => (one.scope < other.scope ? -1 : 1)),
      expected,
    );
    await p.store.grants.setAll(p.applicationAt, [{ resource, scopes: [{ name: 'a', expiresAt: SOON }] }], p.context);
    const [own] = (await p.store.applicationStatus(p.application.id)).grants;
    assertEqual(own, { audience: 'reports', scope: 'a', expiresAt: Date.parse(SOON) });
  },

  'finds no holder by a grant, or a scope of one, that has ended or not begun': async (p) => {
    const { LONG_AGO, PAST, SOON, LATER } = getMoments();
    const cases = [
      [{ expiresAt: PAST }, {}, false],
      [{ notBefore: SOON }, {}, false],
      [{}, { expiresAt: PAST }, false],
      [{ notBefore: PAST }, { notBefore: SOON }, false],
      [{ notBefore: PAST, expiresAt: SOON }, { notBefore: LONG_AGO, expiresAt: LATER }, true],
    ] as const;
    for (const [ofGrant, ofScope, isHeld] of cases) {
      const grants = [{ resource: { id: p.resource.id }, scopes: [{ name: 'a', ...ofScope }], ...ofGrant }];
      await p.store.grants.setAll(p.applicationAt, grants, p.context);
      for (const held of [{ scopeId: p.a.id }, { scopeNames: ['a'] }]) {
        const { items } = await p.store.scopes.holders(p.at, held, { limit: 10 });
        const message = JSON.stringify({ ofGrant, ofScope });
        assertEqual(
          items.map(({ by }) => by.map(({ name }) => name)),
          isHeld ? [['a']] : [],
          message,
        );
      }
    }
  },

  'adds scopes with dates, and keeps dates that are not named': async (p) => {
    const { PAST, SOON, LATER } = getMoments();
    const scopes = [{ name: 'a', notBefore: PAST, expiresAt: SOON }];
    const command = { resource: { id: p.resource.id }, scopes, expiresAt: LATER };
    const { value: grant } = await p.store.grants.create(p.applicationAt, command, p.context);
    const grantAt = { ...p.applicationAt, grantId: grant.id };
    await assertUnchanged(p, () => p.store.grants.addScopes(grantAt, [{ name: 'a' }], p.context));
    const added = [
      { name: 'a', expiresAt: LATER },
      { id: p.b.id, expiresAt: SOON },
    ];
    const { value } = await p.store.grants.addScopes(grantAt, added, p.context);
    const a = { id: p.a.id, name: 'a', notBefore: PAST, expiresAt: LATER };
    assertEqual(value.scopes, [a, { id: p.b.id, name: 'b', expiresAt: SOON }].sort(byId));
    await p.store.grants.removeScope(grantAt, p.b.id, p.context);
    const left = await p.store.grants.get(grantAt);
    assertEqual([left?.scopes, left?.expiresAt], [[a], LATER]);
  },

  'refuses dates that are none, or in the wrong order, as invalid_data': async (p) => {
    const { SOON, LATER } = getMoments();
    const wrong = [
      { expiresAt: 'tomorrow' },
      { expiresAt: '2031-05-01' },
      { expiresAt: '2031-02-30T00:00:00Z' },
      { expiresAt: '2031-05-01T24:00:00Z' },
      { notBefore: '2031-05-01T12:00:00' },
      { notBefore: '1969-12-31T23:59:59Z' },
      { notBefore: SOON, expiresAt: SOON },
      { notBefore: LATER, expiresAt: SOON },
    ];
    for (const dates of wrong) await assertDatesRefused(p, dates);
  },
};

async function assertDatesRefused(p: Prepared, dates: { readonly notBefore?: string; readonly expiresAt?: string }) {
  const ofGrant = { ...toGrantCommand(p, 'a'), ...dates };
  const ofScope = { ...toGrantCommand(p, 'b'), scopes: [{ name: 'a', ...dates }] };
  await assertUnchanged(p, async () => {
    for (const command of [ofGrant, ofScope]) {
      await assertRefused(p.store.grants.create(p.applicationAt, command, p.context), 'invalid_data');
    }
  });
}

function byId(one: { readonly id: string }, other: { readonly id: string }): number {
  return one.id < other.id ? -1 : 1;
}
