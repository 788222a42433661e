import { randomUUID } from 'node:crypto';
import { isChange } from '../../../lib/admin/operations/operation.js';
import { OPERATIONS } from '../../../lib/admin/operations.js';
import { adminApi, appOf, describeRouter } from './fixtures/admin-api.js';
import { BODIES, createWorld, pathIn, type World } from './fixtures/world.js';

const withoutPorts = ({ text }: { readonly text: string }) => text.replace(/127\.0\.0\.1:\d+/g, '');

describeRouter((on) => {
  let world: World;
  let path: string;
  let headers: Record<string, string>;
  beforeEach(async () => {
    world = await createWorld(on.store);
    path = `${world.E}/resources`;
    headers = { 'Idempotency-Key': randomUUID() };
  });

  const posting = OPERATIONS.filter(isChange)
    .filter(({ method }) => method === 'POST')
    .map(({ id, path }) => [id, path] as const);

  test.each(posting)('%s returns the same response to a repeated request and changes nothing', async (id, template) => {
    const target = pathIn(world, template);
    const body = BODIES[id]?.(world);
    const first = await on.api.post(target, body, headers);
    expect(first.headers).not.toHaveProperty('idempotency-replayed');
    const recorded = (await on.api.get(`${world.E}/activities`)).body.size;
    const again = await on.api.post(target, body, headers);
    expect([again.status, again.headers['idempotency-replayed']]).toEqual([first.status, 'true']);
    const { secret: _, ...shown } = first.body;
    expect(withoutPorts(again)).toBe(withoutPorts({ text: JSON.stringify(shown) }));
    expect(again.headers.etag).toBe(first.headers.etag);
    expect(again.headers.location?.replace(/:\d+/, '')).toBe(first.headers.location?.replace(/:\d+/, ''));
    expect(again.headers['correlation-id']).not.toBe(first.headers['correlation-id']);
    expect((await on.api.get(`${world.E}/activities`)).body.size).toBe(recorded);
  });

  test('replays the creation of a grant although its application is deleted', async () => {
    const target = pathIn(world, '/environments/{environmentId}/resources/{resourceId}/grants');
    const body = BODIES.createGrantOfResource?.(world) as { application: { id: string } };
    const first = await on.api.post(target, body, headers);
    await on.api.delete(`${world.E}/applications/${body.application.id}`);
    const again = await on.api.post(target, body, headers);
    expect([again.status, again.body.id, again.headers['idempotency-replayed']]).toEqual([201, first.body.id, 'true']);
  });

  test('neither returns the secret again nor creates another one', async () => {
    const target = `${world.E}/applications/${world.writer.id}/secret`;
    const first = await on.api.post(target, {}, headers);
    const again = await on.api.post(target, {}, headers);
    expect([again.status, again.body.secret, again.body.createdAt]).toEqual([200, undefined, first.body.createdAt]);
    expect(again.text).not.toContain(first.body.secret);
    const at = { ...world.params, applicationId: world.writer.id };
    expect(await on.store.applications.hasSecret(at, first.body.secret)).toBe(true);
    expect((await on.api.get(target)).body).not.toHaveProperty('previous');
  });

  test('replays the original response although the object has changed', async () => {
    const first = await on.api.post(path, { name: 'letters' }, headers);
    await on.api.put(`${path}/${first.body.id}`, { name: 'mails' });
    const again = await on.api.post(path, { name: 'letters' }, headers);
    expect([again.status, again.body.name, again.headers.etag]).toEqual([
      201,
      'letters',
      expect.stringMatching(/^"1\./),
    ]);
  });

  test('rejects a different body for the same key with 422, but not an equivalent one', async () => {
    await on.api.post(path, { name: 'letters', description: 'x' }, headers);
    const other = await on.api.post(path, { name: 'mails' }, headers);
    expect([other.status, other.body.code]).toEqual([422, 'INVALID_REQUEST']);
    expect((await on.api.get(path)).text).not.toContain('mails');
    const reworded = { description: 'x', type: 'CUSTOM', name: 'letters', unknown: true };
    expect((await on.api.post(path, reworded, headers)).status).toBe(201);
  });

  test('keeps keys separate by caller and path', async () => {
    await on.api.post(path, { name: 'letters' }, headers);
    const other = on.api.as({ client_id: 'another-console' });
    const twice = await other.post(path, { name: 'letters' }, headers);
    expect([twice.status, twice.body.details[0].code]).toEqual([400, 'UNIQUENESS_VIOLATION']);
    const own = await other.post(path, { name: 'mails' }, headers);
    expect([own.status, own.headers['idempotency-replayed']]).toEqual([201, undefined]);
    const subject = await on.api.as({ sub: 'grace' }).post(path, { name: 'parcels' }, headers);
    expect([subject.status, subject.headers['idempotency-replayed']]).toEqual([201, undefined]);
    const elsewhere = await on.api.post(`${path}/${world.bills.id}/scopes`, { name: 'letters' }, headers);
    expect([elsewhere.status, elsewhere.headers['idempotency-replayed']]).toEqual([201, undefined]);
  });

  test('accepts the key again after a refused request', async () => {
    expect((await on.api.post(path, { name: 'reports' }, headers)).status).toBe(400);
    expect((await on.api.post(path, {}, headers)).status).toBe(400);
    const mended = await on.api.post(path, { name: 'letters' }, headers);
    expect([mended.status, mended.headers['idempotency-replayed']]).toEqual([201, undefined]);
  });

  test('neither uses up the key nor replays a response in a dry run', async () => {
    const tried = await on.api.post(`${path}?dryRun=true`, { name: 'letters' }, headers);
    expect([tried.status, tried.body.changes.length]).toEqual([200, 1]);
    const made = await on.api.post(path, { name: 'letters' }, headers);
    expect([made.status, made.headers['idempotency-replayed']]).toEqual([201, undefined]);
  });

  test('creates one object for ten concurrent requests with one key in two processes', async () => {
    const other = await on.database.open();
    const apis = [on.api, adminApi(appOf({ store: other }))];
    const sent = Array.from({ length: 10 }, (_, i) => apis[i % 2]?.post(path, { name: 'letters' }, headers));
    const answers = (await Promise.all(sent)).flatMap((answer) => answer ?? []);
    await other.close();
    expect(new Set(answers.map(({ status, body }) => `${status} ${body.id}`)).size).toBe(1);
    expect(answers.filter((each) => each.headers['idempotency-replayed'] === undefined)).toHaveLength(1);
    expect(answers[0]?.status).toBe(201);
  });

  test.each(['', 'two words', 'x'.repeat(256), 'ü'])('rejects the key %j', async (key) => {
    const { status, body } = await on.api.post(path, { name: 'letters' }, { 'Idempotency-Key': key });
    expect([status, body.code, body.details[0].target]).toEqual([400, 'INVALID_REQUEST', 'Idempotency-Key']);
    expect((await on.api.get(path)).body.count).toBe(4);
  });

  test('ignores a key on PUT and DELETE', async () => {
    const target = `${path}/${world.bills.id}`;
    const first = await on.api.put(target, { name: 'invoices' }, headers);
    const again = await on.api.put(target, { name: 'receipts' }, headers);
    expect([first.status, again.status, again.headers['idempotency-replayed']]).toEqual([200, 200, undefined]);
    expect((await on.api.delete(target, headers)).status).toBe(204);
    expect((await on.api.delete(target, headers)).status).toBe(404);
  });
});
