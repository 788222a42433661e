import { once } from 'node:events';
import { application, HOSTS, PATH } from '../common/hosts.mjs';
import { answer } from '../common/processes.mjs';
import { guardsOf } from '../common/variants.mjs';

/** The process that is measured: one variant on one host, on a port of the loopback address. */
let server;
let close = async () => undefined;

answer({
  /** Starts anew, so that whatever the variant remembers of tokens is forgotten. */
  async start({ host, variant, trust }) {
    await stop();
    const made = await guardsOf(variant, trust);
    close = made.close;
    server = HOSTS[host].createServer(application(made.guards));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return `http://127.0.0.1:${server.address().port}${PATH}`;
  },
  async version() {
    return process.version;
  },
  /** Microseconds of CPU time that this process has had, all threads. */
  async cpuTime() {
    const { user, system } = process.cpuUsage();
    return user + system;
  },
});

async function stop() {
  if (server === undefined) return;
  server.close();
  server.closeAllConnections();
  await once(server, 'close');
  await close();
}
