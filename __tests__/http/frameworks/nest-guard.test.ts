import 'reflect-metadata';
import {
  type ArgumentsHost,
  type CanActivate,
  Catch,
  Controller,
  type ExecutionContext,
  Get,
  HttpException,
  type INestApplication,
  type MiddlewareConsumer,
  Module,
  Req,
  SetMetadata,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD, BaseExceptionFilter, NestFactory } from '@nestjs/core';
import type { Request, Response } from 'express';
import { type Auth, createGate, RefusalError, type TokenVerifier, VerifierUnavailableError } from 'scopegate';
import { ANALYTICS, issuer, PAAS, STACK, warmVerifier } from '../fixtures/domain.js';
import { sendRaw } from '../fixtures/raw-http.js';
import { send } from './fixtures/send.js';

// As the decorators would: they are functions, and this suite is compiled without their syntax.
function decorate(type: { prototype: object }, name: string, ...decorators: MethodDecorator[]): void {
  const descriptor = Object.getOwnPropertyDescriptor(type.prototype, name) as PropertyDescriptor;
  for (const decorator of decorators) decorator(type.prototype, name, descriptor);
  Req()(type.prototype, name, 0);
}

/**
 * Responds in the form of this application; status and headers are those of the refusal. Nest makes an HttpException of an
 * error that middleware passes on, and keeps that as its cause.
 */
class RefusalFilter extends BaseExceptionFilter {
  override catch(exception: RefusalError | HttpException, host: ArgumentsHost): void {
    const refusal = exception instanceof RefusalError ? exception : exception.cause;
    if (!(refusal instanceof RefusalError)) {
      super.catch(exception, host);
      return;
    }
    const { status, headers, reason, requiredScope } = refusal;
    host
      .switchToHttp()
      .getResponse<Response>()
      .status(status)
      .set(headers)
      .json({ code: reason, needs: requiredScope });
  }
}
Catch(RefusalError, HttpException)(RefusalFilter);

async function start(module: object): Promise<{ app: INestApplication; origin: string }> {
  const app = await NestFactory.create(module as never, { logger: false });
  await app.listen(0, '127.0.0.1');
  return { app, origin: await app.getUrl() };
}

describe.each(['with the exception filter', 'without it'])('Nest with gate.check() in a guard, %s', (filter) => {
  const gate = createGate({ verifier: warmVerifier() });
  let nest: Awaited<ReturnType<typeof start>>;

  class ScopeGuard implements CanActivate {
    async canActivate(context: ExecutionContext): Promise<boolean> {
      const scope: string | undefined = Reflect.getMetadata('scope', context.getHandler());
      const req = context.switchToHttp().getRequest<Request & { caller?: Auth }>();
      const result = scope === undefined ? await gate.check(req) : await gate.check(req, scope);
      if (result.ok) {
        req.caller = result.auth;
        return true;
      }
      context.switchToHttp().getResponse<Response>().set(result.refusal.headers);
      throw result.refusal;
    }
  }
  class Reports {
    list({ caller }: { caller: Auth }) {
      return { client: caller.payload.client_id };
    }
    me({ caller }: { caller: Auth }) {
      return { subject: caller.payload.sub };
    }
  }
  decorate(Reports, 'list', Get('/'), SetMetadata('scope', ANALYTICS));
  decorate(Reports, 'me', Get('me'));
  Controller('reports')(Reports);
  class App {}
  const filters = filter === 'without it' ? [] : [{ provide: APP_FILTER, useClass: RefusalFilter }];
  Module({ controllers: [Reports], providers: [{ provide: APP_GUARD, useClass: ScopeGuard }, ...filters] })(App);

  beforeAll(async () => {
    nest = await start(App);
  });
  afterAll(() => nest.app.close());

  test('passes a request whose scopes cover the route', async () => {
    expect(await send(`${nest.origin}/reports`, PAAS)).toMatchObject({ status: 200, body: { client: 'test-client' } });
    expect((await send(`${nest.origin}/reports/me`, STACK)).status).toBe(200);
  });

  test('refuses with the status and the challenge of the refusal', async () => {
    const isOurs = filter === 'with the exception filter';

    expect(await send(`${nest.origin}/reports/me`)).toMatchObject({
      status: 401,
      challenge: 'Bearer realm="api"',
      body: isOurs ? { code: 'no_credentials' } : { statusCode: 401 },
    });
    expect(await send(`${nest.origin}/reports`, STACK)).toMatchObject({
      status: 403,
      challenge: expect.stringContaining(`scope="${ANALYTICS}"`),
      body: isOurs
        ? { code: 'insufficient_scope', needs: ANALYTICS }
        : { message: 'The access token lacks the scope that this resource needs.' },
    });
  });

  test('refuses a second Authorization header', async () => {
    const authorization = `Authorization: Bearer ${issuer.token({ scope: PAAS })}`;
    const { port } = new URL(nest.origin);

    expect((await sendRaw(Number(port), [authorization, authorization], 'GET /reports HTTP/1.1')).status).toBe(400);
  });
});

describe.each(['with an exception filter', 'without one'])(
  "Nest with the gate as middleware and onRefusal: 'next', %s",
  (filter) => {
    const warm = warmVerifier();
    let isDown = false;
    const verifier: TokenVerifier = {
      verify(...given) {
        if (isDown) throw new VerifierUnavailableError('connect ECONNREFUSED 10.0.0.7', { retryAfter: 7 });
        return warm.verify(...given);
      },
    };
    const gate = createGate({ verifier, onRefusal: 'next' });
    let nest: Awaited<ReturnType<typeof start>>;

    class Reports {
      list(req: Request) {
        return { client: gate.auth(req).payload.client_id };
      }
    }
    decorate(Reports, 'list', Get('/'));
    Controller('reports')(Reports);
    class App {
      configure(consumer: MiddlewareConsumer): void {
        consumer.apply(gate.require(ANALYTICS)).forRoutes('reports');
      }
    }
    const filters = filter === 'without one' ? [] : [{ provide: APP_FILTER, useClass: RefusalFilter }];
    Module({ controllers: [Reports], providers: filters })(App);

    beforeAll(async () => {
      nest = await start(App);
    });
    afterAll(() => nest.app.close());

    test('the filter responds to refusals, and the challenge is set', async () => {
      expect(await send(`${nest.origin}/reports`, PAAS)).toMatchObject({
        status: 200,
        body: { client: 'test-client' },
      });
      expect(await send(`${nest.origin}/reports`, STACK)).toEqual({
        status: 403,
        challenge: expect.stringContaining(`scope="${ANALYTICS}"`),
        body:
          filter === 'without one'
            ? { statusCode: 403, message: 'The access token lacks the scope that this resource needs.' }
            : { code: 'insufficient_scope', needs: ANALYTICS },
      });
    });

    test('an outage is 503, and nothing of its cause is in the response', async () => {
      isDown = true;
      const seen = await send(`${nest.origin}/reports`, PAAS);

      expect(seen).toMatchObject({ status: 503, challenge: null });
      expect(JSON.stringify(seen)).not.toContain('10.0.0.7');
    });
  },
);
