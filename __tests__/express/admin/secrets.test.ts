import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteStore } from 'scopegate/sqlite';
import { adminApi, appOf, describeRouter } from './fixtures/admin-api.js';
import { createWorld, NOBODY, type World } from './fixtures/world.js';

const HOUR_MS = 3_600_000;
const inAnHour = () => new Date(Date.now() + HOUR_MS).toISOString();

describeRouter((on) => {
  let world: World;
  let path: string;
  let isValid: (secret: string) => Promise<boolean>;
  beforeEach(async () => {
    world = await createWorld(on.store);
    path = `${world.E}/applications/${world.writer.id}`;
    const at = { ...world.params, applicationId: world.writer.id };
    isValid = (secret) => on.store.applications.hasSecret(at, secret);
  });

  describe('secrets with a name', () => {
    test('are shown in the response that creates them, and in no other', async () => {
      const expiresAt = inAnHour();
      const { status, headers, body } = await on.api.post(`${path}/secrets`, { name: 'blue', expiresAt });
      expect(status).toBe(201);
      expect(Object.keys(body)).toEqual([
        ...['_links', 'id', 'environment', 'application', 'name', 'secret', 'createdAt', 'expiresAt'],
      ]);
      expect(body).toMatchObject({ application: { id: world.writer.id }, name: 'blue', expiresAt });
      expect(body.secret).toMatch(/^[\w-]{43}$/);
      expect(headers.location).toBe(body._links.self.href);
      expect(await isValid(body.secret)).toBe(true);

      const { secret, ...rest } = body;
      const read = await on.api.get(body._links.self.href);
      expect(read.body).toEqual({ ...rest, lastUsedAt: expect.stringMatching(/Z$/) });
      const list = await on.api.get(`${path}/secrets`);
      expect(list.body).toMatchObject({ _embedded: { secrets: [read.body] }, count: 1, size: 1 });
      const { text: history } = await on.api.get(`${world.E}/activities`);
      expect(history).toContain('"name":"blue"');
      for (const text of [read.text, list.text, history]) {
        expect(text).not.toContain(secret);
        expect(text).not.toMatch(/hash|encrypted|"secret":"/);
      }
    });

    test('let an application change its secret without a moment at which both sides must', async () => {
      const { body: blue } = await on.api.post(`${path}/secrets`, { name: 'blue' });
      const { body: green } = await on.api.post(`${path}/secrets`, { name: 'green' });
      expect([await isValid(blue.secret), await isValid(green.secret)]).toEqual([true, true]);
      expect((await on.api.delete(blue._links.self.href)).status).toBe(204);
      expect([await isValid(blue.secret), await isValid(green.secret)]).toEqual([false, true]);
      expect((await on.api.get(blue._links.self.href)).status).toBe(404);
      expect((await on.api.delete(blue._links.self.href)).status).toBe(404);
    });

    test('stand beside the one that is rotated, which is in the list without a name', async () => {
      const { body: rotated } = await on.api.post(`${path}/secret`);
      await on.api.post(`${path}/secrets`, { name: 'blue' });
      const { body } = await on.api.get(`${path}/secrets`);
      const [first, second] = body._embedded.secrets;
      expect([first.name, first.createdAt, second.name]).toEqual([undefined, rotated.createdAt, 'blue']);
      expect((await on.api.get(`${path}/secret`)).body).not.toHaveProperty('previous');
      expect((await on.api.delete(first._links.self.href)).status).toBe(204);
      expect(await isValid(rotated.secret)).toBe(false);
      expect((await on.api.get(`${path}/secret`)).status).toBe(404);
    });

    test.each<[object | undefined, string | undefined, string]>([
      [undefined, undefined, 'REQUIRED_VALUE'],
      [{}, 'name', 'REQUIRED_VALUE'],
      [{ name: '' }, 'name', 'EMPTY_VALUE'],
      [{ name: 'x'.repeat(257) }, 'name', 'SIZE_LIMIT_EXCEEDED'],
      [{ name: 'blue', expiresAt: 'tomorrow' }, 'expiresAt', 'INVALID_VALUE'],
      [{ name: 'blue', expiresAt: '2020-01-01T00:00:00Z' }, 'expiresAt', 'OUT_OF_RANGE'],
      [{ name: 'blue', expiresAt: '2030-02-30T00:00:00Z' }, 'expiresAt', 'INVALID_VALUE'],
    ])('are refused with the body %j', async (body, target, code) => {
      const answer = await on.api.post(`${path}/secrets`, body);
      expect([answer.status, answer.body.details]).toMatchObject([400, [{ code }]]);
      expect(answer.body.details[0].target).toBe(target);
      expect((await on.api.get(`${path}/secrets`)).body.count).toBe(0);
    });

    test('are refused where the name is taken, and where there are ten', async () => {
      for (let i = 0; i < 10; i++) {
        expect((await on.api.post(`${path}/secrets`, { name: `${i}` })).status).toBe(201);
      }
      const taken = await on.api.post(`${path}/secrets`, { name: '3' });
      expect([taken.status, taken.body.details]).toMatchObject([
        400,
        [{ code: 'UNIQUENESS_VIOLATION', target: 'name' }],
      ]);
      const more = await on.api.post(`${path}/secrets`, { name: 'more' });
      expect([more.status, more.body.details]).toMatchObject([400, [{ code: 'SIZE_LIMIT_EXCEEDED', target: 'name' }]]);
    });

    test('are made once with one Idempotency-Key, and shown once', async () => {
      const headers = { 'Idempotency-Key': randomBytes(8).toString('hex') };
      const first = await on.api.post(`${path}/secrets`, { name: 'blue' }, headers);
      const again = await on.api.post(`${path}/secrets`, { name: 'blue' }, headers);
      const { secret, ...rest } = first.body;
      expect([again.status, again.body]).toEqual([201, rest]);
      expect(again.text).not.toContain(secret);
      expect((await on.api.get(`${path}/secrets`)).body.count).toBe(1);
    });

    test('of another application, and of nobody, are not found', async () => {
      const { body } = await on.api.post(`${path}/secrets`, { name: 'blue' });
      for (const [application, id] of [
        [world.reader.id, body.id],
        [world.writer.id, NOBODY],
        [NOBODY, body.id],
      ]) {
        const target = `${world.E}/applications/${application}/secrets/${id}`;
        expect((await on.api.get(target)).status).toBe(404);
        expect((await on.api.delete(target)).status).toBe(404);
      }
      expect(await isValid(body.secret)).toBe(true);
    });

    test('cannot be added or deleted by the application itself', async () => {
      const { body } = await on.api.post(`${path}/secrets`, { name: 'blue' });
      const itself = on.api.as({ client_id: world.writer.id });
      expect((await itself.post(`${path}/secrets`, { name: 'green' })).status).toBe(403);
      expect((await itself.delete(body._links.self.href)).status).toBe(403);
      expect((await itself.delete(`${path}/secret`)).status).toBe(403);
      expect((await itself.get(body._links.self.href)).status).toBe(200);
      expect(await isValid(body.secret)).toBe(true);
    });
  });

  describe('the previous secret', () => {
    test('shows when it was used last', async () => {
      const { body: first } = await on.api.post(`${path}/secret`);
      const { body: second } = await on.api.post(`${path}/secret`);
      expect(second.previous).not.toHaveProperty('lastUsed');
      await isValid(first.secret);
      const { body } = await on.api.get(`${path}/secret`);
      expect(Object.keys(body.previous)).toEqual(['createdAt', 'expiresAt', 'lastUsed']);
      expect(Date.parse(body.previous.lastUsed)).toBeGreaterThanOrEqual(Date.parse(second.createdAt));
    });

    test('ends on request, and the current one stays', async () => {
      const { body: first } = await on.api.post(`${path}/secret`);
      expect((await on.api.delete(`${path}/secret`)).status).toBe(404);
      const { body: second } = await on.api.post(`${path}/secret`);
      expect((await on.api.delete(`${path}/secret`)).status).toBe(204);
      expect([await isValid(first.secret), await isValid(second.secret)]).toEqual([false, true]);
      expect((await on.api.get(`${path}/secret`)).body).not.toHaveProperty('previous');
      expect((await on.api.delete(`${path}/secret`)).status).toBe(404);
    });
  });
});

describe('on a store that shows secrets', () => {
  async function prepare() {
    const store = await openSqliteStore({ file: ':memory:', showSecrets: { key: randomBytes(32) } });
    const { E, writer } = await createWorld(store);
    return { store, api: adminApi(appOf({ store })), writer, path: `${E}/applications/${writer.id}`, E };
  }

  test("the response has what PingOne's clients read: the secret, and the previous one", async () => {
    const { store, api, path, E, writer } = await prepare();
    const { body: first } = await api.post(`${path}/secret`, {});
    expect((await api.get(`${path}/secret`)).body.secret).toBe(first.secret);
    const { body: second } = await api.post(`${path}/secret`, { previous: { expiresAt: inAnHour() } });
    await store.applications.hasSecret(
      { environmentId: E.split('/')[2] as string, applicationId: writer.id },
      first.secret,
    );
    expect((await api.get(`${path}/secret`)).body).toMatchObject({
      environment: { id: E.split('/')[2] },
      secret: second.secret,
      previous: { secret: first.secret, expiresAt: expect.any(String), lastUsed: expect.any(String) },
    });
    await store.close();
  });

  test('a named secret can be read again, and is in no list and no history', async () => {
    const { store, api, path, E } = await prepare();
    const { body } = await api.post(`${path}/secrets`, { name: 'blue' });
    expect((await api.get(`${path}/secrets/${body.id}`)).body).toEqual(body);
    for (const target of [`${path}/secrets`, path, `${E}/applications`, `${E}/activities`]) {
      const { status, text } = await api.get(target);
      expect([status, text.includes(body.secret)]).toEqual([200, false]);
    }
    await store.close();
  });

  test('an application cannot read its own secrets', async () => {
    const { store, api, path, writer } = await prepare();
    await api.post(`${path}/secret`);
    const { body } = await api.post(`${path}/secrets`, { name: 'blue' });
    for (const client_id of [writer.id, writer.id.toUpperCase()]) {
      const itself = api.as({ client_id });
      for (const target of [`${path}/secret`, `${path}/secrets/${body.id}`]) {
        const answer = await itself.get(target);
        expect([answer.status, answer.body.details]).toMatchObject([403, [{ code: 'INSUFFICIENT_PERMISSIONS' }]]);
        expect(answer.text).not.toContain(body.secret);
      }
      expect((await itself.get(`${path}/secrets`)).status).toBe(200);
    }
    await store.close();
  });

  test('an application cannot read its previous secret, where the current one is not kept', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'scopegate-secrets-'));
    const file = join(directory, 'grants.db');
    const showSecrets = { key: randomBytes(32) };
    try {
      let store = await openSqliteStore({ file, showSecrets });
      const { E, writer } = await createWorld(store);
      const path = `${E}/applications/${writer.id}/secret`;
      const { body } = await adminApi(appOf({ store })).post(path);
      await store.close();
      store = await openSqliteStore({ file });
      await adminApi(appOf({ store })).post(path);
      await store.close();

      store = await openSqliteStore({ file, showSecrets });
      const api = adminApi(appOf({ store }));
      const read = await api.get(path);
      expect([read.body.secret, read.body.previous.secret]).toEqual([undefined, body.secret]);
      const { status, text } = await api.as({ client_id: writer.id }).get(path);
      expect([status, text.includes(body.secret)]).toEqual([403, false]);
      await store.close();
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });

  test('a caller whose client is not known cannot read secrets', async () => {
    const { store, api, path } = await prepare();
    const nobody = adminApi(appOf({ store, clientOf: () => undefined }));
    expect((await nobody.get(`${path}/secrets`)).status).toBe(200);
    await api.post(`${path}/secret`);
    const { body } = await api.post(`${path}/secrets`, { name: 'blue' });
    for (const target of [`${path}/secret`, `${path}/secrets/${body.id}`]) {
      expect((await nobody.get(target)).status).toBe(403);
    }
    await store.close();
  });
});
