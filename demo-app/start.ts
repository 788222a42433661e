import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { createGate, jwtVerifier, ociDomain } from 'scopegate';
import { createApp } from './app.js';
import { openAdministration } from './grants.js';
import { LOCAL_TENANT, localIssuer } from './issuer.js';
import { recordLine } from './record-line.js';
import type { Settings } from './settings.js';

/** This machine only: the local issuer gives tokens to anybody. */
const LOOPBACK = '127.0.0.1';

/** An access token of an OCI IAM domain may have 128,000 characters; Node reads 16 KiB of headers unless told. */
const MAX_HEADER_SIZE = 160 * 1024;

export interface Demo {
  readonly url: string;
  readonly server: Server;
}

/** Starts the resource server, and the local issuer where no domain is set. `print` gets a line for every decision. */
export async function startDemo(settings: Settings, print: (line: string) => void): Promise<Demo> {
  const { port, domain, adminScope, database } = settings;
  const server = createServer({ maxHeaderSize: MAX_HEADER_SIZE });
  server.listen(port, LOOPBACK);
  await once(server, 'listening').catch((error) => {
    throw error.code === 'EADDRINUSE' ? new Error(`Port ${port} is busy. Set PORT to another one.`) : error;
  });
  const url = `http://${LOOPBACK}:${(server.address() as AddressInfo).port}`;

  const administration = await openAdministration(database).catch((error) => {
    server.close();
    throw error;
  });
  server.once('close', () => administration.store.close());
  const verifier = jwtVerifier(ociDomain(domain ?? { url, tenant: LOCAL_TENANT }));
  const gate = createGate({ verifier, observe: (record, req) => print(recordLine(record, req)) });
  const app = express();
  app.disable('x-powered-by');
  if (domain === undefined) app.use(localIssuer(url));
  app.use(createApp({ gate, administration, ...(adminScope && { adminScope }) }));
  server.on('request', app);

  await verifier.ready?.().catch((outage) => print(`Every token will be answered 503 for now. ${outage.message}`));
  return { url, server };
}
