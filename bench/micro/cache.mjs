import { setImmediate as pause } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createVerifier, hasTokenCache } from '../common/guards.mjs';
import { interleave } from '../common/interleave.mjs';
import { pickRandom } from '../common/statistics.mjs';
import { issuer } from '../common/tokens.mjs';

/**
 * The token cache at two sizes. The tokens are signed with ES256: a hundred thousand of them can be had in seconds, and
 * what the cache does is the same whatever the algorithm.
 */

const SIZES = [1000, 100_000];
const AT_ONCE = 20;
const SAMPLES = 150;
const PASSES = 3;
const REFUSED = 500;
const AT_A_TIME = 500;

/** @returns for each size, nanoseconds of a hit and of two misses, and what is kept; `undefined` without a cache */
export async function measureCache() {
  const signer = issuer('ES256');
  if (!hasTokenCache(signer.trust)) return undefined;
  const tokens = await signer.tokens(SIZES.at(-1));
  const refused = Array.from({ length: REFUSED }, () => signer.token({ aud: 'https://other.example' }));
  const results = [];
  for (const size of SIZES) results.push({ size, ...(await measure(signer.trust, tokens.slice(0, size), refused)) });
  return results;
}

async function measure(trust, tokens, refused) {
  const room = { maxTokens: 4 * tokens.length };
  const cached = createVerifier(trust, { cache: room });
  const uncached = createVerifier(trust, { cache: false });
  verifyAll(uncached, tokens.slice(0, AT_A_TIME)); // what is compiled now is not the cache's
  const before = memory();
  for (let first = 0; first < tokens.length; first += AT_A_TIME) {
    const some = tokens.slice(first, first + AT_A_TIME);
    // The first use need not be cached.
    verifyAll(cached, some);
    verifyAll(cached, some);
    await pause();
  }
  const grown = memory() - before;

  let made;
  const prepare = () => {
    made = {
      hits: Array.from({ length: AT_ONCE }, () => pickRandom(tokens)),
      refused: Array.from({ length: AT_ONCE }, () => pickRandom(refused)),
    };
  };
  const sample = (verifier, kind) => () => {
    for (const token of made[kind]) verifier.verify({ scheme: 'bearer', token }, {});
  };
  const contestants = {
    hit: sample(cached, 'hits'),
    refused: sample(cached, 'refused'),
    'refused, cache off': sample(uncached, 'refused'),
  };
  const times = await interleave(contestants, { passes: PASSES, samples: SAMPLES, calls: AT_ONCE, prepare });
  const kept = shareKept(cached, tokens);
  return { times, kept, bytes: grown / (kept * tokens.length) };
}

function verifyAll(verifier, tokens) {
  for (const token of tokens) {
    const verdict = verifier.verify({ scheme: 'bearer', token }, {});
    if (verdict.ok === false) throw new Error(`${verdict.reason}: ${verdict.detail()}`);
  }
}

/** A token that is remembered comes with the same claims again, the very object. */
function shareKept(verifier, tokens) {
  const verify = (token) => verifier.verify({ scheme: 'bearer', token }, {}).payload;
  const step = Math.max(1, Math.floor(tokens.length / 1000));
  const tried = tokens.filter((_, i) => i % step === 0);
  const isKept = (token) => {
    const payload = verify(token);
    return verify(token) === payload;
  };
  return tried.filter(isKept).length / tried.length;
}

function memory() {
  collectGarbage();
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  return heapUsed + external + arrayBuffers;
}

function collectGarbage() {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc');
  collect();
  collect();
}
