import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import { createGate, jwtVerifier, liveGrants, ociDomain } from '../../lib/index.js';
import { testIssuer } from '../../lib/testing.js';
import type { TestDatabase } from './stores.js';

/**
 * The program of a child process with connections that stay open, started by `streaming-processes.ts`: a stream of events
 * at any path, and WebSockets. What nobody catches ends it.
 */
export interface Streaming {
  readonly opening: TestDatabase['opening'];
  readonly applicationId: string;
  /** The scope that both need. */
  readonly scope: string;
}

export interface Streamed {
  readonly port: number;
  readonly token: string;
}

async function serve({ opening, applicationId, scope }: Streaming): Promise<Streamed> {
  const issuer = testIssuer();
  const { jwksUri: _, ...profile } = ociDomain({ url: issuer.url, tenant: issuer.tenant });
  const { [opening.creator]: open } = await import(opening.entry);
  const store = await open(opening.options);
  const verifier = jwtVerifier({ ...profile, jwks: issuer.jwks() });
  const gate = createGate({ verifier, grants: liveGrants({ source: store }) });
  const requireScope = gate.require(scope);

  const server = createServer((req, res) => {
    requireScope(req, res, () => {
      const access = gate.watch(gate.auth(req));
      access.signal.addEventListener('abort', () => res.end(`event: ended\ndata: ${access.reason}\n\n`));
      res.on('close', () => access.end());
      res.writeHead(200, { 'Content-Type': 'text/event-stream' }).write('data: open\n\n');
    });
  });
  const sockets = new WebSocketServer({ noServer: true });
  server.on('upgrade', async (req, socket, head) => {
    const verdict = await gate.check(req, scope);
    if (!verdict.ok) return verdict.refusal.writeTo(socket);
    sockets.handleUpgrade(req, socket, head, (ws) => {
      const access = gate.watch(verdict.auth);
      access.signal.addEventListener('abort', () => ws.close(1008, access.reason));
      ws.on('close', () => access.end());
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const token = issuer.token({ scope, client_id: applicationId, sub: 'ada' });
  return { port: (server.address() as AddressInfo).port, token };
}

process.on('message', (streaming: Streaming) => {
  serve(streaming).then(
    (streamed) => process.send?.(streamed),
    (error) => process.send?.({ error: String(error?.stack) }),
  );
});
process.on('disconnect', () => process.exit()); // the parent is no more
process.send?.('ready');
