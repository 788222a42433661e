import { assertCovered, routeReport } from 'scopegate/routes';
import { createSampleApp, createTestGate, NAMES, SAMPLE_ROUTES } from './fixtures/sample-app.js';

const gate = createTestGate({ realm: 'shop' });

test('the report names each of 120 routes in 12 routers, with its scope and its gate', () => {
  const rows = routeReport(createSampleApp(gate)).filter(({ kind }) => kind === 'route');

  expect(rows).toHaveLength(120);
  expect(rows.map(({ method, path, required }) => [`${method} ${path}`, required])).toEqual(SAMPLE_ROUTES);
  expect(new Set(rows.map(({ access, gate }) => `${access} ${gate}`))).toEqual(new Set(['scoped shop']));
});

test('all 120 routes are covered', () => {
  expect(() => assertCovered(createSampleApp(gate))).not.toThrow();
});

test.each(NAMES)('without the guard of one route of /%s, the assertion fails with the name of that route', (name) => {
  for (const [unguarded] of SAMPLE_ROUTES.filter(([route]) => route.split('/')[1] === name)) {
    const failure = `1 route is not protected by a gate:\n  ${unguarded}`;
    expect(() => assertCovered(createSampleApp(gate, { unguarded }))).toThrow(new Error(failure));
  }
});
