import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import express from 'express';
import { createGate, jwtVerifier, liveGrants, StoreUnavailableError } from 'scopegate';
import { ALL_ENVIRONMENTS, grantsRouter } from 'scopegate/admin';
import { respond } from '../common/processes.mjs';
import { KEYS_MAX_AGE, READ, STALENESS, WRITE } from './expected-response-model.mjs';
import { AUDIENCE, ISSUER } from './issuer.mjs';

/** A server under load: two routes behind a gate, and the admin API behind the same gate, on the same store. */

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc');

/** Fewer than there are tokens and applications, so that entries are evicted and loaded again all the time. */
const CACHE = { maxTokens: 200 };
const MOST_APPLICATIONS = 60;

let server;
const errors = [];
/** Outages by their cause: how many, and the first and the last second of the process. */
const outages = {};

function noteOutage(error) {
  const causes = [];
  for (let each = error; each instanceof Error && causes.length < 4; each = each.cause) causes.push(each.message);
  const at = Math.round(process.uptime());
  const cause = causes.join(' < ');
  const { count = 0, first = at } = outages[cause] ?? {};
  outages[cause] = { count: count + 1, first, last: at };
}

respond({
  async start({ entry, opener, options, jwksUri }) {
    const store = await (await import(entry))[opener](options);
    const verifier = jwtVerifier({
      issuer: ISSUER,
      audience: AUDIENCE,
      jwksUri,
      cache: CACHE,
      cacheMaxAgeMs: KEYS_MAX_AGE,
    });
    const grants = liveGrants({
      source: store,
      maxStalenessMs: STALENESS,
      maxApplications: MOST_APPLICATIONS,
      clockTolerance: 1,
    });
    const onDecision = ({ outcome, error }) => outcome === 'outage' && noteOutage(error);
    const gate = createGate({ verifier, grants, onDecision });
    const environmentOf = ({ payload }) => (payload.env === 'all' ? ALL_ENVIRONMENTS : payload.env);
    const onError = (error) => {
      if (error instanceof StoreUnavailableError) noteOutage(error);
      else errors.push(String(error?.stack).slice(0, 500));
    };

    const app = express();
    app.get('/reports', gate.require(READ), (_req, res) => void res.json({ reports: [] }));
    app.get('/drafts', gate.require(WRITE), (_req, res) => void res.json({ drafts: [] }));
    app.use('/v1', grantsRouter({ store, gate, environmentOf, onError }));
    server = createServer({ keepAliveTimeout: 60_000 }, app).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return server.address().port;
  },
  /** After a full collection, so that what is still there is what is held. */
  async sample() {
    gc();
    const { rss, heapUsed, external } = process.memoryUsage();
    return {
      rss,
      heapUsed,
      external,
      descriptors: descriptors(),
      connections: await connections(),
      errors: errors.splice(0),
      outages,
    };
  },
});

/** Open file descriptors, where the system tells. */
function descriptors() {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return undefined;
  }
}

function connections() {
  return new Promise((resolve) => server.getConnections((_error, count) => resolve(count)));
}
