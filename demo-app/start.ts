import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type Request } from 'express';
import { createGate, type DecisionRecord, jwtVerifier, liveGrants, ociDomain, usageRecorder } from 'scopegate';
import { decisionStream } from 'scopegate/admin';
import { createApp } from './app.js';
import { isPostgres } from './authorization-server/database-address.js';
import { openAdministration } from './grants.js';
import { type LocalAuthorizationServer, openLocalAuthorizationServer } from './local-authorization-server.js';
import { failed, onlyFor } from './problems.js';
import { recordLine } from './record-line.js';
import type { Settings } from './settings.js';

/** Reachable from this machine only, since the demo prints its secrets. */
const LOOPBACK = '127.0.0.1';

/** An access token of an OCI IAM domain may have 128,000 characters; Node reads 16 KiB of headers by default. */
const MAX_HEADER_SIZE = 160 * 1024;

const LOCAL_TENANT = 'idcs-demo';

export interface Demo {
  readonly url: string;
  readonly server: Server;
  /** Settled once the server and its databases are closed. */
  readonly closed: Promise<unknown>;
  /** The local authorization server, where no domain is set. */
  readonly local?: LocalAuthorizationServer;
}

/**
 * Starts the resource server, and the local authorization server where no domain is set. `print` is called with a line for each
 * decision.
 */
export async function startDemo(settings: Settings, print: (line: string) => void): Promise<Demo> {
  const server = await listen(settings.port);
  const url = `http://${LOOPBACK}:${(server.address() as AddressInfo).port}`;
  const app = express();
  app.disable('x-powered-by');
  app.use(onlyFor(url));
  const closing: (() => Promise<void>)[] = [];
  const closed = once(server, 'close').then(() => Promise.all(closing.map((each) => each().catch(() => undefined))));
  try {
    keepPrivate(settings.database);
    const administration = await openAdministration(settings.database);
    const { store, environment } = administration;
    const usage = usageRecorder({ store });
    // All that this process decides is of its one environment, for every caller.
    const decisions = decisionStream({ environmentOf: () => environment.id });
    closing.push(() => usage.close().then(() => store.close()));
    const local = settings.domain === undefined ? await openLocal(url, settings, administration, print) : undefined;
    if (local !== undefined) {
      closing.unshift(local.close);
      app.use(local.router);
    }
    const { adminScope } = settings;
    const { gate, live, verifier } = createGates(url, settings, store, local, (record, req) => {
      print(recordLine(record, req));
      local?.observe(record);
      usage.record(record, req);
      // Without those of the admin API, or the console would watch itself.
      if (req.baseUrl !== '/v1') decisions.record(record, req);
    });
    app.use(createApp({ gate, live, administration, decisions, ...(adminScope && { adminScope }) }), failed);
    server.on('request', app);
    await verifier.ready?.().catch((outage) => print(`Requests with a token get a 503 for now. ${outage.message}`));
    return { url, server, closed, ...(local && { local }) };
  } catch (error) {
    server.close();
    throw error;
  }
}

async function listen(port: number): Promise<Server> {
  const server = createServer({ maxHeaderSize: MAX_HEADER_SIZE });
  server.listen(port, LOOPBACK);
  await once(server, 'listening').catch((error) => {
    throw error.code === 'EADDRINUSE' ? new Error(`Port ${port} is busy. Set PORT to another one.`) : error;
  });
  return server;
}

type Administration = Awaited<ReturnType<typeof openAdministration>>;

function openLocal(
  url: string,
  { database }: Settings,
  { store, environment }: Administration,
  print: (line: string) => void,
) {
  return openLocalAuthorizationServer({
    url,
    tenant: LOCAL_TENANT,
    database,
    store,
    environmentId: environment.id,
    onError: (error) => print(`The authorization server failed: ${error}`),
  });
}

/** A gate that trusts tokens until they expire, and one that checks live grants. */
function createGates(
  url: string,
  { domain }: Settings,
  store: Administration['store'],
  local: LocalAuthorizationServer | undefined,
  onDecision: (record: DecisionRecord, req: Request) => void,
) {
  const verifier = jwtVerifier(ociDomain(domain ?? { url, tenant: LOCAL_TENANT, issuer: local?.issuer }));
  const observed = { verifier, onDecision };
  // The local authorization server shares the store's clock, so that a person can sign in again right after a revocation.
  const clockTolerance = local === undefined ? 5 : 0;
  const grants = liveGrants({ source: store, clockTolerance });
  return { gate: createGate(observed), live: createGate({ ...observed, grants }), verifier };
}

/** The file will hold keys and passwords, so nobody else may read it; a file that is there keeps its mode. */
function keepPrivate(database: string): void {
  if (isPostgres(database) || database === ':memory:') return;
  try {
    closeSync(openSync(database, 'a', 0o600));
  } catch {
    // The store reports why the file cannot be opened.
  }
}
