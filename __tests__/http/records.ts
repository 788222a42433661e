import express, { type Express } from 'express';
import { anyOf, createGate, type DecisionRecord, type GateOptions } from 'scopegate';
import request from 'supertest';
import { ANALYTICS, recorder, STACK, showAuth, warmVerifier } from './domain.js';

/** An application with a route behind each entrance of a gate. */
export function appOf(options: Partial<GateOptions>): Express {
  const gate = createGate({ verifier: warmVerifier(), ...options });
  const app = express();
  app.get('/require', gate.require(anyOf(ANALYTICS, STACK)), showAuth);
  app.get('/authenticate', gate.authenticate, showAuth);
  app.get('/optional', gate.optional, showAuth);
  return app;
}

/** The one record of one request, without the time it took. */
export async function recordOf(path: string, authorization?: string, options: Partial<GateOptions> = {}) {
  const told = recorder();
  const sent = request(appOf({ ...options, onDecision: told.observe })).get(path);
  await (authorization === undefined ? sent : sent.set('Authorization', authorization));
  expect(told.records).toHaveLength(1);
  const [{ durationMs, ...record }] = told.records as [DecisionRecord];
  expect(durationMs).toBeGreaterThanOrEqual(0);
  return record;
}
