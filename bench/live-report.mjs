import { cpus } from 'node:os';
import { count, median } from './common/statistics.mjs';
import { BATCH, BATCHES, BUSY, difference } from './live-checks.mjs';

/** Formats the measurements of live grants, for people and for programs. */

/** Nanoseconds that a warm check may add to a request. */
const LONGEST_CHECK = 1000;

/** Statements that follow the feed, and those around each statement. */
const UPKEEP = ['feed', 'version read', 'transaction'];

/** Below so many applications, what else lies on the heap hides what they take. */
const ENOUGH = 1000;

export function collectFigures({ engine, applications }, { bytes, times, warmStatements, taken }) {
  const { empty, map, check, checkBusy, checkBare, gate, gateLive, gateLiveBusy, gateLiveBare } = times;
  const { sent, seconds } = warmStatements;
  return {
    engine,
    applications,
    nanoseconds: {
      empty: median(empty),
      map: median(map),
      check: median(check),
      checkBusy: median(checkBusy),
      checkBare: median(checkBare),
      overMap: difference(check, map),
      gate: median(gate),
      gateLive: median(gateLive),
      gateAdds: difference(gateLive, gate),
      gateAddsBusy: difference(gateLiveBusy, gate),
      gateAddsBare: difference(gateLiveBare, gate),
    },
    warm: {
      queries: sent.filter(({ kind }) => !UPKEEP.includes(kind)).length,
      feedsInASecond: sent.filter(({ kind }) => kind === 'feed').length / seconds,
    },
    change: {
      feeds: formatCounts(taken, ({ sent }) => ofKind(sent, 'feed').length),
      others: formatCounts(taken, ({ sent }) => sent.filter(({ kind }) => !UPKEEP.includes(kind)).length),
      versionReads: formatCounts(taken, ({ sent }) => ofKind(sent, 'version read').length),
      rows: formatCounts(taken, ({ sent }) => Math.max(...ofKind(sent, 'feed').map(({ rows }) => rows))),
      bytes: formatCounts(taken, ({ sent }) => Math.max(...ofKind(sent, 'feed').map((feed) => feed.bytes))),
      received: formatCounts(taken, ({ received }) => received),
      afterCall: formatCounts(taken, ({ afterCall }) => afterCall),
      afterAcknowledgement: formatCounts(taken, ({ afterAcknowledgement }) => afterAcknowledgement),
      requestTime: formatCounts(taken, ({ requestTime }) => requestTime),
      requestQueries: formatCounts(taken, ({ requestStatements: all }) => ofKind(all, 'status').length),
    },
    bytesOfApplication: applications < ENOUGH ? undefined : bytes,
  };
}

function ofKind(statements, wanted) {
  return statements.filter(({ kind }) => kind === wanted);
}

function formatCounts(list, figure) {
  const numbers = list.map(figure);
  return { median: median(numbers), least: Math.min(...numbers), most: Math.max(...numbers) };
}

const ns = (time) => `${count(time)} ns`;
const ms = (time) => `${time.toFixed(2)} ms`;
const spread = ({ median: middle, most }) => (middle === most ? String(middle) : `${middle}, most ${most}`);

const ROWS = [
  ['A function that returns what it gets', ({ nanoseconds: { empty } }) => ns(empty)],
  ['Map look-up by client_id', ({ nanoseconds: { map } }) => ns(map)],
  ['check()', ({ nanoseconds: { check } }) => ns(check)],
  ['  more than the look-up', ({ nanoseconds: { overMap } }) => ns(overMap)],
  [`check() of ${BUSY} applications`, ({ nanoseconds: { checkBusy } }) => ns(checkBusy)],
  ['  client_id without hyphens', ({ nanoseconds: { checkBare } }) => ns(checkBare)],
  ['gate.require() without grants', ({ nanoseconds: { gate } }) => ns(gate)],
  ['  grants add', ({ nanoseconds: { gateAdds } }) => ns(gateAdds)],
  [`  of ${BUSY} applications`, ({ nanoseconds: { gateAddsBusy } }) => ns(gateAddsBusy)],
  ['    client_id without hyphens', ({ nanoseconds: { gateAddsBare } }) => ns(gateAddsBare)],
  ['queries of all these checks', ({ warm }) => warm.queries],
  ['  the feed is read, in a second', ({ warm }) => warm.feedsInASecond.toFixed(1)],
  ['heap for an application', ({ bytesOfApplication: bytes }) => (bytes === undefined ? '' : `${count(bytes)} B`)],
  [],
  ['a change: queries of the feed', ({ change }) => spread(change.feeds)],
  ['  rows that it brings', ({ change }) => spread(change.rows)],
  ['  as JSON', ({ change }) => `${change.bytes.median} B`],
  [
    '  received from the server',
    ({ change, engine }) => (engine === 'SQLite' ? '' : `${count(change.received.median)} B`),
  ],
  [
    '  reads of data_version',
    ({ change, engine }) => (engine === 'SQLite' ? `${change.versionReads.least}–${change.versionReads.most}` : ''),
  ],
  ['  other statements', ({ change }) => spread(change.others)],
  ['dropped after the request for the change', ({ change }) => ms(change.afterCall.median)],
  ['  after it was acknowledged', ({ change }) => ms(change.afterAcknowledgement.median)],
  ['    at most', ({ change }) => ms(change.afterAcknowledgement.most)],
  ['next request of the application', ({ change }) => ms(change.requestTime.median)],
  ['  its queries', ({ change }) => spread(change.requestQueries)],
];

