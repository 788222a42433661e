import { z } from 'zod';
import type { DecisionStream, StreamedDecision } from '../decisions/decision-stream.js';
import type { ObservedHealth, ObservedRoute } from '../operations/gate-sources.js';
import { link, time } from './hal.js';

const texts = z.array(z.string());

const decisionBody = z
  .object({
    number: z.int().meta({ description: 'Counts the decisions of the process.' }),
    time,
    method: z.string(),
    route: z.string(),
    outcome: z.enum(['permit', 'deny', 'outage']),
    reason: z.string(),
    wouldDeny: z.string().optional(),
    status: z.int().optional(),
    detail: z.string().optional(),
    required: z.unknown().optional(),
    held: texts.optional(),
    coverage: z.array(z.object({ required: z.string(), by: z.string() })).optional(),
    sufficient: texts.optional(),
    issuer: z.string().optional(),
    client: z.string().optional(),
    subject: z.string().optional(),
    jti: z.string().optional(),
    audience: texts.optional(),
    unverified: z
      .object({
        iss: z.string().optional(),
        client_id: z.string().optional(),
        sub: z.string().optional(),
        jti: z.string().optional(),
      })
      .optional(),
    durationMs: z.number(),
    warning: z.string().optional(),
  })
  .meta({ id: 'Decision', description: 'A decision of a gate of this process. It never holds a token.' });

export const decisionsBody = z.object({
  _links: z.object({ self: link }),
  process: z.object({ id: z.string(), startedAt: time, refusalsSince: time }),
  _embedded: z.object({ decisions: z.array(decisionBody) }),
  size: z.int(),
});

export function representProcess({ process: { id, startedAt }, refusalsSince }: DecisionStream) {
  return {
    id,
    startedAt: new Date(startedAt).toISOString(),
    refusalsSince: new Date(refusalsSince).toISOString(),
  };
}

/** Named one by one: a member that records get later is shown once somebody has decided so. `error` may hold anything. */
export function representDecision({ number, time, method, route, record }: StreamedDecision) {
  const { outcome, reason, wouldDeny, status, detail, required, held, coverage, sufficient } = record;
  const { issuer, client, subject, jti, audience, unverified, durationMs, warning } = record;
  const at = new Date(time).toISOString();
  const what = { outcome, reason, wouldDeny, status, detail, required, held, coverage, sufficient };
  return {
    ...{ number, time: at, method, route, ...what },
    ...{ issuer, client, subject, jti, audience, unverified, durationMs, warning },
  };
}

const routeBody = z.object({
  kind: z.enum(['route', 'mount', 'application', 'middleware']),
  method: z.string(),
  path: z.string(),
  access: z.enum(['scoped', 'authenticated', 'optional', 'public', 'UNPROTECTED']),
  required: z.unknown().optional(),
  reason: z.string().optional(),
  gate: z.string().optional(),
  reportOnly: z.string().optional(),
  before: texts.optional(),
  unknown: z.string().optional(),
});

export const routesBody = z.object({
  _links: z.object({ self: link }),
  _embedded: z.object({ routes: z.array(routeBody.meta({ id: 'Route' })) }),
  size: z.int(),
});

export function representRoute(row: ObservedRoute) {
  const { kind, method, path, access, required, reason, gate, reportOnly, before, unknown } = row;
  return { kind, method, path, access, required, reason, gate, reportOnly, before, unknown };
}

const partBody = z.object({ ok: z.boolean(), ageMs: z.number().optional(), error: z.string().optional() });

export const healthBody = z
  .object({
    _links: z.object({ self: link }),
    checkedAt: time,
    ok: z.boolean(),
    gate: z.object({
      ok: z.boolean(),
      keys: partBody.extend({ warning: z.string().optional() }),
      grants: partBody.optional(),
    }),
    store: z.object({ ok: z.boolean(), durationMs: z.number(), error: z.string().optional() }),
  })
  .meta({ id: 'Health', description: 'How a gate of this process, its keys, its live grants and the store are.' });

export function representGateHealth({ ok, keys, grants }: ObservedHealth) {
  const { ok: hasKeys, ageMs, warning, error } = keys;
  return {
    ok,
    keys: { ok: hasKeys, ageMs, warning, error },
    ...(grants && { grants: { ok: grants.ok, ageMs: grants.ageMs, error: grants.error } }),
  };
}
