import express, { type Router } from 'express';
import request from 'supertest';
import { RouteLabels } from '../../lib/usage/route-label.js';

async function labelOf(path: string, mount: (router: Router) => express.Express): Promise<string | undefined> {
  const labels = new RouteLabels();
  let found: string | undefined;
  const router = express.Router({ mergeParams: true });
  router.get(['/orders/:id', '/bills'], (req, res) => {
    found = labels.find(req);
    res.end();
  });
  router.get('/', (req, res) => {
    found = labels.find(req);
    res.end();
  });
  await request(mount(router)).get(path).expect(200);
  return found;
}

test.each<[string, string, (router: Router) => express.Express]>([
  ['/v1/orders/7', '/v1/orders/:id,/bills', (router) => express().use('/v1', router)],
  ['/orders/7', '/orders/:id,/bills', (router) => express().use(router)],
  ['/v1/', '/v1', (router) => express().use('/v1', router)],
  [
    '/api/v1/bills',
    '/api/v1/orders/:id,/bills',
    (router) => express().use('/api', express.Router().use('/v1', router)),
  ],
  ['/tenants/ada/bills', '/tenants/:tenant/orders/:id,/bills', (router) => express().use('/tenants/:tenant', router)],
])('%s has the pattern %s', async (path, pattern, mount) => {
  expect(await labelOf(path, mount)).toBe(pattern);
});

const route = { path: '/orders' };

test.each([
  ['/users/4711', '/users/:value/orders'],
  ['/users/0f3c9a1e-5b7d-4c2f-8a6e-1d3b5c7f9a2e', '/users/:value/orders'],
  ['/users/0f3c9a1e5b7d4c2f8a6e1d3b', '/users/:value/orders'],
  ['/users/ada%40example.com', '/users/:value/orders'],
  ['/users/ada@example.com', '/users/:value/orders'],
  [`/users/${'x'.repeat(40)}`, '/users/:value/orders'],
  ['/%zz', '/:value/orders'],
  ['/api/v1', '/api/v1/orders'],
])('a segment of the mount path %s that looks like a value is replaced', (baseUrl, pattern) => {
  expect(new RouteLabels().find({ baseUrl, route })).toBe(pattern);
});

test('a request that does not name its route has no pattern', () => {
  const labels = new RouteLabels();
  expect([labels.find({}), labels.find({ route: undefined }), labels.find({ route: 'GET /' as never })]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

test('the number of patterns is bounded, whatever the mount paths are', () => {
  const labels = new RouteLabels();
  const found = Array.from({ length: 3000 }, (_, i) => {
    const letters = [...`${i}`].map((digit) => 'abcdefghij'[Number(digit)]).join('');
    return labels.find({ baseUrl: `/${letters}`, route });
  });
  expect(new Set(found).size).toBeLessThanOrEqual(2001);
  expect(found.at(-1)).toBeUndefined();
  expect(labels.find({ baseUrl: '/a', route })).toBe('/a/orders');
});
