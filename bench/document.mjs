import assert from 'node:assert/strict';
import { parseArgs } from 'node:util';
import { applyDocument, exportDocument } from 'scopegate/admin';
import { count } from './common/statistics.mjs';
import { postgresDatabase, sqliteDatabase } from './databases.mjs';
import { withServers } from './start-servers.mjs';

/**
 * A document is applied to an empty store, applied again, and exported, on both stores.
 *
 *   node bench/document.mjs [--applications 2000] [--grants 5] [--resources 50]
 *
 * `--grants` are those of each application; each grant has two of the four scopes of its resource.
 */
const { values: flags } = parseArgs({
  options: {
    applications: { type: 'string', default: '2000' },
    grants: { type: 'string', default: '5' },
    resources: { type: 'string', default: '50' },
  },
});
const [applications, grants, resources] = [flags.applications, flags.grants, flags.resources].map(Number);
if (!(applications > 0 && grants > 0 && resources >= grants)) throw new Error('numbers: --resources at least --grants');

const ENVIRONMENT = 'bench';

await withServers(async ({ directory, server, open }) => {
  const document = createDocument();
  const size = `${count(applications)} applications, ${count(applications * grants)} grants`;
  process.stdout.write(`${size}, ${count(resources)} resources of four scopes\n`);
  for (const database of [sqliteDatabase(directory, 'document'), await postgresDatabase(server, 'document')]) {
    const store = await database.open();
    open.push(() => store.close());
    const note = (name, seconds) => process.stdout.write(`${database.engine}: ${name}: ${seconds.toFixed(1)} s\n`);

    const first = await timed(() => applyDocument(store, document, { prune: true }));
    assert.equal(first.value.created.length, 1 + resources * 5 + applications * (1 + grants));
    note('first run', first.seconds);
    const second = await timed(() => applyDocument(store, document, { prune: true }));
    assert.deepEqual(second.value, { created: [], changed: [], removed: [] });
    note('second run, nothing to change', second.seconds);
    const exported = await timed(() => exportDocument(store, ENVIRONMENT));
    assert.equal(exported.value.applications.length, applications);
    note('export', exported.seconds);
  }
});

function createDocument() {
  const nameScopes = (resource) => ['read', 'write', 'list', 'delete'].map((act) => `${resource}:${act}`);
  return {
    environment: { name: ENVIRONMENT },
    resources: Array.from({ length: resources }, (_, i) => ({
      name: `service-${i}`,
      audience: `https://service-${i}.example/`,
      scopes: nameScopes(`service-${i}`).map((name) => ({ name })),
    })),
    applications: Array.from({ length: applications }, (_, i) => ({
      name: `application-${i}`,
      grants: Array.from({ length: grants }, (_, j) => {
        const resource = `service-${(i + j) % resources}`;
        return { resource, scopes: nameScopes(resource).slice(j % 3, (j % 3) + 2) };
      }),
    })),
  };
}

async function timed(run) {
  const began = performance.now();
  const value = await run();
  return { value, seconds: (performance.now() - began) / 1000 };
}
