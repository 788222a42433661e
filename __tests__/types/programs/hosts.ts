// Servers of Node without a framework: compiled with each TypeScript, never run.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttp2Server, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import { createServer as createTlsServer } from 'node:https';
import { createGate, type HttpRequest, type HttpResponse, type TokenVerifier } from 'scopegate';

declare const verifier: TokenVerifier;
const gate = createGate<{ tenant: string }>({ verifier, onDecision: (record, req) => [record.reason, req.url] });
const guard = gate.require('orders:read');

createServer((req, res) => guard(req, res, () => res.end(gate.auth(req).payload.tenant)));
createTlsServer((req, res) => gate.optional(req, res, (error) => res.end(String(error ?? gate.optionalAuth(req)))));
createHttp2Server((req, res) => gate.authenticate(req, res, () => res.end(gate.auth(req).token)));
createGate({ verifier, onDecision: (_record, req: IncomingMessage) => req.socket.remoteAddress });
createGate({ verifier, onDecision: (_record, req: Http2ServerRequest) => req.authority });
gate.require('p1:read:self:user', { owner: (req: IncomingMessage) => req.url });
gate.require('p1:read:self:user', { owner: ({ url }) => url });

createServer(async (req, res) => {
  const result = await gate.check(req, 'orders:read');
  res.end(result.ok ? result.auth.payload.tenant : result.refusal.requiredScope);
}).on('upgrade', async (req, socket) => {
  const result = await gate.check(req, 'orders:read');
  if (!result.ok) result.refusal.writeTo(socket);
});
createHttp2Server(async (req, res) => res.end((await gate.check(req)).ok ? 'yes' : 'no'));
export const respond = async (request: Request): Promise<Response> => {
  const result = await gate.check(request, 'orders:read');
  return result.ok ? Response.json({ tenant: result.auth.payload.tenant }) : result.refusal.toResponse();
};
createGate({
  verifier,
  onRefusal: ({ status }, req: IncomingMessage, res: ServerResponse) => res.end(`${status} ${req.socket.remotePort}`),
});

export const requests: ((req: IncomingMessage | Http2ServerRequest) => HttpRequest)[] = [(req) => req];
export const responses: ((res: ServerResponse | Http2ServerResponse) => HttpResponse)[] = [(res) => res];

export function wrong(request: Request, req: IncomingMessage, res: ServerResponse): void {
  // @ts-expect-error a Fetch request is not one of node:http
  gate.auth(request);
  // @ts-expect-error a handler has somewhere to pass the request on to
  guard(req, res);
  // @ts-expect-error the request comes first
  guard(res, req, () => undefined);
  // @ts-expect-error neither a request nor something with its members
  gate.optionalAuth({ url: '/' });
}
