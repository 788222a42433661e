import type { AddressInfo } from 'node:net';
import middie from '@fastify/middie';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { createGate, type GateHandler } from 'scopegate';
import { ANALYTICS, bearer, issuer, PAAS, STACK, warmVerifier } from '../fixtures/domain.js';
import { sendRaw } from '../fixtures/raw-http.js';
import { send } from './fixtures/send.js';

const gate = createGate({ verifier: warmVerifier() });

async function listen(app: FastifyInstance): Promise<string> {
  return app.listen({ port: 0, host: '127.0.0.1' });
}

describe('Fastify with gate.check() in a hook', () => {
  const app = Fastify();
  let origin: string;

  beforeAll(async () => {
    app.get<{ Params: { id: string } }>('/reports/:id', async (request, reply) => {
      const result = await gate.check(request, ANALYTICS);
      if (!result.ok)
        return reply.code(result.refusal.status).headers(result.refusal.headers).send(result.refusal.body);
      return { client: result.auth.payload.client_id, id: request.params.id };
    });
    app.get('/fetch', async (request, reply) => {
      const result = await gate.check(request, ANALYTICS);
      return result.ok ? { client: result.auth.payload.client_id } : reply.send(result.refusal.toResponse());
    });
    app.get('/thrown', async (request) => {
      const result = await gate.check(request, ANALYTICS);
      if (!result.ok) throw result.refusal;
    });
    origin = await listen(app);
  });
  afterAll(() => app.close());

  test.each(['/reports/7', '/fetch'])('passes a request whose scopes cover the route: %s', async (path) => {
    expect(await send(origin + path, PAAS)).toMatchObject({
      status: 200,
      challenge: null,
      body: { client: 'test-client' },
    });
  });

  test.each(['/reports/7', '/fetch', '/thrown'])('refuses with the challenge: %s', async (path) => {
    expect(await send(origin + path)).toMatchObject({ status: 401, challenge: 'Bearer realm="api"' });
    expect(await send(origin + path, STACK)).toMatchObject({
      status: 403,
      challenge: expect.stringContaining(`scope="${ANALYTICS}"`),
    });
  });

  test("Fastify's error handler gets the status and the constant sentence of a refusal that is thrown", async () => {
    expect((await send(`${origin}/thrown`, STACK)).body).toEqual({
      statusCode: 403,
      error: 'Forbidden',
      message: 'The access token lacks the scope that this resource needs.',
    });
  });

  test('sees a second header, which the request of Fastify hides', async () => {
    const authorization = `Authorization: ${bearer(issuer.token({ scope: PAAS }))}`;
    const { port } = app.server.address() as AddressInfo;
    const { status, body } = await sendRaw(port, [authorization, authorization], 'GET /reports/7 HTTP/1.1');

    expect([status, JSON.parse(body).reason]).toEqual([400, 'credentials_repeated']);
  });
});

describe('Fastify with the middleware in a hook, and without @fastify/middie', () => {
  const app = Fastify();
  let origin: string;
  const toHook =
    (handler: GateHandler) => (request: FastifyRequest, reply: FastifyReply, done: (error?: Error) => void) => {
      handler(request.raw, reply.raw, (error?: unknown) => done(error as Error | undefined));
    };

  beforeAll(async () => {
    const strict = createGate({ verifier: warmVerifier(), onRefusal: 'next' });
    const handler = async ({ raw }: FastifyRequest) => ({ client: gate.auth(raw).payload.client_id });
    app.get('/reports', { onRequest: toHook(gate.require(ANALYTICS)) }, handler);
    app.get('/next', { onRequest: toHook(strict.require(ANALYTICS)) }, handler);
    origin = await listen(app);
  });
  afterAll(() => app.close());

  test('decides, and responds to refusals itself', async () => {
    expect(await send(`${origin}/reports`, PAAS)).toMatchObject({ status: 200, body: { client: 'test-client' } });
    expect(await send(`${origin}/reports`, STACK)).toMatchObject({
      status: 403,
      body: { reason: 'insufficient_scope' },
    });
  });

  test("hands a refusal to Fastify's error handler with onRefusal: 'next'", async () => {
    expect(await send(`${origin}/next`, STACK)).toMatchObject({
      status: 403,
      challenge: expect.stringContaining(`scope="${ANALYTICS}"`),
      body: { statusCode: 403, message: 'The access token lacks the scope that this resource needs.' },
    });
  });
});

test("Fastify with @fastify/middie gets the refusals of onRefusal: 'next' in its own error handler", async () => {
  const strict = createGate({ verifier: warmVerifier(), onRefusal: 'next' });
  const app = Fastify();
  await app.register(middie);
  app.use('/reports', strict.require(ANALYTICS));
  app.get('/reports', async () => ({}));
  app.setErrorHandler((error: Error & { reason?: string }, _request, reply) => reply.send({ code: error.reason }));
  try {
    expect(await send(`${await listen(app)}/reports`, STACK)).toEqual({
      status: 403,
      challenge: expect.stringContaining(`scope="${ANALYTICS}"`),
      body: { code: 'insufficient_scope' },
    });
  } finally {
    await app.close();
  }
});
