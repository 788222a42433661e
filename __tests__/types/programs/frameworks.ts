// Fastify with @fastify/middie, and Nest: compiled with each TypeScript, never run.
import middie from '@fastify/middie';
import type { INestApplication, MiddlewareConsumer, NestMiddleware, NestModule } from '@nestjs/common';
import type { Request, Response } from 'express';
import Fastify from 'fastify';
import { createGate, type TokenVerifier } from 'scopegate';

declare const verifier: TokenVerifier;
const gate = createGate<{ tenant: string }>({ verifier });

export async function fastify(): Promise<void> {
  const app = Fastify();
  await app.register(middie);
  app.use(gate.authenticate);
  app.use('/orders', gate.require('orders:read'));
  app.use(['/a', '/b'], gate.optional);
  app.get<{ Params: { id: string } }>('/orders/:id', async ({ raw, params }) => {
    const { payload } = gate.auth(raw);
    const answer: [string, string] = [payload.tenant, params.id];
    return answer;
  });
}

export class OrdersModule implements NestModule {
  configure(consumer: MiddlewareConsumer): void {
    consumer.apply(gate.authenticate, gate.require('orders:read')).forRoutes('orders');
  }
}

export class OrdersMiddleware implements NestMiddleware<Request, Response> {
  use(req: Request, res: Response, next: (error?: unknown) => void): void {
    gate.require('orders:read')(req, res, next);
  }
}

export function nest(app: INestApplication): void {
  app.use(gate.optional);
  app.use('/orders', gate.require('orders:read'));
}
