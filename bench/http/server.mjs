import { once } from 'node:events';
import { createServer } from 'node:http';
import { createGuardedApp, PATH } from '../common/guarded-app.mjs';
import { respond } from '../common/processes.mjs';
import { createGuards } from '../common/variants.mjs';

/** The process that is measured: one variant, on a port of the loopback address. */
respond({
  /** Starts one that keeps what the variant remembers of tokens. */
  async start(given) {
    return (await start(given)).url;
  },
  /** Starts another one, which has seen no token; the one before it ends. */
  async startAgain(given) {
    await latest?.stop();
    latest = await start(given);
    return latest.url;
  },
  /** Microseconds of CPU time that this process has had, all threads. */
  async cpuTime() {
    const { user, system } = process.cpuUsage();
    return user + system;
  },
});

let latest;

async function start({ variant, trust }) {
  const { guards, close } = await createGuards(variant, trust);
  const server = createServer(createGuardedApp(guards));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${server.address().port}${PATH}`,
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
      await close();
    },
  };
}
