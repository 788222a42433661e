import { FLOORS, hasTokenCache } from '../common/guards.mjs';
import { application } from '../common/hosts.mjs';
import { interleave } from '../common/interleave.mjs';
import { respond } from '../common/processes.mjs';
import { pickRandom } from '../common/statistics.mjs';
import { guardsOf } from '../common/variants.mjs';
import { exchanges } from './exchange.mjs';

/** What a variant adds to a request, in one process with all of them. */

const AT_ONCE = 20;
const SAMPLES = 100;
const PASSES = 3;
const PEER = 'express-oauth2-jwt-bearer';

respond({
  /** @returns for each workload and variant, nanoseconds for one request, a number for each pass */
  async run({ trust, tokens }) {
    const own = ['scopegate', ...(hasTokenCache(trust) ? ['scopegate, cache off'] : []), 'scopegate, live grants'];
    const workloads = {
      reused: { expected: 200, next: () => batch(() => pickRandom(tokens.reused)) },
      fresh: { expected: 200, next: neverTwice(tokens.fresh) },
      expired: { expected: 401, next: () => batch(() => pickRandom(tokens.expired)) },
      elsewhere: { expected: 401, next: () => batch(() => pickRandom(tokens.elsewhere)) },
    };
    const results = {};
    for (const [name, workload] of Object.entries(workloads)) {
      const isGood = workload.expected === 200;
      const variants = ['bare', ...own, PEER, ...(isGood ? Object.keys(FLOORS) : [])];
      results[name] = await measure(variants, workload, trust, tokens);
    }
    return results;
  },
});

async function measure(variants, { expected, next }, trust, { reused }) {
  const open = [];
  const contestants = {};
  let batchOfAll; // the same tokens for all in samples that belong together
  for (const variant of variants) {
    const { guards, close } = await guardsOf(variant, trust);
    open.push(close);
    const exchange = exchanges(application(guards));
    await warm(exchange, reused);
    contestants[variant] = () => exchange(batchOfAll, variant === 'bare' ? 200 : expected);
  }
  const prepare = () => {
    batchOfAll = next();
  };
  const times = await interleave(contestants, { passes: PASSES, samples: SAMPLES, calls: AT_ONCE, prepare });
  for (const close of open) await close();
  return times;
}

/** Each token twice: the first time need not be remembered. */
async function warm(exchange, tokens) {
  for (let first = 0; first < 2 * tokens.length; first += AT_ONCE) {
    const begin = first % tokens.length;
    await exchange(tokens.slice(begin, begin + AT_ONCE), 200);
  }
}

function batch(pick) {
  return Array.from({ length: AT_ONCE }, pick);
}

function neverTwice(tokens) {
  let first = 0;
  return () => {
    if (first + AT_ONCE > tokens.length) throw new Error('More new tokens are needed.');
    first += AT_ONCE;
    return tokens.slice(first - AT_ONCE, first);
  };
}
