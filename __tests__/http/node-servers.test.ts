import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, constants, createServer as createHttp2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { createGate, type Gate, type HttpRequest, type HttpResponse } from 'scopegate';
import { ANALYTICS, bearer, delayed, issuer, PAAS, STACK, warmVerifier } from './fixtures/domain.js';

interface Answer {
  readonly status: number;
  readonly challenge: string | undefined;
  readonly body: string;
}

/** A handler as an application without a framework writes it. */
function handlerOf(gate: Gate) {
  const guard = gate.require(ANALYTICS);
  return (req: HttpRequest, res: HttpResponse) =>
    guard(req, res, (error) => {
      res.statusCode = error === undefined ? 200 : 500;
      res.end(Buffer.from(String(error ?? gate.auth(req).payload.client_id)));
    });
}

const hosts = {
  async 'node:http'(gate: Gate, authorization: string | undefined): Promise<Answer> {
    const server = createServer(handlerOf(gate)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
      const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, { headers });
      const challenge = response.headers.get('www-authenticate') ?? undefined;
      return { status: response.status, challenge, body: await response.text() };
    } finally {
      server.closeAllConnections();
      server.close();
    }
  },
  async 'HTTP/2'(gate: Gate, authorization: string | undefined): Promise<Answer> {
    const server = createHttp2Server(handlerOf(gate)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    try {
      const stream = session.request({ ':path': '/', ...(authorization !== undefined && { authorization }) });
      const [headers] = await once(stream, 'response');
      let body = '';
      for await (const chunk of stream.setEncoding('utf8')) body += chunk;
      return { status: headers[constants.HTTP2_HEADER_STATUS], challenge: headers['www-authenticate'], body };
    } finally {
      session.close();
      server.close();
    }
  },
};

describe.each(Object.entries(hosts))('a gate in a server of %s', (_, send) => {
  test.each(['at once', 'behind a promise'])('decides with a verifier that responds %s', async (manner) => {
    const warm = warmVerifier();
    const gate = createGate({ verifier: manner === 'at once' ? warm : delayed(warm) });

    expect(await send(gate, bearer(issuer.token({ scope: PAAS })))).toEqual({ status: 200, body: 'test-client' });
    expect(await send(gate, undefined)).toMatchObject({ status: 401, challenge: 'Bearer realm="api"' });
    expect(await send(gate, bearer(issuer.token({ scope: STACK })))).toMatchObject({
      status: 403,
      challenge: expect.stringContaining(`scope="${ANALYTICS}"`),
    });
  });
});
