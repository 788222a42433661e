import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { ALL_ENVIRONMENTS, grantsRouter } from '../../lib/admin.js';
import { createGate, type FeedPlace, jwtVerifier, liveGrants, MY_SCOPES, ociDomain } from '../../lib/index.js';
import { testIssuer } from '../../lib/testing.js';
import type { TestDatabase } from './stores.js';

/**
 * The program of a child process that serves a store by HTTP, started by `http-processes.ts`: the admin API at `/v1`,
 * and `/reports`, which needs a scope of the token and, now, of the application. What nobody catches ends it.
 */
export interface Serving {
  readonly opening: TestDatabase['opening'];
  readonly applicationId: string;
  /** The scope that `/reports` needs. */
  readonly scope: string;
  readonly asNobody: boolean;
}

/** Sent whenever its live grants call `onFeedGap`. */
export interface FeedGapMessage {
  readonly gap: FeedPlace;
}

export interface Served {
  readonly port: number;
  readonly adminToken: string;
  readonly readerToken: string;
}

async function serve({ opening, applicationId, scope, asNobody }: Serving): Promise<Served> {
  const issuer = testIssuer();
  const { jwksUri: _, ...profile } = ociDomain({ url: issuer.url, tenant: issuer.tenant });
  const verifier = jwtVerifier({ ...profile, jwks: issuer.jwks() });
  if (asNobody) await import('@photostructure/sqlite').catch(() => undefined); // is read while that is allowed
  const { [opening.creator]: open } = await import(opening.entry);
  if (asNobody && process.getuid?.() === 0) process.setuid?.(65534);
  const store = await open(opening.options);

  const app = express();
  app.use('/v1', grantsRouter({ store, gate: createGate({ verifier }), environmentOf: () => ALL_ENVIRONMENTS }));
  const onFeedGap = (gap: FeedPlace) => process.send?.({ gap } satisfies FeedGapMessage);
  const gate = createGate({ verifier, grants: liveGrants({ source: store, onFeedGap }) });
  app.get('/reports', gate.require(scope), (_req, res) => {
    res.json({});
  });
  const server = createServer({ keepAliveTimeout: 0 }, app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    adminToken: issuer.token({ scope: MY_SCOPES, client_id: 'console' }),
    readerToken: issuer.token({ scope, client_id: applicationId }),
  };
}

process.on('message', (serving: Serving) => {
  serve(serving).then(
    (served) => process.send?.(served),
    (error) => process.send?.({ error: String(error) }),
  );
});
process.on('disconnect', () => process.exit()); // the parent is no more
process.send?.('ready');
