import { toRequestedScope } from '../../lib/scope/requested-scope.js';

test.each([
  ['orders:read', 'https://orders.example/', 'https://orders.example/orders:read'],
  ['read', 'reports', 'reportsread'],
  ['https://orders.example/orders:read', 'https://orders.example/', 'https://orders.example/orders:read'],
  ['urn:opc:resource:consumer:paas::read', 'https://orders.example/', 'urn:opc:resource:consumer:paas::read'],
  ['urn:opc:idm:__myscopes__', 'https://orders.example/', 'urn:opc:idm:__myscopes__'],
  ['orders:read', '', 'orders:read'],
])('a client requests %s with the prefix %j as %s', (scope, prefix, requested) => {
  expect(toRequestedScope(scope, prefix)).toBe(requested);
});
