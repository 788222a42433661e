import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';
import { cores, endChildren, keepToLoadCores, startChild } from './common/processes.mjs';
import { issuer as newIssuer } from './common/tokens.mjs';
import { installPeers, PEERS } from './peers/install.mjs';
import { writePerformancePage } from './performance-page.mjs';
import * as report from './report.mjs';
import { judgeThresholds } from './thresholds.mjs';

/**
 * What scopegate costs a request, beside bare Express and the peers: over HTTP, and piece by piece.
 *
 *   node bench/bench.mjs [http] [micro] [--rounds 11] [--only variant …] [--json file] [--page]
 *
 * `--page` writes the chart of docs/performance.md.
 */
const { positionals, values: flags } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '11' },
    only: { type: 'string', multiple: true },
    json: { type: 'string' },
    page: { type: 'boolean', default: false },
  },
});
const PARTS = ['http', 'micro'];
const parts = positionals.length > 0 ? positionals : PARTS;
const rounds = Number(flags.rounds);
const stranger = parts.find((part) => !PARTS.includes(part));
if (stranger !== undefined) throw new Error(`"${stranger}" is none of ${PARTS.join(', ')}`);
if (!(rounds >= 1 && rounds < 100)) throw new Error('--rounds: a number from 1 to 99');

const REUSED = 1000;
/** In the time of one measurement, no variant takes more. */
const FRESH = 8000;
const REFUSED = 100;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => process.exit(130));
}
process.on('exit', endChildren);

installPeers();
const { measureVariants } = await import('./http/run.mjs');
const { VARIANTS } = await import('./common/variants.mjs');
const only = flags.only ?? VARIANTS;
const unknown = only.find((name) => name !== 'bare' && !VARIANTS.includes(name));
if (unknown !== undefined) throw new Error(`--only: "${unknown}" is none of bare, ${VARIANTS.join(', ')}`);
const variants = VARIANTS.filter((name) => only.includes(name));

const issuer = newIssuer();
const keys = createServer((_req, res) => {
  res.setHeader('Content-Type', 'application/json').end(JSON.stringify(issuer.trust.jwks));
});
keys.listen(0, '127.0.0.1');
await once(keys, 'listening');
const trust = { ...issuer.trust, jwksUri: `http://127.0.0.1:${keys.address().port}/jwks` };

progress('signing tokens');
const tokens = {
  reused: await issuer.tokens(REUSED),
  fresh: await issuer.tokens(FRESH),
  expired: Array.from({ length: REFUSED }, issuer.expired),
  elsewhere: Array.from({ length: REFUSED }, () => issuer.token({ aud: 'https://other.example' })),
};
const pinned = cores();
keepToLoadCores(pinned);

const results = {};
print(report.formatHead({ pinned, rounds }));
if (parts.includes('http')) {
  results.http = await measureVariants({ variants, rounds, issuer, trust, tokens, pinned, progress });
  print(report.httpTable(results.http));
}
if (parts.includes('micro')) {
  results.verification = await inChild('micro/measure.mjs', 'verification', { trust, tokens });
  print(report.verificationTable(results.verification));
  results.decisions = await inChild('micro/measure.mjs', 'decisions');
  print(report.decisionTable(results.decisions));
  results.cache = await inChild('micro/measure.mjs', 'cache');
  print(report.cacheTable(results.cache));
}
keys.close();
keys.closeAllConnections();
const goals = judgeThresholds(results);
print(report.formatThresholds(goals));
if (flags.page) writePerformancePage(results, rounds);
if (flags.json !== undefined)
  writeFileSync(flags.json, report.toJson(results, goals, { rounds, pinned, peers: PEERS }));

async function inChild(file, name, given) {
  progress(`${file.replace(/\/.*/, '')}: ${name}`);
  const child = await startChild(new URL(file, import.meta.url), pinned);
  const result = await child.request(name, given);
  await child.stop();
  return result;
}

function print(text) {
  progress('');
  process.stdout.write(text);
}

function progress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
  else if (text) process.stderr.write(`${text}\n`);
}
