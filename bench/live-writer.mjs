import { context } from './grants-data.mjs';
import { now } from './live-clock.mjs';

/** Another process on the same database: makes the changes that it receives, and reports the time. Ends with its parent. */

let store;

const COMMANDS = {
  async open({ entry, opener, address }) {
    store = await (await import(entry))[opener](address);
  },
  async setGrants({ at, grants }) {
    const called = now();
    await store.grants.setAll(at, grants, context);
    return { called, acknowledged: now() };
  },
};

process.on('message', async ({ command, given }) => {
  try {
    process.send({ answer: await COMMANDS[command](given) });
  } catch (error) {
    process.send({ error: error.message });
  }
});
process.on('disconnect', async () => {
  await store?.close();
  process.exit();
});
for (const signal of ['SIGINT', 'SIGHUP']) process.on(signal, () => undefined); // the parent says when
