import { startChild } from '../common/processes.mjs';
import { pickRandom, rotate } from '../common/statistics.mjs';
import { send } from '../peers/load.mjs';
import { check } from './checks.mjs';

/**
 * Seconds for which one variant is measured in one round with one workload: little, in many rounds, so that what else a
 * machine does comes and goes between rounds, not between the variants of one.
 */
const SECONDS = 0.25;
const FEWEST = 200;

/**
 * Requests right before those that are measured, in one stream with them: while it was the turn of others, the processor
 * has forgotten a process, and it forgets one that waits for the load.
 */
const RUN_IN = 300;

/**
 * What each process does before anything is measured, with both workloads and over connections made again, as in a round:
 * V8 compiles for what it has seen, and compiles again when it sees more.
 */
const WARM_UPS = 4;
const WARM_UP_SECONDS = 0.8;
const FIRST_REQUESTS = 2000;

/**
 * All variants, in rounds: in each, every variant has the load for a moment, and each is once the first.
 * Bare Express is measured twice in each round, in two processes, so that its own spread is known.
 *
 * @param tokens `reused`, which come back in any order, and `fresh`, of which none has been seen when it comes
 * @returns for each variant and workload, lists with one number for each round
 */
export async function measureVariants({ variants, rounds, issuer, trust, tokens, pinned, progress }) {
  const contestants = [];
  for (const name of ['bare', 'bare again', ...variants]) {
    const variant = name === 'bare again' ? 'bare' : name;
    progress(`checking ${name}`);
    const child = await startChild(new URL('server.mjs', import.meta.url), pinned);
    const url = await child.request('start', { variant, trust });
    await check(variant, url, issuer);
    progress(`warming up ${name}`);
    const { perSecond } = await send(url, pickTokens(tokens.reused, FIRST_REQUESTS));
    const contestant = { name, child, url, perSecond, given: { variant, trust } };
    for (let i = 0; i < WARM_UPS; i++) await measure(contestant, tokens, WARM_UP_SECONDS);
    contestants.push({ ...contestant, figures: { reused: series(), fresh: series() } });
  }
  for (let round = 0; round < rounds; round++) {
    progress(`round ${round + 1} of ${rounds}`);
    for (const contestant of rotate(contestants, round)) {
      const measured = await measure(contestant, tokens, SECONDS);
      for (const [workload, figures] of Object.entries(measured)) {
        for (const [name, figure] of Object.entries(figures)) contestant.figures[workload][name].push(figure);
      }
    }
  }
  await Promise.all(contestants.map(({ child }) => child.stop()));
  return Object.fromEntries(contestants.map(({ name, figures }) => [name, figures]));
}

function pickTokens(tokens, number) {
  return Array.from({ length: number }, () => pickRandom(tokens));
}

function series() {
  return { perSecond: [], cpu: [], busy: [] };
}

/** @returns for each workload, requests in a second, microseconds of CPU for one, and the part of the time at work */
async function measure({ child, url, perSecond, given }, { reused, fresh }, seconds) {
  const number = RUN_IN + Math.max(FEWEST, Math.round(perSecond * seconds));
  const again = await child.request('startAgain', given);
  return {
    reused: await load(child, url, pickTokens(reused, number)),
    fresh: await load(child, again, fresh.slice(0, number)),
  };
}

async function load(child, url, tokens) {
  let before;
  const begin = () => {
    before = child.request('cpuTime');
  };
  const { responses, perSecond, seconds } = await send(url, tokens, { runIn: RUN_IN, begin });
  const used = -(await before) + (await child.request('cpuTime'));
  return { perSecond, cpu: used / responses, busy: used / 1e6 / seconds };
}
