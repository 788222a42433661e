import { randomUUID } from 'node:crypto';
import { ALL_ENVIRONMENTS } from 'scopegate/admin';
import { PERMISSIONS } from '../../../lib/admin/permissions.js';
import { issuer } from '../../http/fixtures/domain.js';
import { context } from '../../support/stores.js';
import { adminApi, appOf, describeRouter } from './fixtures/admin-api.js';
import { createWorld, NOBODY, type World } from './fixtures/world.js';

describeRouter((on) => {
  let world: World;
  beforeEach(async () => {
    world = await createWorld(on.store);
  });

  const ask = (body: object) => on.api.post(`${world.E}/explain`, body);
  const ofReader = (required: unknown, more: object = {}) =>
    ask({ application: { id: world.reader.id }, required, ...more });
  const tokenOf = (claims: object) =>
    issuer.token({ client_id: world.reader.id, aud: world.reports.audience, ...claims });

  test('an application that is granted a scope is permitted, and the response says what covers what', async () => {
    const { status, body } = await ofReader({ allOf: ['a', 'b'] }, { audience: world.reports.audience });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      ...{ outcome: 'permit', reason: 'covered', verified: false, application: { id: world.reader.id } },
      ...{ required: { allOf: ['a', 'b'] }, held: ['a', 'b'], granted: ['a', 'b'], scopeModel: 'ociScopeModel()' },
      coverage: [
        { required: 'a', by: 'a' },
        { required: 'b', by: 'b' },
      ],
    });
    expect(Object.keys(body)).not.toEqual(expect.arrayContaining(['remedy', 'since', 'missingGrant']));
  });

  test('a scope that was never granted is missing, with the grant that would help and no date', async () => {
    const { body } = await ofReader('c', { audience: world.reports.audience });
    expect(body).toMatchObject({
      ...{ outcome: 'deny', reason: 'insufficient_scope', missing: ['c'], withdrawn: [] },
      missingGrant: { audience: world.reports.audience, scopes: ['c'], requested: ['c'] },
      remedy: { actor: 'administrator' },
    });
    expect(body.since).toBeUndefined();
  });

  test('a withdrawn scope is explained by its change, which the caller can read', async () => {
    await on.api.delete(`${world.E}/applications/${world.reader.id}/grants/${world.grant.id}/scopes/${world.b.id}`);
    const { body } = await ofReader('b');
    expect(body.withdrawn).toMatchObject([
      { scope: 'b', by: 'b', cause: 'GRANT.UPDATED', target: { id: world.grant.id } },
    ]);
    const activity = await on.api.get(`${world.E}/activities/${body.withdrawn[0].activity.id}`);
    expect(activity.body).toMatchObject({ recordedAt: body.since, actors: body.withdrawn[0].actors });
  });

  test('a deleted application is explained in its own environment', async () => {
    const { activities } = await on.store.applications.delete(world.params, context);
    const { body } = await ofReader('a');
    expect(body).toMatchObject({ reason: 'application_revoked', since: activities.at(-1)?.recordedAt });
    expect(body.steps[2].detail).toBe('The application was deleted.');
  });

  test('a token is read without being verified, and is in no response, activity or error', async () => {
    const token = tokenOf({ scope: 'a c' });
    const forged = `${token.slice(0, token.lastIndexOf('.'))}.c2lnbmF0dXJl`;
    for (const each of [token, forged]) {
      const { body, text } = await ask({ token: each, required: 'c' });
      expect(body).toMatchObject({ outcome: 'deny', verified: false, held: ['a', 'c'], granted: ['a', 'b'] });
      expect(text).not.toContain(each.split('.')[1]);
    }
    const wrong = await ask({ token: `${token}.more`, required: 'c' });
    expect([wrong.status, wrong.body.details]).toMatchObject([400, [{ target: 'token' }]]);
    expect(wrong.text).not.toContain(token.slice(0, 20));
    const { text } = await on.api.get(`${world.E}/activities`);
    expect(text).not.toContain(token.split('.')[1]);
  });

  test('a client id in the form of an OCI IAM domain means the same application', async () => {
    const client_id = world.reader.id.replaceAll('-', '');
    expect((await ask({ token: tokenOf({ client_id, scope: 'a' }), required: 'a' })).body.outcome).toBe('permit');
  });

  test('a self scope is compared like any other, since the record is not known', async () => {
    const { body } = await ofReader('p1:read:user', { scopes: ['p1:read:user'] });
    expect(body).toMatchObject({ outcome: 'deny', missing: ['p1:read:user'] });
  });

  test('nothing is recorded, whatever is asked', async () => {
    const before = (await on.api.get(`${world.E}/activities`)).text;
    await ofReader('c');
    await on.api.post(
      `${world.E}/explain`,
      { application: { id: world.reader.id }, required: 'c' },
      { 'Idempotency-Key': randomUUID() },
    );
    expect((await on.api.get(`${world.E}/activities`)).text).toBe(before);
  });

  test('an application of another environment is refused as one that does not exist', async () => {
    const other = await createWorld(on.store);
    const answers = [
      await ask({ application: { id: other.reader.id }, required: 'a' }),
      await ask({ application: { id: NOBODY }, required: 'a' }),
      await ask({ token: tokenOf({ client_id: other.reader.id }), required: 'a' }),
      await ask({ token: tokenOf({ client_id: 'nobody' }), required: 'a' }),
    ];
    await on.store.applications.delete(other.params, context);
    answers.push(await ask({ application: { id: other.reader.id }, required: 'a' }));
    expect(answers.map(({ status }) => status)).toEqual([400, 400, 400, 400, 400]);
    const said = answers.map(({ body }) => JSON.stringify({ ...body, id: '' }));
    expect([said[0], said[2]]).toEqual([said[1], said[3]]);
    expect(said[4]).toBe(said[0]);
  });

  test('the operation needs each of its permissions, so that it shows nothing that the caller may not read', async () => {
    const permissions = Object.fromEntries(PERMISSIONS.map((name) => [name, name]));
    const app = appOf({ store: on.store, permissions, environmentOf: () => ALL_ENVIRONMENTS });
    const needed = [
      'applications:read:explanation',
      'applications:read:application',
      'applications:read:grant',
      'audit:read:activity',
    ];
    const body = { application: { id: world.reader.id }, required: 'a' };
    const statusFor = async (scopes: readonly string[]) =>
      (await adminApi(app, { scope: scopes.join(' ') }).post(`${world.E}/explain`, body)).status;
    expect(await statusFor(needed)).toBe(200);
    for (const left of needed) expect(await statusFor(PERMISSIONS.filter((name) => name !== left))).toBe(403);
  });

  test('hostile bodies are refused, and change nothing', async () => {
    const before = (await on.api.get(`${world.E}/activities`)).text;
    const nested = (depth: number): object => (depth === 0 ? { allOf: ['a'] } : { anyOf: [nested(depth - 1)] });
    const application = { id: world.reader.id };
    const bodies: unknown[] = [
      ...[[], 'text', '{', '{"required":"a","required":"b"}', { application: [], required: 'a' }],
      ...[nested(3), nested(200), [], 7, 'a\0', { allOf: 'a' }, { allOf: ['a'], anyOf: 7 }, { __proto__: ['a'] }].map(
        (required) => ({ application, required }),
      ),
      { application, required: { allOf: Array(101).fill('a') } },
      { application, required: 'a', scopes: Array(1001).fill('a') },
      { application, required: 'a', audience: '\u202e' },
      { token: 'x'.repeat(140_000), required: 'a' },
    ];
    const send = (body: unknown) =>
      on.api.send('POST', `${world.E}/explain`, { body, headers: { 'Content-Type': 'application/json' } });
    for (const body of bodies) expect([JSON.stringify(body)?.slice(0, 60), (await send(body)).status]).toContain(400);
    expect((await send({ token: 'x'.repeat(300_000), required: 'a' })).status).toBe(413);
    expect((await on.api.get(`${world.E}/activities`)).text).toBe(before);
  });

  test.each<[what: string, body: object, target: string]>([
    ['neither application nor token', { required: 'a' }, 'application'],
    ['both', { application: { id: NOBODY }, token: 'a.b.c', required: 'a' }, 'application'],
    ['no requirement', { application: { id: NOBODY } }, 'required'],
    ['a requirement with a space', { application: { id: NOBODY }, required: 'a b' }, 'required'],
    ['an empty requirement', { application: { id: NOBODY }, required: { allOf: [] } }, 'required.allOf'],
    [
      'a requirement that no token satisfies',
      { application: { id: NOBODY }, required: 'urn:opc:resource:consumer:x' },
      'required',
    ],
    ['a token that is no JWT', { token: 'opaque', required: 'a' }, 'token'],
    ['a token whose scopes are a number', { token: issuer.token({ scope: 7 as never }), required: 'a' }, 'token'],
    ['an application that is no UUID', { application: { id: 'x' }, required: 'a' }, 'application.id'],
  ])('a body with %s is refused', async (_, body, target) => {
    const answer = await ask(body);
    expect([answer.status, answer.body.code]).toEqual([400, 'INVALID_DATA']);
    expect(answer.body.details[0].target).toMatch(new RegExp(`^${target}`));
  });
});
