import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { cold } from './live-checks.mjs';
import { now } from './live-clock.mjs';
import { toGrant, toToken } from './live-data.mjs';

/** What a change made by another process costs the one that watches. */

const OTHERS = 1000;
const LONGEST = 5000;

/** Another process, with a store on the same database. */
export async function startWriter(database) {
  const child = fork(new URL('./live-writer.mjs', import.meta.url), [], { execArgv: [] });
  const ended = once(child, 'exit');
  async function ask(command, given) {
    child.send({ command, given });
    const [{ answer, error }] = await Promise.race([
      once(child, 'message'),
      ended.then(([code, signal]) => [{ error: `it ended: ${signal ?? code}` }]),
    ]);
    if (error !== undefined) throw new Error(`The other process: ${error}`);
    return answer;
  }
  async function stop() {
    if (child.connected) child.disconnect();
    await ended;
  }

  const engine = database.engine === 'SQLite' ? 'Sqlite' : 'Postgres';
  const entry = `scopegate/${engine.toLowerCase()}`;
  try {
    await ask('open', { entry, opener: `open${engine}Store`, address: database.address });
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    /** Makes these the grants of an application; gives when it was called for, and when acknowledged. */
    setGrants: (at, grants) => ask('setGrants', { at, grants }),
    stop,
  };
}

/** The same store, which says when a part of the feed has come. */
export function withFeedBell(store) {
  let ring = () => undefined;
  return {
    applicationStatus: (id) => store.applicationStatus(id),
    changes: {
      subscribe: (listener) => store.changes.subscribe(listener),
      async since(position) {
        const feed = await store.changes.since(position);
        ring(feed.events);
        return feed;
      },
    },
    /** When a change of this application has been read. */
    told(applicationId) {
      return new Promise((resolve) => {
        ring = (events) => {
          if (events.some(({ affects }) => affects === applicationId)) resolve(now());
        };
      });
    },
  };
}

export async function measureChanges(world, writer, statements, changes) {
  const { applications, applicationId } = world;
  const anyNumber = () => Math.floor(Math.random() * applications);
  const results = [];
  // The first one also removes what of the feed is too old, after a bulk load a great deal.
  for (let i = -1; i < changes; i++) {
    const number = anyNumber();
    const numbers = Array.from({ length: Math.min(OTHERS, applications - 1) }, anyNumber).filter((n) => n !== number);
    const others = numbers.map(applicationId);
    await delay(Math.random() * 400); // at any time between two readings of the feed
    for (const maySee of [false, true]) {
      const result = await measureChange({ ...world, number, others }, writer, statements, maySee);
      if (i >= 0) results.push(result);
    }
  }
  assert.deepEqual(await cold(world), [], 'nothing else was dropped');
  return results;
}

/** Takes the scopes of one application, or gives them back, and asks for it as soon as the change has been read. */
async function measureChange(
  { applicationId, at, resourceId, grants, bell, number, others },
  writer,
  statements,
  maySee,
) {
  const id = applicationId(number);
  await grants.check(toToken(id));
  const told = bell.told(id);
  statements.start();
  const receivedBefore = statements.received();
  const change = writer.setGrants({ ...at, applicationId: id }, [toGrant(resourceId, number, maySee)]);
  const dropped = await inTime(Promise.race([told, change.then(() => told)]));
  const received = statements.received() - receivedBefore;
  const sent = statements.stop();
  await new Promise(setImmediate); // it has been applied
  const stillKnown = others.filter((other) => !('then' in grants.check(toToken(other))));
  assert.equal(stillKnown.length, others.length, 'no other application is dropped');

  statements.start();
  const asked = now();
  const verdict = grants.check(toToken(id));
  assert('then' in verdict, 'what was known is dropped');
  assert.equal([...(await verdict).scopes].length, maySee ? 1 : 0, 'and the response is that after the change');
  const requestTime = now() - asked;
  const requestStatements = statements.stop();
  const { called, acknowledged } = await change;
  const times = { afterCall: dropped - called, afterAcknowledgement: dropped - acknowledged, requestTime };
  return { sent, received, ...times, requestStatements };
}

async function inTime(promise) {
  const timer = new AbortController();
  const late = delay(LONGEST, undefined, timer).then(() => {
    throw new Error(`The change was not applied within ${LONGEST} ms.`);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    timer.abort();
    late.catch(() => undefined);
  }
}
