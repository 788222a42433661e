import 'reflect-metadata';
import { Controller, Get, type INestApplication, type MiddlewareConsumer, Module, Req } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { Request } from 'express';
import { createGate } from 'scopegate';
import { ANALYTICS, bearer, issuer, PAAS, STACK, warmVerifier } from '../fixtures/domain.js';

const gate = createGate({ verifier: warmVerifier() });

class ReportsController {
  list(req: Request) {
    return { client: gate.auth(req).payload.client_id };
  }
  fault() {
    throw new Error('a fault of the handler');
  }
}

class AppModule {
  configure(consumer: MiddlewareConsumer): void {
    consumer.apply(gate.authenticate, gate.require(ANALYTICS)).forRoutes('reports');
  }
}

// As the decorators would: they are functions, and this suite is compiled without their syntax.
function describeMethod(name: 'list' | 'fault', path: string): void {
  const descriptor = Object.getOwnPropertyDescriptor(ReportsController.prototype, name) as PropertyDescriptor;
  Get(path)(ReportsController.prototype, name, descriptor);
}
describeMethod('list', '/');
describeMethod('fault', '/fault');
Req()(ReportsController.prototype, 'list', 0);
Controller('reports')(ReportsController);
Module({ controllers: [ReportsController] })(AppModule);

let app: INestApplication;
let origin: string;

beforeAll(async () => {
  app = await NestFactory.create(AppModule, { logger: false });
  await app.listen(0, '127.0.0.1');
  origin = await app.getUrl();
});
afterAll(() => app.close());

async function send(path: string, scope?: string) {
  const headers: Record<string, string> = scope === undefined ? {} : { authorization: bearer(issuer.token({ scope })) };
  const response = await fetch(origin + path, { headers });
  return { status: response.status, challenge: response.headers.get('www-authenticate'), body: await response.json() };
}

test('Nest passes a request whose scopes cover the route, and gate.auth() knows it', async () => {
  expect(await send('/reports', PAAS)).toEqual({ status: 200, challenge: null, body: { client: 'test-client' } });
});

test('Nest leaves the challenge of a refused request as it is', async () => {
  expect(await send('/reports')).toMatchObject({ status: 401, challenge: 'Bearer realm="api"' });
  expect(await send('/reports', STACK)).toMatchObject({ status: 403, body: { reason: 'insufficient_scope' } });
});

test('Nest gets the error of a handler that follows a gate', async () => {
  expect(await send('/reports/fault', PAAS)).toMatchObject({ status: 500, body: { statusCode: 500 } });
});
