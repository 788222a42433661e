import express, { type Express, type RequestHandler } from 'express';
import { type Gate, MY_SCOPES } from 'scopegate';
import { type DecisionStream, grantsRouter, PERMISSIONS } from 'scopegate/admin';
import { routeReport } from 'scopegate/routes';
import type { Administration } from './grants.js';
import { failed, notFound } from './problems.js';

export interface AppOptions {
  readonly gate: Gate;
  /** The scope of the admin route. A real domain writes names such as `urn:opc:idm:g.all_r` into a token for `MY_SCOPES`. */
  readonly adminScope?: string;
  /** The store and environment of the admin API. Without them there is no admin API. */
  readonly administration?: Administration;
  /** The decisions of the gates, for the admin API. */
  readonly decisions?: DecisionStream;
  /** A gate that also checks the current grants. Without it there are no such routes. */
  readonly live?: Gate;
}

/** The resource server: routes at several depths of the scope hierarchy. */
export function createApp({ gate, adminScope = MY_SCOPES, administration, decisions, live }: AppOptions): Express {
  const app = express();
  app.disable('x-powered-by');

  app.get('/', gate.allowPublic('The front page is for everybody.'), (_req, res) => {
    res.json({ page: 'public' });
  });
  app.get('/me', gate.optional, (req, res) => {
    res.json({ caller: gate.optionalAuth(req)?.payload.client_id ?? 'anonymous' });
  });
  app.get('/services', needs('urn:opc:resource:consumer:paas::read'));
  app.get('/reports', needs('urn:opc:resource:consumer:paas:analytics::read'));
  app.post('/reports', needs('urn:opc:resource:consumer:paas:analytics::write'));
  app.delete('/stacks/:name', needs('urn:opc:resource:consumer:paas:stack::all'));
  app.get('/admin/settings', needs(adminScope));

  if (administration !== undefined) {
    const { store, environment } = administration;
    const permissions = Object.fromEntries(PERMISSIONS.map((permission) => [permission, adminScope]));
    app.use(
      '/v1',
      grantsRouter({
        store,
        gate,
        environmentOf: () => environment.id,
        permissions,
        decisions,
        routes: () => routeReport(app),
        health: (live ?? gate).health,
        onError: console.error,
      }),
    );
  }

  if (live !== undefined) {
    const scope = 'urn:opc:resource:consumer:paas:analytics::read';
    app.get('/live/reports', live.require(scope), openedBy(live, scope));
  }

  app.use(notFound, failed);
  return app;

  /** Requires a token that covers `scope`, and responds with the held scope that covers it. */
  function needs(scope: string): RequestHandler[] {
    return [gate.require(scope), openedBy(gate, scope)];
  }
}

function openedBy(gate: Gate, scope: string): RequestHandler {
  return (req, res) => {
    res.json({ openedBy: gate.auth(req).scopes.coveredBy(scope) });
  };
}
