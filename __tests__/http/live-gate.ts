import express, { type ErrorRequestHandler, type Express } from 'express';
import { createGate, type DecisionRecord, type Gate, type GateOptions } from 'scopegate';
import request, { type Response } from 'supertest';
import { liveSetting } from '../live/fixtures/setting.js';
import { bearer, issuer, PAAS, recorder, showAuth, warmVerifier } from './domain.js';

/** A gate with live grants on a real store, and an application of the store whose tokens are sent to it. */
export async function liveGate(
  options: Partial<GateOptions> = {},
  given: Parameters<typeof liveSetting>[0] = {},
  routes: (app: Express, gate: Gate) => void = entrances,
) {
  const setting = await liveSetting(given);
  const told = recorder();
  const gate = createGate({ verifier: warmVerifier(), grants: setting.grants, onDecision: told.observe, ...options });
  const faults: unknown[] = [];
  const onError: ErrorRequestHandler = (error, _req, res, _next) => {
    faults.push(error);
    res.sendStatus(500);
  };
  const app = express();
  routes(app, gate);
  app.use(onError);
  return {
    ...setting,
    gate,
    app,
    /** Errors that reached the application. */
    faults,
    records: told.records,
    /** Sends a token of the application. */
    send: (path: string, claims: object = {}): Promise<Response> => {
      const token = issuer.token({ client_id: setting.clientId, scope: PAAS, ...claims });
      return request(app).get(path).set('Authorization', bearer(token)).then();
    },
    /** The last record, without the time it took. */
    record: (): Omit<DecisionRecord, 'durationMs'> => {
      const { durationMs, ...record } = told.records.at(-1) as DecisionRecord;
      expect(durationMs).toBeGreaterThanOrEqual(0);
      return record;
    },
  };
}

function entrances(app: Express, gate: Gate): void {
  app.get('/require', gate.require(PAAS), showAuth);
  app.get('/authenticate', gate.authenticate, showAuth);
  app.get('/optional', gate.optional, showAuth);
}
