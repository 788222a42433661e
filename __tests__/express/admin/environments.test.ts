import { randomUUID } from 'node:crypto';
import { describeRouter } from './fixtures/admin-api.js';
import { NOBODY } from './fixtures/world.js';

describeRouter((on) => {
  const name = () => `environment ${randomUUID()}`;

  test('creates, reads, replaces and deletes an environment', async () => {
    const sent = { name: name(), description: 'where we try things' };
    const created = await on.api.post('/environments', sent);
    expect(created.status).toBe(201);
    const { body } = created;
    expect(Object.keys(body)).toEqual(['_links', 'id', 'name', 'description', 'type', 'createdAt', 'updatedAt']);
    expect(Object.keys(body._links)).toEqual(['self', 'applications', 'resources', 'scopes', 'activities']);
    expect(body).toMatchObject({ ...sent, type: 'SANDBOX', updatedAt: body.createdAt });
    expect(body._links.self.href).toMatch(new RegExp(`^http://127\\.0\\.0\\.1:\\d+/v1/environments/${body.id}$`));
    expect(created.headers).toMatchObject({ etag: expect.stringMatching(/^"1\./), location: body._links.self.href });

    const read = await on.api.get(`/environments/${body.id}`);
    expect([read.status, read.headers.etag]).toEqual([200, expect.stringMatching(/^"1\./)]);
    expect(read.body).toEqual({ ...body, _links: expect.anything() });

    const replaced = await on.api.put(`/environments/${body.id}`, { name: sent.name, type: 'PRODUCTION' });
    expect([replaced.status, replaced.headers.etag]).toEqual([200, expect.stringMatching(/^"2\./)]);
    expect(replaced.body).toMatchObject({ id: body.id, type: 'PRODUCTION', createdAt: body.createdAt });
    expect(replaced.body).not.toHaveProperty('description');

    const deleted = await on.api.delete(`/environments/${body.id}`);
    expect([deleted.status, deleted.headers.etag]).toEqual([204, undefined]);
    expect((await on.api.get(`/environments/${body.id}`)).status).toBe(404);
    expect((await on.api.delete(`/environments/${body.id}`)).status).toBe(404);
  });

  test('every link of an environment leads to the object that it names', async () => {
    const { body } = await on.api.post('/environments', { name: name() });
    for (const [relation, { href }] of Object.entries<{ href: string }>(body._links)) {
      const answer = await on.api.get(href);
      expect([relation, answer.status]).toEqual([relation, 200]);
      const list = relation === 'self' ? undefined : [relation];
      expect(answer.body._embedded && Object.keys(answer.body._embedded)).toEqual(list);
    }
  });

  test('creates an environment with the two built-in resources and their scopes', async () => {
    const { body } = await on.api.post('/environments', { name: name() });
    const resources = await on.api.get(`${body._links.resources.href}?expand=scopes`);
    expect(resources.body.count).toBe(2);
    expect(resources.body._embedded.resources).toMatchObject([
      { name: 'openid', type: 'OPENID_CONNECT', audience: 'openid' },
      { name: 'PingOne API', type: 'PINGONE_API', audience: 'https://api.pingone.com' },
    ]);
    const scopes = await on.api.get(body._links.scopes.href);
    expect(scopes.body._embedded.scopes.map((scope: { name: string }) => scope.name)).toEqual(
      'openid profile email address phone offline_access p1:read:self:user p1:update:self:user'.split(' '),
    );
    expect(scopes.body).toMatchObject({ count: 8, size: 8 });
  });

  test('refuses to change or delete built-in resources, but adds scopes to them', async () => {
    const { body } = await on.api.post('/environments', { name: name() });
    const resources = await on.api.get(body._links.resources.href);
    for (const { _links, ...resource } of resources.body._embedded.resources) {
      const replaced = await on.api.put(_links.self.href, { name: 'mine now' });
      const deleted = await on.api.delete(_links.self.href);
      for (const { status, body: problem } of [replaced, deleted]) {
        expect([resource.name, status]).toEqual([resource.name, 400]);
        expect(problem).toMatchObject({ code: 'INVALID_DATA', details: [{ code: 'CONSTRAINT_VIOLATION' }] });
      }
      expect((await on.api.post(`${_links.scopes.href}`, { name: 'p1:read:self:user:mine' })).status).toBe(201);
    }
  });

  test('rejects an environment name that is already in use', async () => {
    const taken = (await on.api.post('/environments', { name: name() })).body;
    const other = (await on.api.post('/environments', { name: name() })).body;
    const twice = await on.api.post('/environments', { name: taken.name });
    expect(twice.status).toBe(400);
    expect(twice.body).toMatchObject({
      code: 'INVALID_DATA',
      details: [{ code: 'UNIQUENESS_VIOLATION', target: 'name', innerError: { existingId: taken.id } }],
    });
    const renamed = await on.api.put(`/environments/${other.id}`, { name: taken.name });
    expect([renamed.status, renamed.body.details[0].code]).toEqual([400, 'UNIQUENESS_VIOLATION']);
    expect((await on.api.get(`/environments/${other.id}`)).body.name).toBe(other.name);
  });

  test('responds with 404 for an unknown environment to every method', async () => {
    expect((await on.api.get(`/environments/${NOBODY}`)).status).toBe(404);
    expect((await on.api.put(`/environments/${NOBODY}`, { name: name() })).status).toBe(404);
    expect((await on.api.delete(`/environments/${NOBODY}`)).status).toBe(404);
    expect((await on.api.post(`/environments/${NOBODY}/resources`, { name: 'reports' })).status).toBe(404);
  });

  test('deletes everything in an environment together with it', async () => {
    const { body } = await on.api.post('/environments', { name: name() });
    const resource = (await on.api.post(body._links.resources.href, { name: 'reports' })).body;
    expect((await on.api.delete(body._links.self.href)).status).toBe(204);
    for (const { href } of [resource._links.self, resource._links.scopes, body._links.activities]) {
      expect((await on.api.get(href)).status).toBe(404);
    }
    expect((await on.api.post('/environments', { name: body.name })).status).toBe(201);
  });
});
