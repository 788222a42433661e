import { respond } from '../common/processes.mjs';
import { keepChanging } from './changes.mjs';
import { connection } from './exchange.mjs';
import { ModelApplication } from './expected-response-model.mjs';
import { toSigner } from './issuer.mjs';
import { KINDS, pick, SLOW_KINDS, tokenFor } from './traffic.mjs';

/** A process of the load: sends all kinds of requests at full speed, changes applications of its own, and checks the responses. */

const CONNECTIONS = 12;
const SLOW_CONNECTIONS = 2;
const CHANGING = 2;
const MOST_WITHDRAWN = 20;
const MOST_FAILURES = 20;

const tally = {};
const checks = { passed: 0, failed: 0, open: 0, unavailable: 0 };
const failures = [];
let world;
let work = [];

respond({
  /**
   * @param given ports, key, what the store was filled with, and whether the machine is `shared`: then 503, which is
   *   neither permit nor refusal, is counted by itself
   */
  async start({ ports, key, shared, applications, fixed, ...places }) {
    const signer = toSigner(key);
    world = {
      ...places,
      applications: applications.map((each) => new ModelApplication(each)),
      fixed: fixed.map((each) => new ModelApplication(each)),
      signer,
      signers: new Map([[signer.kid, signer]]),
      published: new Set([signer.kid]),
      withdrawn: [],
      retiring: [],
      deleted: [],
      isOver: false,
      shared,
    };
    const turns = Array.from({ length: CONNECTIONS }, (_, i) => keepSending(KINDS, i % ports.length, ports));
    const slow = Array.from({ length: SLOW_CONNECTIONS }, (_, i) => keepSending(SLOW_KINDS, i % ports.length, ports));
    work = [...turns, ...slow, ...Array.from({ length: CHANGING }, () => keepChangingOn(ports))];
  },
  /** A key is about to be withdrawn: its tokens may be accepted or refused. */
  async retire(kid) {
    world.published.delete(kid);
    const signer = world.signers.get(kid);
    world.signers.delete(kid);
    for (const application of world.fixed) {
      const used = application.tokens?.find((token) => token?.kid === kid);
      world.retiring.push(used ?? tokenFor({ published: new Set(), signer }, { id: application.id }));
    }
  },
  /** The key is withdrawn. A new one is published, and signs at once. */
  async rotate(key) {
    const withdrawnAt = performance.now();
    world.withdrawn.push(...world.retiring.splice(0).map((token) => ({ ...token, withdrawnAt })));
    world.withdrawn.splice(0, world.withdrawn.length - MOST_WITHDRAWN);
    const signer = toSigner(key);
    world.signers.set(signer.kid, signer);
    world.published.add(signer.kid);
    world.signer = signer;
  },
  async report() {
    return { tally, checks, failures };
  },
  async finish() {
    world.isOver = true;
    await Promise.all(work);
  },
});

async function keepSending(kinds, server, ports) {
  const { exchange, close } = connection(ports[server]);
  while (!world.isOver) {
    const [kind, [, make]] = pick(kinds);
    const sent = make(world, server);
    if (sent === undefined) continue;
    const response = await exchange(sent);
    check(kind, sent, response, sent.expected());
    if (response.status === 200) sent.learn?.(response.text);
  }
  close();
}

async function keepChangingOn(ports) {
  const connections = ports.map(connection);
  await keepChanging(world, connections, (sent, response, status) => check('admin change', sent, response, status));
  for (const { close } of connections) close();
}

/** @param expected a status, or a list of them; `undefined` where either is correct */
function check(kind, sent, { status, text }, expected) {
  tally[kind] ??= {};
  tally[kind][status] = (tally[kind][status] ?? 0) + 1;
  const isExpected = expected !== undefined && [expected].flat().includes(status);
  const isUnavailable = status === 503 && world.shared && !isExpected;
  const verdict = isUnavailable ? 'unavailable' : expected === undefined ? 'open' : isExpected ? 'passed' : 'failed';
  checks[verdict]++;
  if (verdict === 'failed' && failures.length < MOST_FAILURES) {
    const { method = 'GET', path, name } = sent;
    const about = sent.about?.();
    failures.push({
      at: new Date().toISOString(),
      kind,
      name,
      method,
      path,
      status,
      expected,
      about,
      text: text.slice(0, 300),
    });
  }
  return isExpected;
}
