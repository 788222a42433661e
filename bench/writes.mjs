import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { applicationNamed } from './common/application.mjs';
import { median, rotate, roundByRound, summary } from './common/statistics.mjs';
import { postgresDatabase, sqliteDatabase } from './databases.mjs';
import { context, resourceNamed } from './grants-data.mjs';
import { withServers } from './start-servers.mjs';
import { postgresTransactions, sqliteTransactions } from './writes-plain.mjs';

/**
 * Grants created by 1, 2, 4 and 8 writers at once, in one and in four environments, beside a plain transaction of the same
 * rows by the same driver. All side by side in each round, on both engines; it ends by itself.
 *
 *   node bench/writes.mjs [--rounds 7] [--grants 240] [--json file]
 */
const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    grants: { type: 'string', default: '240' },
    json: { type: 'string' },
  },
});
const rounds = Number(flags.rounds);
/** Grants in one sample. */
const size = Number(flags.grants);
if (!(rounds >= 1 && rounds < 30)) throw new Error('--rounds: a number from 1 to 29');
if (!(size >= 8 && size % 8 === 0)) throw new Error('--grants: a multiple of 8');

const WRITERS = [1, 2, 4, 8];
const ENVIRONMENTS = [1, 4];
const RESOURCES = 40;
const SAMPLES = WRITERS.length * ENVIRONMENTS.length * (rounds + 1);

await withServers(run);

async function run({ directory, server, open }) {
  const contestants = [
    { engine: 'SQLite', database: sqliteDatabase(directory, 'store') },
    { engine: 'SQLite', database: sqliteDatabase(directory, 'plain'), plain: sqliteTransactions },
    { engine: 'PostgreSQL', database: await postgresDatabase(server, 'store') },
    { engine: 'PostgreSQL', database: await postgresDatabase(server, 'plain'), plain: postgresTransactions },
  ];
  for (const each of contestants) {
    progress(`${each.engine}: making applications`);
    await prepare(each, open);
  }
  for (let round = 0; round <= rounds; round++) {
    progress(`round ${round} of ${rounds}`);
    for (const environments of ENVIRONMENTS) {
      for (const writers of WRITERS) {
        for (const each of rotate(contestants, round)) {
          const rate = await measure(each, environments, writers);
          if (round > 0) each.rates[key(environments, writers)].push(rate); // round 0 warms up
        }
      }
    }
  }
  progress('');
  const results = compare(contestants);
  process.stdout.write(format(results));
  if (flags.json !== undefined)
    writeFileSync(flags.json, `${JSON.stringify({ rounds, size, results }, undefined, 2)}\n`);
}

function key(environments, writers) {
  return `${environments}/${writers}`;
}

/** Four environments with resources of two scopes, and enough applications for all samples: each grant is a new one. */
async function prepare(contestant, open) {
  const { database, plain } = contestant;
  const store = await database.open();
  const places = [];
  for (let i = 0; i < Math.max(...ENVIRONMENTS); i++) places.push(await createPlace(store, i));
  contestant.next = places.map((place) => grantsOf(place));
  contestant.rates = Object.fromEntries(ENVIRONMENTS.flatMap((e) => WRITERS.map((w) => [key(e, w), []])));
  if (plain === undefined) {
    open.push(() => store.close());
    contestant.create = ({ at, resource }) => {
      const scopes = resource.scopes.map(({ name }) => ({ name }));
      return store.grants.create(at, { resource: { id: resource.id }, scopes }, context);
    };
  } else {
    await store.close();
    const { create, close } = await plain(database, Math.max(...WRITERS));
    open.push(close);
    contestant.create = create;
  }
}

async function createPlace(store, i) {
  const { value: environment } = await store.environments.create(
    { name: `environment ${i}`, type: 'SANDBOX' },
    context,
  );
  const at = { environmentId: environment.id };
  const { value } = await store.transaction(context, async (tx) => {
    const resources = [];
    for (let n = 0; n < RESOURCES; n++) {
      const { id } = await tx.resources.create(at, resourceNamed(`service-${n}`));
      const scopes = [];
      for (const name of ['read', 'write']) {
        scopes.push(await tx.scopes.create({ ...at, resourceId: id }, { name: `service-${n}:${name}` }));
      }
      resources.push({ id, scopes });
    }
    const applications = [];
    const share = i === 0 ? 1.5 : 0.25; // with one writer, or two, the first environments get more of the grants
    const needed = ((SAMPLES / ENVIRONMENTS.length) * size * share) / RESOURCES + 1;
    for (let n = 0; n < needed; n++) {
      const { id } = await tx.applications.create(at, applicationNamed(`application ${n}`));
      applications.push({ ...at, applicationId: id });
    }
    return { resources, applications };
  });
  return value;
}

/** One grant after the other: of each resource to all applications. */
function* grantsOf({ resources, applications }) {
  for (const resource of resources) for (const at of applications) yield { at, resource };
}

/** Grants per second. */
async function measure({ create, next }, environments, writers) {
  const began = performance.now();
  await Promise.all(
    Array.from({ length: writers }, async (_, writer) => {
      const grants = next[writer % environments];
      for (let i = 0; i < size / writers; i++) {
        const { value, done } = grants.next();
        if (done) throw new Error('There are too few applications.');
        await create(value);
      }
    }),
  );
  return (size * 1000) / (performance.now() - began);
}

function compare(contestants) {
  const results = [];
  for (const engine of ['SQLite', 'PostgreSQL']) {
    const store = contestants.find((each) => each.engine === engine && each.plain === undefined).rates;
    const plain = contestants.find((each) => each.engine === engine && each.plain !== undefined).rates;
    for (const environments of ENVIRONMENTS) {
      for (const writers of WRITERS) {
        const place = key(environments, writers);
        results.push({
          engine,
          environments,
          writers,
          store: summary(store[place]),
          plain: summary(plain[place]),
          share: median(roundByRound(store[place], plain[place], (one, other) => one / other)),
          ofOneWriter: median(roundByRound(store[place], store[key(1, 1)], (one, other) => one / other)),
        });
      }
    }
  }
  return results;
}

function format(results) {
  const head = ['engine', 'environments', 'writers', 'store', 'plain transaction', 'share', 'of one writer'];
  const rate = ({ median: rate, from, to }) => `${rate.toFixed(0)} (${from.toFixed(0)} to ${to.toFixed(0)})`;
  const lines = results.map((each) => [
    each.engine,
    each.environments,
    each.writers,
    rate(each.store),
    rate(each.plain),
    each.share.toFixed(2),
    each.ofOneWriter.toFixed(2),
  ]);
  const rows = [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`);
  return `Grants a second: medians of ${rounds} rounds (the middle half), ${size} grants each.\n\n${rows.join('\n')}\n`;
}

function progress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
  else if (text) process.stderr.write(`${text}\n`);
}
