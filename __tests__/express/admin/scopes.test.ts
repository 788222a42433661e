import { exactScopeModel, type ScopeModelOption } from 'scopegate';
import { adminApi, appOf, describeRouter, gateOf } from './fixtures/admin-api.js';
import { createWorld, type World } from './fixtures/world.js';

describeRouter((on) => {
  let world: World;
  let list: string;
  beforeEach(async () => {
    world = await createWorld(on.store);
    list = `${world.E}/resources/${world.reports.id}/scopes`;
  });

  const names = (list: readonly { readonly name: string }[]) => list.map(({ name }) => name);

  test('creates, reads, replaces and deletes a scope', async () => {
    const { status, body, headers } = await on.api.post(list, { name: 'urn:x:d', description: 'the fourth' });
    expect([status, headers.etag]).toEqual([201, expect.stringMatching(/^"1\./)]);
    const members = ['_links', 'id', 'environment', 'resource', 'name', 'description', 'createdAt', 'updatedAt'];
    expect(Object.keys(body)).toEqual(members);
    expect(Object.keys(body._links)).toEqual(['self', 'environment', 'resource', 'applications']);
    expect(body).toMatchObject({
      environment: { id: world.params.environmentId },
      resource: { id: world.reports.id },
      name: 'urn:x:d',
      description: 'the fourth',
      updatedAt: body.createdAt,
    });
    for (const { href } of Object.values<{ href: string }>(body._links)) {
      expect((await on.api.get(href)).status).toBe(200);
    }
    const replaced = await on.api.put(`${list}/${body.id}`, { name: 'urn:x:e' });
    expect([replaced.status, replaced.headers.etag]).toEqual([200, expect.stringMatching(/^"2\./)]);
    expect(replaced.body).toMatchObject({ id: body.id, name: 'urn:x:e', createdAt: body.createdAt });
    expect(replaced.body).not.toHaveProperty('description');
    expect((await on.api.delete(`${list}/${body.id}`)).status).toBe(204);
    expect((await on.api.get(`${list}/${body.id}`)).status).toBe(404);
  });

  test('lists the scopes of a resource and of the whole environment', async () => {
    const ofResource = await on.api.get(list);
    expect(names(ofResource.body._embedded.scopes)).toEqual(['a', 'b', 'c']);
    expect(ofResource.body).toMatchObject({ count: 3, size: 3 });
    const ofEnvironment = await on.api.get(`${world.E}/scopes`);
    expect(names(ofEnvironment.body._embedded.scopes).slice(8)).toEqual(['a', 'b', 'c', 'x']);
    expect(ofEnvironment.body).toMatchObject({ count: 12, size: 12 });
    expect(Object.keys(ofEnvironment.body)).toEqual(['_links', '_embedded', 'count', 'size']);
  });

  test('requires a scope name to be a scope-token and unique in the resource', async () => {
    for (const name of ['two words', 'quo"te', 'back\\slash', 'Ümlaut', '', 5, null, undefined]) {
      expect([name, (await on.api.post(list, { name })).status]).toEqual([name, 400]);
    }
    const twice = await on.api.post(list, { name: 'a' });
    expect([twice.status, twice.body.details]).toMatchObject([
      400,
      [{ code: 'UNIQUENESS_VIOLATION', target: 'name', innerError: { existingId: world.a.id } }],
    ]);
    const renamed = await on.api.put(`${list}/${world.b.id}`, { name: 'a' });
    expect([renamed.status, renamed.body.details[0].code]).toEqual([400, 'UNIQUENESS_VIOLATION']);
    expect((await on.api.post(`${world.E}/resources/${world.bills.id}/scopes`, { name: 'a' })).status).toBe(201);
  });

  test('finds a scope only under its own resource', async () => {
    expect((await on.api.get(`${list}/${world.x.id}`)).status).toBe(404);
    expect((await on.api.put(`${list}/${world.x.id}`, { name: 'y' })).status).toBe(404);
    expect((await on.api.delete(`${list}/${world.x.id}`)).status).toBe(404);
    expect((await on.api.get(`${list}/${world.x.id}/applications`)).status).toBe(404);
  });

  test('applies the deletion or the new name of a scope to all grants', async () => {
    const grant = `${world.E}/applications/${world.reader.id}/grants/${world.grant.id}`;
    await on.api.put(`${list}/${world.a.id}`, { name: 'z' });
    expect(names((await on.api.get(`${grant}?expand=scopes`)).body.scopes).sort()).toEqual(['b', 'z']);
    await on.api.delete(`${list}/${world.a.id}`);
    expect((await on.api.get(grant)).body.scopes).toEqual([{ id: world.b.id }]);
    await on.api.delete(`${list}/${world.b.id}`);
    expect((await on.api.get(grant)).status).toBe(404);
  });

  describe('applications that hold a scope', () => {
    const READ = 'urn:opc:resource:consumer:paas:analytics::read';

    /** `reader` holds a covering scope of another resource, `writer` the very one. */
    async function hold() {
      const { writer, reader, reports, bills, E } = world;
      const scope = (await on.api.post(list, { name: READ })).body;
      const covering = 'urn:opc:resource:consumer:paas::all';
      const other = 'urn:opc:resource:consumer:paas:stack::all';
      const scopesOfBills = `${E}/resources/${bills.id}/scopes`;
      for (const name of [covering, other]) await on.api.post(scopesOfBills, { name });
      const [direct, wide] = [
        await on.api.post(`${E}/applications/${writer.id}/grants`, { resource: { id: reports.id }, scopes: [READ] }),
        await on.api.post(`${E}/applications/${reader.id}/grants`, {
          resource: { id: bills.id },
          scopes: [covering, other],
        }),
      ];
      return { scope, direct: direct.body, wide: wide.body, covering };
    }

    test('lists the applications that hold the scope directly', async () => {
      const { scope, direct } = await hold();
      for (const query of ['', '?coverage=direct']) {
        const { status, body } = await on.api.get(`${scope._links.applications.href}${query}`);
        expect([status, body.size]).toEqual([200, 1]);
        const [holder] = body._embedded.applications;
        expect(holder).toMatchObject({ id: world.writer.id, name: 'writer' });
        expect(holder.heldBy).toEqual([
          { scope: { id: scope.id, name: READ }, grant: { id: direct.id }, resource: { id: world.reports.id } },
        ]);
      }
    });

    test('lists hierarchically the applications with a covering scope of any resource', async () => {
      const { scope, wide, covering } = await hold();
      const { body } = await on.api.get(`${scope._links.applications.href}?coverage=hierarchical`);
      expect(names(body._embedded.applications)).toEqual(['reader', 'writer']);
      expect(body._embedded.applications[0].heldBy).toMatchObject([
        { scope: { name: covering }, grant: { id: wide.id }, resource: { id: world.bills.id } },
      ]);
      expect(body._embedded.applications[1].heldBy).toMatchObject([{ scope: { name: READ } }]);
      expect(body).not.toHaveProperty('count');
    });

    test('lists hierarchically by the scope model of the gate', async () => {
      const { scope, covering } = await hold();
      const namesBy = async (scopeModel: ScopeModelOption) => {
        const api = adminApi(appOf({ store: on.store, gate: gateOf({ scopeModel }) }));
        const { body } = await api.get(`${scope._links.applications.href}?coverage=hierarchical`);
        return names(body._embedded.applications);
      };

      expect(await namesBy(exactScopeModel())).toEqual(['writer']);
      expect(await namesBy((required) => [required, covering])).toEqual(['reader', 'writer']);
    });

    test('responds with 500 where the scope model of the gate throws, and names it to the application', async () => {
      const { scope } = await hold();
      const errors: unknown[] = [];
      const byTable = (required: string) => {
        if (required === scope.name) throw new Error('No table.');
        return [required];
      };
      const gate = gateOf({ scopeModel: byTable });
      const api = adminApi(appOf({ store: on.store, gate, onError: (error) => errors.push(error) }));
      const lookUp = `${scope._links.applications.href}?coverage=hierarchical`;
      const { status, body } = await api.send('GET', lookUp, { mayFail: true });

      expect([status, body._embedded]).toEqual([500, undefined]);
      const [error] = errors as [Error];
      expect(error.message).toBe(`The scope model byTable threw in coveringScopes for ${scope.name}.`);
    });

    test('returns an empty list without holders, and rejects an unknown coverage', async () => {
      const path = `${list}/${world.c.id}/applications`;
      expect((await on.api.get(path)).body).toMatchObject({ _embedded: { applications: [] }, size: 0 });
      const refused = await on.api.get(`${path}?coverage=all`);
      expect([refused.status, refused.body]).toMatchObject([
        400,
        { code: 'INVALID_REQUEST', details: [{ code: 'INVALID_PARAMETER', target: 'coverage' }] },
      ]);
    });
  });
});
