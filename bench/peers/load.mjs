import { once } from 'node:events';
import autocannon from 'autocannon';

const CONNECTIONS = 10;

/**
 * Sends one request for each token, each once, over ten connections with one request in flight on each, and ends.
 *
 * The requests are written out before the first is sent, and signed long before that: what the load does meanwhile is
 * write bytes and read answers.
 *
 * @returns how many were answered in a second, from the first answer to the last
 */
export async function send(url, tokens) {
  const share = Math.floor(tokens.length / CONNECTIONS);
  let connection = 0;
  let answers = 0;
  let first;
  let last;
  const load = autocannon({
    url,
    connections: CONNECTIONS,
    amount: share * CONNECTIONS,
    timeout: 30,
    setupClient(client) {
      const own = tokens.slice(share * connection, share * ++connection);
      client.setRequests(own.map((token) => ({ method: 'GET', headers: { authorization: `Bearer ${token}` } })));
    },
  });
  load.on('response', () => {
    last = performance.now();
    first ??= last;
    answers++;
  });
  const [result] = await once(load, 'done');
  const refused = result.non2xx + result.errors + result.timeouts;
  if (refused > 0 || answers !== share * CONNECTIONS) {
    throw new Error(`${url}: of ${share * CONNECTIONS} requests ${answers} were answered, ${refused} refused`);
  }
  return { answers, perSecond: ((answers - 1) / (last - first)) * 1000, seconds: (last - first) / 1000 };
}
