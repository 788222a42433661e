import middie from '@fastify/middie';
import Fastify from 'fastify';
import { createGate } from 'scopegate';
import { ANALYTICS, bearer, delayed, issuer, PAAS, STACK, warmVerifier } from '../fixtures/domain.js';

describe.each(['at once', 'behind a promise'])(
  'Fastify with @fastify/middie, a verifier that responds %s',
  (manner) => {
    const app = Fastify();
    let origin: string;

    beforeAll(async () => {
      const warm = warmVerifier();
      const gate = createGate({ verifier: manner === 'at once' ? warm : delayed(warm) });
      await app.register(middie);
      app.use('/reports', gate.require(ANALYTICS));
      app.use('/me', gate.optional);
      app.get('/reports', async ({ raw }) => ({ client: gate.auth(raw).payload.client_id }));
      app.get('/reports/fault', async () => {
        throw new Error('a fault of the handler');
      });
      app.get('/me', async ({ raw }) => ({ client: gate.optionalAuth(raw)?.payload.client_id ?? 'nobody' }));
      origin = await app.listen({ port: 0, host: '127.0.0.1' });
    });
    afterAll(() => app.close());

    async function send(path: string, scope?: string) {
      const headers: Record<string, string> =
        scope === undefined ? {} : { authorization: bearer(issuer.token({ scope })) };
      const response = await fetch(origin + path, { headers });
      const challenge = response.headers.get('www-authenticate');
      return { status: response.status, challenge, body: (await response.json()) as Record<string, unknown> };
    }

    test('passes a request whose scopes cover the route, and gate.auth() knows the raw request', async () => {
      expect(await send('/reports', PAAS)).toEqual({ status: 200, challenge: null, body: { client: 'test-client' } });
    });

    test('challenges a request without a token and one without the scope', async () => {
      expect(await send('/reports')).toMatchObject({ status: 401, challenge: 'Bearer realm="api"' });
      expect(await send('/reports', STACK)).toMatchObject({
        status: 403,
        challenge: expect.stringContaining(`scope="${ANALYTICS}"`),
        body: { reason: 'insufficient_scope' },
      });
    });

    test('leaves the error of a handler to Fastify', async () => {
      expect(await send('/reports/fault', PAAS)).toMatchObject({
        status: 500,
        body: { message: 'a fault of the handler' },
      });
    });

    test('lets an anonymous request pass where credentials are optional', async () => {
      expect((await send('/me')).body).toEqual({ client: 'nobody' });
      expect((await send('/me', PAAS)).body).toEqual({ client: 'test-client' });
    });
  },
);
