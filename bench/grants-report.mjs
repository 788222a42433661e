import { cpus } from 'node:os';
import { count, median } from './common/statistics.mjs';

/** Formats the measurements, for people and for programs. */

/** Above this ratio of large to small, something grows that should not. */
const STEEP = 2;

/** For each kind of call and each engine: milliseconds in the small and in the large database, and their ratio. */
export function compare(worlds, names) {
  return names.map((name) => {
    const figures = pairs(worlds).map(({ engine, small, large }) => {
      const [a, b] = [small, large].map(({ times }) => median(times[name]));
      return [engine, { small: a, large: b, ratio: b / a }];
    });
    return { name, ...Object.fromEntries(figures) };
  });
}

function pairs(worlds) {
  return [...new Set(worlds.map(({ engine }) => engine))].map((engine) => {
    const [small, large] = worlds.filter((world) => world.engine === engine).sort((a, b) => a.grants - b.grants);
    return { engine, small, large };
  });
}

export function formatTable({ worlds, results, disk, method, insert, cold }) {
  const engines = pairs(worlds);
  const lines = [
    ...formatHead(engines, disk, method),
    '',
    ...formatRows(engines, results, insert),
    '',
    'A durable insert is createGrant(): the grant, its two scopes, the kept count, audit record and change event, committed',
    'and synced. The bulk load goes past the store, all constraints and indexes in place, vacuum or checkpoint included:',
    ...engines.map(({ engine, large: { bulk } }) => {
      return `  ${engine}: ${bulk.how}; ${count(bulk.rows)} rows in ${bulk.seconds.toFixed(0)} s`;
    }),
    'Each grant comes with an application, two granted scopes, and two audit records with their change events.',
    formatSteep(engines, results, cold),
  ];
  return `${lines.join('\n')}\n`;
}

function formatHead(engines, disk, method) {
  const [{ small, large }] = engines;
  return [
    `Grants administration with ${count(small.grants)} and ${count(large.grants)} grants (and as many applications)`,
    `Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model}; 4 KiB to the disk with fdatasync: ${milliseconds(disk)}`,
    ...engines.map((engine) => engine.large.description),
    '',
    'Milliseconds for one call of the store, one at a time, from this process; median of rounds that take the four',
    `databases in turn (${method.rounds}), of the mean of ${method.calls} calls (inserts: ${method.inserts}). Pages have ${method.page} items; the last page is`,
    `number ${count(small.grants / method.page)} and ${count(Math.ceil(large.grants / method.page))}. Looked up are ${method.picked} grants, picked at random before; "any of all" picks again for each`,
    'call, so that the large database reads pages which no memory holds yet: its ratio is that of disk to memory.',
  ];
}

function formatRows(engines, results, insert) {
  const [{ small, large }] = engines;
  const each = (figure) => engines.flatMap((engine) => [figure(engine.small), figure(engine.large), '']);
  const collectFigures = (result) =>
    engines.flatMap(({ engine }) => {
      const { small: a, large: b, ratio } = result[engine];
      return [milliseconds(a), milliseconds(b), ratio.toFixed(2)];
    });
  const rates = {
    '  inserts in a second': ({ times }) => count(1000 / median(times[insert])),
    size: ({ bytes }) => `${(bytes / 2 ** 20).toFixed(1)} MiB`,
    '  for each grant': ({ bytes, grants }) => `${count(bytes / grants)} B`,
    'bulk load, grants in a second': ({ bulk, grants }) => count(grants / bulk.seconds),
    '  rows in a second': ({ bulk }) => count(bulk.rows / bulk.seconds),
  };
  return [
    row('', [...engines.flatMap(({ engine }) => [`${engine} ${count(small.grants)}`, count(large.grants), 'ratio'])]),
    ...results.map((result) => row(result.name, collectFigures(result))),
    ...Object.entries(rates).map(([name, figure]) => row(name, each(figure))),
  ];
}

function formatSteep(engines, results, cold) {
  const steep = results.flatMap((result) => {
    const where = engines.filter(({ engine }) => result.name !== cold && result[engine].ratio > STEEP);
    return where.map(({ engine }) => `${result.name} (${engine})`);
  });
  return steep.length === 0
    ? `Flat: no ratio is above ${STEEP}.`
    : `NOT FLAT, a ratio above ${STEEP}: ${steep.join(', ')}`;
}

export function toJson({ worlds, results, disk, method }) {
  const databases = worlds.map(({ engine, grants, description, bytes, bulk, times }) => {
    return { engine, grants, description, bytes, bulk, milliseconds: times };
  });
  const head = { date: new Date().toISOString(), node: process.version, method, fdatasync: disk };
  return `${JSON.stringify({ ...head, results, databases }, null, 2)}\n`;
}

function row(name, cells) {
  const widths = [18, 12, 7];
  return (name.padEnd(34) + cells.map((cell, i) => cell.padStart(widths[i % 3])).join('')).trimEnd();
}

function milliseconds(time) {
  return `${time.toFixed(3)} ms`;
}
