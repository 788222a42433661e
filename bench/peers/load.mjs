import { once } from 'node:events';
import autocannon from 'autocannon';

const CONNECTIONS = 10;

/** How often autocannon looks whether it is at the end, in milliseconds. Of its own accord it waits up to a second. */
const LOOK = 20;

/**
 * Sends one request for each token, each once, over ten connections with one request in flight on each, and ends.
 *
 * The requests are written out before the first is sent, and signed long before that: what the load does meanwhile is
 * write bytes and read responses.
 *
 * @param options.runIn how many responses come before the measurement; default the first one
 * @param options.begin is called when they have arrived
 * @returns how many responses came after those, and how many that was in a second
 */
export async function send(url, tokens, { runIn = 1, begin = () => undefined } = {}) {
  const share = Math.floor(tokens.length / CONNECTIONS);
  let connection = 0;
  let responses = 0;
  let first;
  let last;
  const load = autocannon({
    url,
    connections: CONNECTIONS,
    amount: share * CONNECTIONS,
    timeout: 30,
    sampleInt: LOOK,
    setupClient(client) {
      const own = tokens.slice(share * connection, share * ++connection);
      client.setRequests(own.map((token) => ({ method: 'GET', headers: { authorization: `Bearer ${token}` } })));
    },
  });
  load.on('response', () => {
    last = performance.now();
    if (++responses !== runIn) return;
    first = last;
    begin();
  });
  const [result] = await once(load, 'done');
  const refused = result.non2xx + result.errors + result.timeouts;
  if (refused > 0 || responses !== share * CONNECTIONS) {
    throw new Error(`${url}: of ${share * CONNECTIONS} requests ${responses} got a response, ${refused} refused`);
  }
  const seconds = (last - first) / 1000;
  return { responses: responses - runIn, perSecond: (responses - runIn) / seconds, seconds };
}
