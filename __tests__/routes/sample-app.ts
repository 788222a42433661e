import express, { type Express, type RequestHandler, Router } from 'express';
import { createGate, type Gate, type GateOptions, jwtVerifier } from 'scopegate';
import { domainOptions } from '../http/domain.js';

export const CONSUMER = 'urn:opc:resource:consumer';
export const NAMES = 'users orders invoices carts stocks prices refunds labels tours depots claims audits'.split(' ');

/** A gate whose verifier has the keys of the issuer of the tests. */
export function createTestGate(options: Partial<GateOptions> = {}): Gate {
  return createGate({ verifier: jwtVerifier(domainOptions), ...options });
}

export const ok: RequestHandler = (_req, res) => {
  res.end('ok');
};

/** The ten routes of a router, with what each requires. */
export function listRoutes(name: string): readonly (readonly [string, string, string])[] {
  const read = `${CONSUMER}:shop:${name}::read`;
  const write = `${CONSUMER}:shop:${name}::write`;
  return [
    ['GET', '/', read],
    ['POST', '/', write],
    ['GET', '/:id', read],
    ['PUT', '/:id', write],
    ['PATCH', '/:id', write],
    ['DELETE', '/:id', write],
    ['GET', '/:id/history', read],
    ['POST', '/:id/history', write],
    ['GET', '/:id/notes/:note', read],
    ['DELETE', '/:id/notes/:note', write],
  ];
}

interface Changes {
  /** The route that has no gate: `GET /users/:id`. */
  readonly unguarded?: string;
  /** What routes require instead. */
  readonly instead?: Readonly<Record<string, string>>;
}

/** An application with 120 routes in 12 routers. */
export function createSampleApp(gate: Gate, { unguarded, instead = {} }: Changes = {}): Express {
  const app = express();
  app.use(express.json());
  for (const name of NAMES) {
    const router = Router();
    for (const [method, path, scope] of listRoutes(name)) {
      const route = `${method} /${name}${path === '/' ? '' : path}`;
      const verb = method.toLowerCase() as 'get';
      if (route === unguarded) router[verb](path, ok);
      else router[verb](path, gate.require(instead[route] ?? scope), ok);
    }
    app.use(`/${name}`, router);
  }
  return app;
}

/** Each route of {@link createSampleApp}, as the report names it. */
export const SAMPLE_ROUTES = NAMES.flatMap((name) =>
  listRoutes(name).map(([method, path, scope]) => [`${method} /${name}${path === '/' ? '' : path}`, scope] as const),
);
