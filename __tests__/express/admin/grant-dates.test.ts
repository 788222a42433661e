import { describeRouter } from './fixtures/admin-api.js';
import { createWorld, type World } from './fixtures/world.js';

const HOUR = 3_600_000;
const text = (milliseconds: number) => new Date(Date.now() + milliseconds).toISOString();

/** Grants, and scopes of grants, that begin and end: members that PingOne does not have. */
describeRouter((on) => {
  let world: World;
  let list: string;
  let single: string;
  let plain: { resource: { id: string }; scopes: { id: string }[] };
  beforeEach(async () => {
    world = await createWorld(on.store);
    list = `${world.E}/applications/${world.reader.id}/grants`;
    single = `${list}/${world.grant.id}`;
    plain = { resource: { id: world.reports.id }, scopes: [{ id: world.a.id }, { id: world.b.id }] };
  });

  const patch = (body: unknown) => on.api.send('PATCH', single, { body });
  const latest = async () => (await on.api.get(`${world.E}/activities?limit=1`)).body._embedded.activities[0];
  const holders = async (id: string) => {
    const path = `${world.E}/resources/${world.reports.id}/scopes/${id}/applications`;
    return (await on.api.get(path)).body._embedded.applications.map((each: { id: string }) => each.id);
  };

  test('a grant without dates shows none', async () => {
    const { body } = await on.api.get(single);
    expect(Object.keys(body)).toEqual([
      ...['_links', 'id', 'environment', 'resource', 'application', 'scopes', 'createdAt', 'updatedAt'],
    ]);
    expect(body.scopes).toEqual(plain.scopes);
  });

  test.each(['applications', 'resources'])(
    'a grant is created with dates through %s, which all reads show',
    async (by) => {
      const { E, bills, writer, x } = world;
      const scope = { id: x.id, expiresAt: '2031-05-01T14:00:00+02:00' };
      const sent = { notBefore: '2030-01-01T00:00:00Z', expiresAt: '2032-01-01T00:00:00.5Z', scopes: [scope] };
      const created =
        by === 'applications'
          ? await on.api.post(`${E}/applications/${writer.id}/grants`, { ...sent, resource: { id: bills.id } })
          : await on.api.post(`${E}/resources/${bills.id}/grants`, { ...sent, application: { id: writer.id } });
      const shown = {
        notBefore: '2030-01-01T00:00:00.000Z',
        expiresAt: '2032-01-01T00:00:00.500Z',
        scopes: [{ id: x.id, expiresAt: '2031-05-01T12:00:00.000Z' }],
      };
      expect([created.status, created.body]).toMatchObject([201, shown]);
      expect((await on.api.get(created.body._links.self.href)).body).toEqual(created.body);
      for (const path of [`applications/${writer.id}`, `resources/${bills.id}`]) {
        expect((await on.api.get(`${E}/${path}/grants`)).body._embedded.grants).toEqual([created.body]);
      }
      const named = await on.api.get(`${E}/applications/${writer.id}/grants?expand=scopes`);
      expect(named.body._embedded.grants[0].scopes).toEqual([{ ...shown.scopes[0], name: 'x' }]);
    },
  );

  test("a PUT with PingOne's members keeps the dates, and one that names dates changes those", async () => {
    const [a] = plain.scopes;
    const dated = {
      ...plain,
      notBefore: text(-HOUR),
      expiresAt: text(HOUR),
      scopes: [{ ...a, expiresAt: text(HOUR) }],
    };
    const first = await on.api.put(single, dated);
    expect(first.body).toMatchObject(dated);
    const same = await on.api.put(single, { ...plain, scopes: ['a'] });
    expect([same.status, same.headers.etag, same.body]).toEqual([200, first.headers.etag, first.body]);
    const echoed = await on.api.put(single, first.body);
    expect([echoed.status, echoed.headers.etag]).toEqual([200, first.headers.etag]);
    const more = await on.api.put(single, { ...plain, expiresAt: text(2 * HOUR) });
    expect(more.body).toMatchObject({ notBefore: dated.notBefore, scopes: [dated.scopes[0], { id: world.b.id }] });
    expect(Date.parse(more.body.expiresAt)).toBeGreaterThan(Date.parse(dated.expiresAt));
    expect((await on.api.put(single, { ...plain, expiresAt: null })).body.expiresAt).toBe(more.body.expiresAt);
  });

  test('a PATCH prolongs a grant and ends it now, and null takes a date away', async () => {
    const before = (await patch({ expiresAt: text(HOUR) })).body;
    const longer = text(2 * HOUR);
    const prolonged = await patch({ expiresAt: longer });
    expect([prolonged.status, prolonged.body.expiresAt, prolonged.body.scopes]).toEqual([200, longer, plain.scopes]);
    expect(await latest()).toMatchObject({
      action: { type: 'GRANT.UPDATED' },
      before: { expiresAt: before.expiresAt },
      after: { expiresAt: longer },
    });
    expect(await holders(world.a.id)).toEqual([world.reader.id]);
    expect((await patch({ expiresAt: text(0) })).status).toBe(200);
    expect(await holders(world.a.id)).toEqual([]);
    expect((await on.api.get(list)).body).toMatchObject({ count: 1 });
    const { body } = await patch({ expiresAt: null });
    expect(body).not.toHaveProperty('expiresAt');
    expect(await holders(world.a.id)).toEqual([world.reader.id]);
  });

  test('a PATCH with a list of scopes replaces the list, with their dates', async () => {
    const ends = text(HOUR);
    await patch({ scopes: [{ id: world.a.id, expiresAt: ends }, 'b'] });
    expect((await patch({ notBefore: text(-HOUR) })).body.scopes[0]).toEqual({ id: world.a.id, expiresAt: ends });
    expect((await patch({ scopes: ['a'] })).body.scopes).toEqual([{ id: world.a.id }]);
  });

  test('PUT of all grants gives each the dates that it names, and no others', async () => {
    await patch({ expiresAt: text(HOUR), scopes: [{ id: world.a.id, expiresAt: text(HOUR) }] });
    const scope = { id: world.b.id, notBefore: text(HOUR) };
    const { body } = await on.api.put(list, { grants: [{ ...plain, scopes: ['a', scope] }] });
    expect(body._embedded.grants[0].scopes).toEqual([{ id: world.a.id }, scope]);
    expect(body._embedded.grants[0]).not.toHaveProperty('expiresAt');
  });

  test('POST of scopes adds them with their dates, and gives one that is there the dates that are named', async () => {
    const [ends, later] = [text(HOUR), text(2 * HOUR)];
    await on.api.post(`${single}/scopes`, { scopes: [{ id: world.c.id, expiresAt: ends }] });
    const { body } = await on.api.post(`${single}/scopes`, { scopes: ['c', { name: 'a', expiresAt: later }] });
    expect(body.scopes).toEqual([
      { id: world.a.id, expiresAt: later },
      { id: world.b.id },
      { id: world.c.id, expiresAt: ends },
    ]);
  });

  test('wrong dates are refused with their places, and change nothing', async () => {
    const { body: before } = await on.api.get(single);
    const [early, late] = ['2031-05-01T12:00:00Z', '2031-05-01T12:00:00.001Z'];
    const wrong: [object, string][] = [
      [{ expiresAt: 'tomorrow' }, 'expiresAt'],
      [{ notBefore: 7 }, 'notBefore'],
      [{ notBefore: late, expiresAt: early }, 'expiresAt'],
      [{ notBefore: early, expiresAt: early }, 'expiresAt'],
      [{ scopes: ['a', { name: 'b', expiresAt: '2031-05-01' }] }, 'scopes[1].expiresAt'],
      [{ scopes: ['a', { id: world.b.id, notBefore: late, expiresAt: early }] }, 'scopes[1].expiresAt'],
      [
        {
          scopes: [
            { name: 'a', expiresAt: early },
            { id: world.a.id, expiresAt: late },
          ],
        },
        'scopes[1]',
      ],
    ];
    for (const [dates, target] of wrong) {
      for (const answer of [await on.api.put(single, { ...plain, ...dates }), await patch(dates)]) {
        const { status, body } = answer;
        expect([status, body.code, body.details]).toMatchObject([
          400,
          'INVALID_DATA',
          [{ code: 'INVALID_VALUE', target }],
        ]);
      }
    }
    await patch({ notBefore: early });
    expect((await on.api.put(single, { ...plain, expiresAt: early })).status).toBe(400);
    await patch({ notBefore: null });
    expect({ ...(await on.api.get(single)).body, updatedAt: before.updatedAt }).toEqual(before);
  });

  test('an application cannot prolong its own grant', async () => {
    const itself = on.api.as({ client_id: world.reader.id });
    expect((await itself.send('PATCH', single, { body: { expiresAt: text(HOUR) } })).status).toBe(403);
    expect((await itself.put(single, { ...plain, expiresAt: text(HOUR) })).status).toBe(403);
    const scopes = [{ id: world.a.id, expiresAt: text(HOUR) }];
    expect((await itself.post(`${single}/scopes`, { scopes })).status).toBe(403);
  });
});
