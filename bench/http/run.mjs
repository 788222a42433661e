import { startChild } from '../common/processes.mjs';
import { anyOf, inTurn } from '../common/statistics.mjs';
import { send } from '../peers/load.mjs';
import { check } from './checks.mjs';

/** Seconds for which one variant is measured in one round with one workload, as far as the new tokens reach. */
const SECONDS = 0.4;
const FEWEST = 200;

/** Requests before each measurement: while it was the turn of others, the processor has forgotten a process. */
const RUN_IN = 200;

/** Requests that each process answers before anything is measured: about as many as V8 takes to compile for good. */
const WARM_UP = 10_000;

/**
 * All variants on one host, in rounds: in each, every variant has the load for a moment, and each is once the first.
 * Bare Express is measured twice in each round, in two processes, so that its own spread is known.
 *
 * @param tokens `reused`, which come back in any order, and `fresh`, of which none has been seen when it comes
 * @returns for each variant and workload, lists with one number for each round
 */
export async function measureHost({ host, variants, rounds, node, issuer, trust, tokens, pinned, progress }) {
  const contestants = [];
  for (const name of ['bare', 'bare again', ...variants]) {
    const variant = name === 'bare again' ? 'bare' : name;
    progress(`${host}: checking ${name}`);
    const child = await startChild(new URL('server.mjs', import.meta.url), pinned, node);
    const url = await child.ask('start', { host, variant, trust });
    await check(variant, url, issuer);
    progress(`${host}: warming up ${name}`);
    const { perSecond } = await send(url, pickedOf(tokens.reused, WARM_UP));
    contestants.push({ name, variant, child, url, perSecond, figures: { reused: series(), fresh: series() } });
  }
  for (let round = 0; round < rounds; round++) {
    progress(`${host}: round ${round + 1} of ${rounds}`);
    for (const { variant, child, url, perSecond, figures } of inTurn(contestants, round)) {
      const number = Math.max(FEWEST, Math.round(perSecond * SECONDS));
      const anew = await child.ask('startAnew', { host, variant, trust });
      await measure(figures.reused, child, url, pickedOf(tokens.reused, RUN_IN + number));
      await measure(figures.fresh, child, anew, tokens.fresh.slice(0, RUN_IN + number));
    }
  }
  await Promise.all(contestants.map(({ child }) => child.stop()));
  return Object.fromEntries(contestants.map(({ name, figures }) => [name, figures]));
}

/** Bare Express on both hosts, as another Node runs it. */
export async function measureNode({ hosts, node, ...given }) {
  const child = await startChild(new URL('server.mjs', import.meta.url), undefined, node);
  const version = await child.ask('version');
  await child.stop();
  const progress = (text) => given.progress(`Node ${version}, ${text}`);
  const measured = {};
  for (const host of hosts) measured[host] = await measureHost({ ...given, host, variants: [], node, progress });
  return { version, hosts: measured };
}

function pickedOf(tokens, number) {
  return Array.from({ length: number }, () => anyOf(tokens));
}

function series() {
  return { perSecond: [], cpu: [], busy: [] };
}

async function measure({ perSecond, cpu, busy }, child, url, tokens) {
  await send(url, tokens.slice(0, RUN_IN));
  const before = await child.ask('cpuTime');
  const sent = await send(url, tokens.slice(RUN_IN));
  const used = (await child.ask('cpuTime')) - before;
  perSecond.push(sent.perSecond);
  cpu.push(used / sent.answers);
  busy.push(used / 1e6 / sent.seconds);
}
