// What an observer of decisions adds to a request, in microseconds: the recorder of usage. The listener alone, which does
// nothing, is measured in the same run and taken off.
import assert from 'node:assert/strict';
import { usageRecorder } from 'scopegate';
import { interleave, repeat } from './common/interleave.mjs';
import { median } from './common/statistics.mjs';

const CALLS = 1000;

const record = {
  outcome: 'permit',
  reason: 'covered',
  required: 'orders:read',
  held: ['orders:read', 'orders:write'],
  coverage: [{ required: 'orders:read', by: 'orders:read' }],
  issuer: 'https://issuer.example',
  client: '4f1f7b0e-8a0c-4f0e-9d51-0b1d3f6a7c22',
  subject: 'ada',
  audience: ['https://orders.example/'],
  durationMs: 0.02,
};
/** Of many routes and clients, as a busy process has them: a key that is always the same would stay in the caches. */
const clients = Array.from({ length: 50 }, (_, i) => `4f1f7b0e-8a0c-4f0e-9d51-0b1d3f6a7c${10 + i}`);
const routes = Array.from({ length: 20 }, (_, i) => ({ path: `/orders/:id/part-${i}` }));
const calls = Array.from({ length: CALLS }, (_, i) => [
  { ...record, client: clients[i % clients.length] },
  { method: 'GET', baseUrl: '/v1', route: routes[i % routes.length], params: { id: `${i}` } },
]);

const usage = usageRecorder({ store: { usage: { add: async () => {}, deleteBefore: async () => false } } });
const listeners = {
  nothing: () => undefined,
  'usageRecorder()': usage.record,
};

let at = 0;
const samples = Object.entries(listeners).map(([name, listener]) => [
  name,
  repeat(() => listener(...calls[at++ % CALLS]), CALLS),
]);
const times = await interleave(Object.fromEntries(samples), { passes: 3, samples: 60, calls: CALLS });
const nothing = median(times.nothing);
for (const [name, passes] of Object.entries(times)) {
  if (name !== 'nothing') console.log(`${name}: ${((median(passes) - nothing) / 1000).toFixed(3)} µs`);
}
assert.equal(usage.dropped, 0);
await usage.close();