export function formatTable({ figures, worlds, method }) {
  const engines = [...new Set(figures.map(({ engine }) => engine))];
  const sorted = engines.flatMap((engine) => figures.filter((each) => each.engine === engine));
  const lines = [
    `Live grants with ${[...new Set(figures.map(({ applications }) => count(applications)))].join(', ')} applications`,
    `Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model}`,
    ...new Set(worlds.map(({ description }) => description)),
    '',
    `Time of one call: median of ${method.rounds} rounds, each the median of ${BATCHES} batches of ${BATCH} calls, contestants in turn. All`,
    'applications are known, and asked for in random order with claims just parsed. The gate is called with request objects,',
    'without a socket; its verifier returns a token made beforehand. "More" and "add" are differences within one round.',
    `Where they are of ${BUSY} applications only, all the others are known nevertheless. Applications have one of ten different`,
    'sets of granted scopes. Above the look-up, time grows with the number as far as the caches of the processor lack what is',
    'looked at; the look-up shows what that costs on this machine.',
    `Changes: ${method.changes}, made by another process: one of its grants loses a scope, or gets it back. Counted is what this`,
    'process sends to the database until it has taken the change in; feed readings that a timer starts are among them.',
    '',
    row(
      '',
      sorted.map(({ engine }) => engine),
    ),
    row(
      '',
      sorted.map(({ applications }) => count(applications)),
    ),
    ...ROWS.map(([name = '', cell]) => row(name, cell === undefined ? [] : sorted.map(cell))),
    '',
    ...judgeThresholds(figures).map(
      ({ goal, isReached, figure }) => `${isReached ? 'Reached' : 'NOT REACHED'}: ${goal}: ${figure}`,
    ),
  ];
  return `${lines.join('\n')}\n`;
}

/** The highest of all databases. */
function highest(figures, figure) {
  return Math.max(...figures.map(figure));
}

function judgeThresholds(figures) {
  const queries = highest(figures, ({ warm }) => warm.queries);
  const feeds = highest(figures, ({ change }) => change.feeds.median);
  const mostFeeds = highest(figures, ({ change }) => change.feeds.most);
  const others = highest(figures, ({ change }) => change.others.most);
  const rows = highest(figures, ({ change }) => change.rows.most);
  const latest = highest(figures, ({ change }) => change.afterAcknowledgement.most);
  const asked = highest(figures, ({ change }) => change.requestQueries.most);
  return [
    ...[
      [`check() of ${BUSY} applications`, ({ checkBusy }) => checkBusy],
      ['check() of any application', ({ check }) => check],
      [`the gate with grants, of ${BUSY} applications`, ({ gateAddsBusy }) => gateAddsBusy],
      ['the gate with grants, of any application', ({ gateAdds }) => gateAdds],
    ].map(([which, timeOf]) => atMost(figures, which, timeOf)),
    { goal: 'warm, no query', isReached: queries === 0, figure: String(queries) },
    {
      goal: 'a change costs another process one small query',
      isReached: feeds === 1 && others === 0,
      figure: `${feeds} in the median (${mostFeeds} where the timer reads as well), of ${rows} row${rows === 1 ? '' : 's'} at most`,
    },
    {
      goal: 'nothing else is dropped, and one query makes it known again',
      isReached: asked === 1,
      figure: String(asked),
    },
    { goal: 'a revocation takes effect within a second', isReached: latest < 1000, figure: `${ms(latest)} at most` },
  ];
}

/** Whether it takes, or adds, no more than a warm check may; with the time for each number of applications. */
function atMost(figures, which, timeOf) {
  const sizes = [...new Set(figures.map(({ applications }) => applications))].sort((a, b) => a - b);
  const times = sizes.map((size) => {
    const same = figures.filter(({ applications }) => applications === size);
    return { size, time: highest(same, ({ nanoseconds }) => timeOf(nanoseconds)) };
  });
  return {
    goal: `warm, less than ${ns(LONGEST_CHECK)} by ${which}`,
    isReached: times.every(({ time }) => time < LONGEST_CHECK),
    figure: times.map(({ size, time }) => `${ns(time)} with ${count(size)}`).join(', '),
  };
}

export function toJson({ figures, worlds, method }) {
  const databases = [...new Set(worlds.map(({ description }) => description))];
  const head = { date: new Date().toISOString(), node: process.version, cpus: cpus().map(({ model }) => model) };
  return `${JSON.stringify({ ...head, databases, method, goals: judgeThresholds(figures), figures }, null, 2)}\n`;
}

function row(name, cells) {
  return (name.padEnd(38) + cells.map((cell) => String(cell).padStart(14)).join('')).trimEnd();
}
