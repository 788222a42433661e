import { CONSUMER_ALL, MY_SCOPES } from 'scopegate';
import { ALL_ENVIRONMENTS, type GrantStore } from 'scopegate/admin';
import { openSqliteStore } from 'scopegate/sqlite';
import request from 'supertest';
import { OPERATIONS } from '../../../lib/admin/operations.js';
import { PERMISSIONS } from '../../../lib/admin/permissions.js';
import { bearer, issuer } from '../../http/fixtures/domain.js';
import { context, newEnvironment } from '../../support/stores.js';
import { appOf } from './fixtures/admin-api.js';
import { NOBODY } from './fixtures/world.js';

let store: GrantStore;
beforeAll(async () => {
  store = await openSqliteStore({ file: ':memory:' });
});
afterAll(() => store.close());

const permissions = Object.fromEntries(PERMISSIONS.map((name) => [name, `scope:${name}`]));
type Options = Partial<Parameters<typeof appOf>[0]>;

/** `GET /permissions` as a caller with these scopes. */
function ask(
  scope: string | undefined,
  options: Options = {},
  authorization = bearer(issuer.token({ scope, env: NOBODY })),
) {
  return request(appOf({ store, permissions, ...options }))
    .get('/v1/permissions')
    .set('Authorization', authorization);
}

describe('GET /permissions', () => {
  test('lists the permissions whose scopes the token has, in the order of PERMISSIONS', async () => {
    const answer = await ask('scope:applications:read:grant scope:audit:read:activity scope:orgmgt:read:environment');

    expect([answer.status, answer.body]).toEqual([
      200,
      { permissions: ['orgmgt:read:environment', 'applications:read:grant', 'audit:read:activity'] },
    ]);
    expect(answer.headers['cache-control']).toBe('no-store');
  });

  test('lists none for a token that may nothing, and all for one with every scope', async () => {
    expect((await ask('openid')).body).toEqual({ permissions: [] });
    const toAll = { environmentOf: () => ALL_ENVIRONMENTS };
    expect((await ask(Object.values(permissions).join(' '), toAll)).body).toEqual({ permissions: [...PERMISSIONS] });
    expect((await ask(MY_SCOPES, { permissions: {}, ...toAll })).body).toEqual({ permissions: [...PERMISSIONS] });
  });

  test('leaves out what only callers for all environments may do, for a caller for one', async () => {
    const { body } = await ask(MY_SCOPES, { permissions: {} });

    const global = ['orgmgt:create:environment', 'orgmgt:delete:environment'];
    expect(body.permissions).toEqual(PERMISSIONS.filter((name) => !global.includes(name)));
  });

  test('responds with 500 where environmentOf throws, and lists nothing', async () => {
    const onError = jest.fn();
    const failing = () => Promise.reject(new Error('no directory'));
    const { status, body } = await ask(MY_SCOPES, { permissions: {}, environmentOf: failing, onError });

    expect([status, body.permissions]).toEqual([500, undefined]);
    expect(onError).toHaveBeenCalledTimes(1);
  });

  test('lists what reads only, where the router is read-only', async () => {
    const { body } = await ask(Object.values(permissions).join(' '), { readOnly: true });

    expect(body.permissions).toEqual(PERMISSIONS.filter((name) => name.includes(':read:')));
  });

  test('refuses a token with consumer::all, as every operation does', async () => {
    const { status, body } = await ask(`${MY_SCOPES} ${CONSUMER_ALL}`, { permissions: {} });

    expect([status, body.code]).toEqual([403, 'ACCESS_FAILED']);
    const mapped = Object.fromEntries(PERMISSIONS.map((name) => [name, CONSUMER_ALL]));
    expect((await ask(CONSUMER_ALL, { permissions: mapped })).status).toBe(403);
  });

  test.each([undefined, '', '*', 'x', `${NOBODY}0`])(
    'refuses a token that names the environment %j, as every operation does',
    async (env) => {
      const named = bearer(issuer.token({ scope: MY_SCOPES, env }));
      const environmentOf: Options['environmentOf'] = ({ payload }) => payload.env;
      const { status, body } = await ask(undefined, { permissions: {}, environmentOf }, named);

      expect([status, body.code]).toEqual([403, 'ACCESS_FAILED']);
      expect(body).not.toHaveProperty('permissions');
    },
  );

  test('knows hierarchical scopes', async () => {
    const mapped = { 'applications:read:grant': 'urn:opc:resource:consumer:grants:view::read' };
    const { body } = await ask('urn:opc:resource:consumer:grants::read', { permissions: mapped });

    expect(body).toEqual({ permissions: ['applications:read:grant'] });
  });

  test('each permission that it lists lets the caller use an operation, and no other does', async () => {
    for (const name of PERMISSIONS) {
      expect(OPERATIONS.some((operation) => operation.permissions.includes(name))).toBe(true);
      const { body } = await ask(`scope:${name}`, { environmentOf: () => ALL_ENVIRONMENTS });
      expect(body).toEqual({ permissions: [name] });
    }
  });

  test('a list is narrowed only by what the caller may read', async () => {
    const app = appOf({ store, permissions });
    const { value } = await store.environments.create(newEnvironment('narrowed'), context);
    const send = (scope: string, list: string) =>
      request(app)
        .get(`/v1/environments/${value.id}/${list}`)
        .set('Authorization', bearer(issuer.token({ scope, env: value.id })));
    const moment = '2031-01-01T00:00:00Z';
    for (const [list, read, more] of [
      [`applications?endsBefore=${moment}`, 'applications:read:application', 'applications:read:grant'],
      [`applications?unusedSince=${moment}`, 'applications:read:application', 'applications:read:usage'],
      ['scopes?held=true', 'resources:read:scope', 'applications:read:grant'],
    ] as const) {
      const refused = await send(`scope:${read}`, list);
      expect([refused.status, refused.body.details[0].message]).toEqual([403, expect.stringContaining(more)]);
      expect((await send(`scope:${read} scope:${more}`, list)).status).toBe(200);
    }
  });

  test.each([
    ['no token', undefined, 401],
    ['an expired token', bearer(issuer.expiredToken({ scope: MY_SCOPES })), 401],
    ['a token of nobody', bearer('a.b.c'), 401],
    ['two tokens', 'Bearer a b', 400],
  ])('refuses %s as every operation does', async (_, authorization, status) => {
    const asked = request(appOf({ store, permissions })).get('/v1/permissions');
    const answer = await (authorization === undefined ? asked : asked.set('Authorization', authorization));

    expect(answer.status).toBe(status);
    expect(answer.headers['www-authenticate']).toContain('Bearer');
    expect(answer.body).toMatchObject({ code: status === 401 ? 'ACCESS_FAILED' : 'INVALID_REQUEST' });
    expect(answer.text).not.toContain('permissions');
  });

  test.each(['post', 'put', 'patch', 'delete'] as const)('refuses %s with 405', async (method) => {
    const answer = await request(appOf({ store }))
      [method]('/v1/permissions')
      .set('Authorization', bearer(issuer.token({ scope: MY_SCOPES })));

    expect([answer.status, answer.headers.allow]).toEqual([405, 'GET, HEAD, OPTIONS']);
  });
});
